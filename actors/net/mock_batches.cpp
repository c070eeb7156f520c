#include "actors/net/mock_batches.hpp"

#include "kernels/base/json.hpp"

#include <algorithm>

namespace aura::net {

using nlohmann::json;

namespace {

json parse(std::string_view text) {
  return json::parse(text, nullptr, false);
}

scripted_reply refuse(unsigned status, const char* message) {
  return make_reply(
    status,
    json{{"error", {{"message", message}, {"type", "invalid_request_error"}}}}
      .dump());
}

/// The content of the part called `file` of a form.
std::optional<std::string> file_of(std::string_view form) {
  const auto line = form.find("\r\n");
  if (line == std::string_view::npos || !form.starts_with("--"))
    return std::nullopt;
  const auto boundary = "\r\n" + std::string{form.substr(0, line)};
  const auto name = form.find("name=\"file\"");
  const auto begin = form.find("\r\n\r\n", name);
  if (name == std::string_view::npos || begin == std::string_view::npos)
    return std::nullopt;
  const auto end = form.find(boundary, begin + 4);
  if (end == std::string_view::npos)
    return std::nullopt;
  return std::string{form.substr(begin + 4, end - begin - 4)};
}

/// The value of `name` in `limit=2&after=x`.
std::string_view parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('='))
      return pair.substr(name.size() + 1);
  }
  return {};
}

json or_null(const std::string& x) {
  return x.empty() ? json{} : json(x);
}

} // namespace

mock_batches::mock_batches(const mock_llm_options& options, counter count)
  : options_{options}, count_{std::move(count)} {
}

std::optional<scripted_reply> mock_batches::handle(std::string_view method,
                                                   std::string_view target,
                                                   std::string_view body,
                                                   const fault_plan::entry& x) {
  const auto mark = std::min(target.find('?'), target.size());
  const auto query = target.substr(std::min(mark + 1, target.size()));
  auto path = target.substr(0, mark);
  const auto at = [&](std::string_view page) {
    const auto found = path.rfind(page);
    if (found == std::string_view::npos)
      return false;
    path.remove_prefix(found + page.size());
    return true;
  };
  if (at("/files")) {
    if (method == "POST" && path.empty())
      return upload(body);
    constexpr auto tail = std::string_view{"/content"};
    if (method != "GET" || !path.ends_with(tail) || !path.starts_with('/'))
      return refuse(404, "no such page");
    const auto found
      = files_.find(path.substr(1, path.size() - 1 - tail.size()));
    return found == files_.end() ? refuse(404, "no such file")
                                 : make_reply(200, found->second);
  }
  if (!at("/batches"))
    return std::nullopt;
  if (method == "POST" && path.empty())
    return create(body, x);
  if (method == "GET" && path.empty())
    return list(query);
  if (method == "GET" && path.starts_with('/'))
    return poll(path.substr(1));
  return refuse(404, "no such page");
}

std::string mock_batches::keep(std::string content) {
  const auto id = "file-" + std::to_string(files_.size() + 1);
  files_.emplace(id, std::move(content));
  return id;
}

scripted_reply mock_batches::upload(std::string_view body) {
  auto content = file_of(body);
  if (!content)
    return refuse(400, "a form with a file was expected");
  const auto size = content->size();
  return make_reply(200, json{{"id", keep(*std::move(content))},
                              {"object", "file"},
                              {"bytes", size},
                              {"purpose", "batch"}}
                           .dump());
}

