#include "actors/net/batch_wire.hpp"

#include "kernels/base/hash.hpp"
#include "kernels/base/json.hpp"

namespace aura::net {

using nlohmann::json;

namespace {

json parse(std::string_view text) {
  return json::parse(text, nullptr, false);
}

std::string text(const json& x, const char* name) {
  const auto found = x.find(name);
  return found != x.end() && found->is_string() ? found->get<std::string>()
                                                : std::string{};
}

std::uint64_t number(const json& x, const char* name) {
  const auto found = x.find(name);
  return found != x.end() && found->is_number_unsigned()
           ? found->get<std::uint64_t>()
           : 0;
}

const json& member(const json& x, const char* name) {
  static const auto null = json{};
  const auto found = x.is_object() ? x.find(name) : x.end();
  return found == x.end() ? null : *found;
}

fault strange(const char* what) {
  return {errc::invalid_reply,
          std::string{"the server's reply is not "} + what};
}

batch_state state_of(const std::string& status) {
  if (status == "completed" || status == "expired" || status == "cancelled")
    return batch_state::ended;
  if (status == "failed")
    return batch_state::failed;
  return batch_state::under_way;
}

/// Ids become parts of paths, so they must not be able to say more.
bool is_sound(std::string_view id) {
  return !id.empty() && id.size() <= 256
         && id.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
              == std::string_view::npos
         && id.front() != '.';
}

std::optional<batch_info> info_of(const json& x) {
  if (!x.is_object())
    return std::nullopt;
  auto result = batch_info{};
  result.id = text(x, "id");
  result.input_file = text(x, "input_file_id");
  result.status = text(x, "status");
  result.state = state_of(result.status);
  result.output_file = text(x, "output_file_id");
  result.error_file = text(x, "error_file_id");
  const auto sound
    = [](const std::string& file) { return file.empty() || is_sound(file); };
  if (!is_sound(result.id) || result.status.empty()
      || !sound(result.output_file) || !sound(result.error_file))
    return std::nullopt;
  result.total = number(member(x, "request_counts"), "total");
  result.completed = number(member(x, "request_counts"), "completed");
  const auto& errors = member(member(x, "errors"), "data");
  if (errors.is_array() && !errors.empty() && errors.front().is_object()) {
    result.error_code = text(errors.front(), "code");
    result.message = text(errors.front(), "message");
  }
  return result;
}

} // namespace

std::string batch_line(std::string_view key, std::string_view body) {
  return R"({"custom_id":")" + std::string{key}
         + R"(","method":"POST","url":"/v1/chat/completions","body":)"
         + std::string{body} + "}\n";
}

http_request upload_request(std::string_view lines) {
  // No line can hold this by chance, nor on purpose.
  const auto boundary = "aura-" + sha256_hex(lines).substr(0, 40);
  auto result = http_request{};
  result.target = "/files";
  result.headers
    = {{"Content-Type", "multipart/form-data; boundary=" + boundary},
       {"Accept", "application/json"}};
  result.body = "--" + boundary
                + "\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n"
                  "batch\r\n--"
                + boundary
                + "\r\nContent-Disposition: form-data; name=\"file\"; "
                  "filename=\"batch.jsonl\"\r\nContent-Type: "
                  "application/jsonl\r\n\r\n";
  result.body += lines;
  result.body += "\r\n--" + boundary + "--\r\n";
  return result;
}

expected<std::string> read_file_id(const http_reply& reply) {
  const auto body = parse(reply.body);
  if (!body.is_object() || !is_sound(text(body, "id")))
    return strange("a file");
  return text(body, "id");
}

http_request create_request(std::string_view file) {
  auto result = http_request{};
  result.target = "/batches";
  result.headers
    = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  result.body = json{
    {"input_file_id", file},
    {"endpoint", "/v1/chat/completions"},
    {"completion_window",
     "24h"}}.dump();
  return result;
}

http_request list_request(std::string_view after) {
  auto result = http_request{};
  result.method = "GET";
  result.target = "/batches?limit=100";
  if (!after.empty())
    result.target += "&after=" + std::string{after};
  result.headers = {{"Accept", "application/json"}};
  return result;
}

http_request poll_request(std::string_view batch) {
  auto result = http_request{};
  result.method = "GET";
  result.target = "/batches/" + std::string{batch};
  result.headers = {{"Accept", "application/json"}};
  return result;
}

http_request content_request(std::string_view file) {
  auto result = http_request{};
  result.method = "GET";
  result.target = "/files/" + std::string{file} + "/content";
  return result;
}

expected<batch_info> read_batch(const http_reply& reply) {
  auto result = info_of(parse(reply.body));
  if (!result)
    return strange("a batch");
  return *std::move(result);
}

expected<batch_list> read_batch_list(const http_reply& reply) {
  const auto body = parse(reply.body);
  const auto& data = member(body, "data");
  if (!data.is_array())
    return strange("a list of batches");
  auto result = batch_list{};
  for (const auto& x : data)
    if (auto info = info_of(x))
      result.batches.push_back(*std::move(info));
  const auto& more = member(body, "has_more");
  result.more = more.is_boolean() && more.get<bool>();
  return result;
}

expected<batch_result> read_batch_result(std::string_view line) {
  const auto body = parse(line);
  if (!body.is_object() || text(body, "custom_id").empty())
    return strange("a line of results");
  auto result = batch_result{};
  result.key = text(body, "custom_id");
  if (const auto& error = member(body, "error"); error.is_object()) {
    result.error_code = text(error, "code");
    result.message = text(error, "message");
  }
  const auto& response = member(body, "response");
  const auto status = number(response, "status_code");
  if (response.is_object() && status >= 100 && status < 600)
    result.reply = http_reply{
      static_cast<unsigned>(status), {}, member(response, "body").dump()};
  return result;
}

} // namespace aura::net