scripted_reply mock_batches::create(std::string_view body,
                                    const fault_plan::entry& x) {
  const auto asked = parse(body);
  const auto input
    = asked.is_object() ? asked.value("input_file_id", json{}) : json{};
  if (!input.is_string()
      || !files_.contains(input.get_ref<const std::string&>()))
    return refuse(400, "no such input file");
  auto made = batch{};
  made.id = "batch_" + std::to_string(batches_.size() + 1);
  made.input_file = input.get<std::string>();
  const auto& lines = files_.at(made.input_file);
  made.total
    = static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
  if (x.what == mishap::batch_failed) {
    made.status = "failed";
    made.problem = "the file was not to the server's liking";
  } else if (x.what == mishap::batch_expired) {
    made.status = "expired";
    const auto percent = static_cast<std::size_t>(x.amount < 0 ? 50 : x.amount);
    work(made, made.total * percent / 100);
  } else {
    made.status = "completed";
    work(made, made.total);
  }
  batches_.push_back(std::move(made));
  return make_reply(200, describe(batches_.back(), false));
}

void mock_batches::work(batch& x, std::size_t most) {
  auto output = std::string{};
  auto errors = std::string{};
  for (auto rest = std::string_view{files_.at(x.input_file)}; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = parse(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!line.is_object())
      continue;
    auto entry = json{{"id", "batch_req_" + std::to_string(++rows_)},
                      {"custom_id", line.value("custom_id", "")},
                      {"response", nullptr},
                      {"error", nullptr}};
    if (x.completed == most) {
      entry["error"] = {{"code", "batch_expired"},
                        {"message", "the batch expired before this request"}};
      errors += entry.dump() + "\n";
      continue;
    }
    const auto request = line.value("body", json{}).dump();
    const auto reply = reply_to_chat(options_, request,
                                     options_.faults.by_chance(rows_, request));
    if (count_)
      count_(reply, request);
    ++x.completed;
    const auto text = std::string_view{reply.bytes}.substr(reply.body);
    auto content = parse(text);
    entry["response"]
      = {{"status_code", reply.status},
         {"request_id", "mock"},
         {"body", content.is_discarded() ? json(text) : std::move(content)}};
    (reply.status == 200 ? output : errors) += entry.dump() + "\n";
  }
  if (!output.empty())
    x.output_file = keep(std::move(output));
  if (!errors.empty())
    x.error_file = keep(std::move(errors));
}

scripted_reply mock_batches::list(std::string_view query) const {
  const auto after = parameter(query, "after");
  auto begin = batches_.rbegin();
  if (!after.empty()) {
    begin = std::find_if(batches_.rbegin(), batches_.rend(),
                         [&](const batch& x) { return x.id == after; });
    if (begin != batches_.rend())
      ++begin;
  }
  const auto limit = parameter(query, "limit");
  const auto most = limit.empty() ? 20 : std::atol(std::string{limit}.c_str());
  auto data = json::array();
  for (;
       begin != batches_.rend() && data.size() < static_cast<std::size_t>(most);
       ++begin)
    data.push_back(
      parse(describe(*begin, begin->polls > options_.batch_polls)));
  return make_reply(200, json{{"object", "list"},
                              {"data", std::move(data)},
                              {"has_more", begin != batches_.rend()}}
                           .dump());
}

scripted_reply mock_batches::poll(std::string_view id) {
  const auto found = std::find_if(batches_.begin(), batches_.end(),
                                  [&](const batch& x) { return x.id == id; });
  if (found == batches_.end())
    return refuse(404, "no such batch");
  return make_reply(200,
                    describe(*found, ++found->polls > options_.batch_polls));
}

std::string mock_batches::describe(const batch& x, bool finished) const {
  auto result = json{
    {"id", x.id},
    {"object", "batch"},
    {"endpoint", "/v1/chat/completions"},
    {"input_file_id", x.input_file},
    {"completion_window", "24h"},
    {"status", finished ? x.status : "in_progress"},
    {"output_file_id", finished ? or_null(x.output_file) : json{}},
    {"error_file_id", finished ? or_null(x.error_file) : json{}},
    {"request_counts",
     {{"total", x.total},
      {"completed", finished ? x.completed : 0},
      {"failed", 0}}},
  };
  if (finished && !x.problem.empty())
    result["errors"]
      = {{"object", "list"},
         {"data",
          json::array({{{"code", "invalid_file"}, {"message", x.problem}}})}};
  return result.dump();
}

} // namespace aura::net
