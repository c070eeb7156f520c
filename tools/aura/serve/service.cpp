#include "tools/aura/serve/service.hpp"

#include "actors/net/openai_wire.hpp"
#include "kernels/base/json.hpp"
#include "kernels/dsl/compile.hpp"
#include "tools/aura/input.hpp"
#include "tools/aura/rows.hpp"
#include "tools/aura/serve/page.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace aura::tools {

namespace {

using json = nlohmann::ordered_json;

std::int64_t seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

std::string dump(const json& x) {
  return x.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

unsigned status_of(errc code) {
  switch (code) {
  case errc::invalid_option:
  case errc::too_long:
  case errc::unsupported:
    return 400;
  case errc::timeout:
  case errc::cancelled:
    return 503;
  default:
    return 500;
  }
}

net::server_reply error_of(const fault& x) {
  return net::openai_error(status_of(x.code), x.message,
                           x.code == errc::too_long ? "context_length_exceeded"
                                                    : "");
}

text::role role_of(const std::string& x) {
  return x == "system" ? text::role::system
         : x == "user" ? text::role::user
                       : text::role::assistant;
}

const char* reason_of(model::ending x) {
  return x == model::ending::stop ? "stop" : "length";
}

/// Questions about the first tables, to begin with.
std::vector<std::string> hints_over(const schema::schema& s) {
  const auto spoken = [](std::string x) {
    std::replace(x.begin(), x.end(), '_', ' ');
    return x;
  };
  auto result = std::vector<std::string>{};
  for (const auto& t : s.tables) {
    if (result.size() == 3)
      break;
    const auto found = std::find_if(
      t.columns.begin(), t.columns.end(),
      [](const schema::column& c) { return c.values.size() > 1; });
    result.push_back("how many " + spoken(t.name)
                     + (found != t.columns.end() ? " by " + spoken(found->name)
                                                 : std::string{})
                     + "?");
  }
  return result;
}

/// Says an answer as it comes, or as a whole in the end.
class chat_writer {
public:
  chat_writer(net::chat_identity who, const net::chat_question& asked,
              net::http_answer& to)
    : who_{std::move(who)}, asked_{asked}, to_{to} {
  }

  bool say(std::string_view more) {
    if (asked_.stream) {
      begin();
      to_.write(net::write_chat_part(who_, more));
    }
    return to_.wanted();
  }

  void end(const std::string& text, const char* why,
           const net::token_usage& used) {
    if (!asked_.stream)
      return to_.send(
        {200, "application/json", net::write_chat(who_, text, why, used)});
    begin();
    to_.write(net::write_chat_end(
      who_, why, asked_.stream_usage ? std::optional{used} : std::nullopt));
    to_.end();
  }

  void fail(const fault& x) {
    // A stream that has begun can only stop.
    if (!begun_)
      return to_.send(error_of(x));
    to_.write("data: " + error_of(x).content + "\n");
    to_.end();
  }

private:
  void begin() {
    if (!std::exchange(begun_, true)) {
      to_.begin("text/event-stream");
      to_.write(net::write_chat_begin(who_));
    }
  }

  net::chat_identity who_;
  const net::chat_question& asked_;
  net::http_answer& to_;
  bool begun_ = false;
};

} // namespace

service::service(service_parts parts)
  : parts_{std::move(parts)}, created_{seconds_now()} {
}

net::server_reply service::page(const net::http_question& asked) const {
  if (asked.path == "/")
    return {
      200, "text/html; charset=utf-8",
      serve_page(parts_.name, parts_.schema->name, hints_over(*parts_.schema))};
  if (asked.path == "/health")
    return {200, "application/json",
            dump({{"status", "ok"}, {"model", parts_.name}})};
  if (asked.path == "/v1/models")
    return {200, "application/json",
            net::write_models({parts_.name}, created_)};
  if (asked.path == "/v1/models/" + parts_.name)
    return {200, "application/json",
            dump({{"id", parts_.name},
                  {"object", "model"},
                  {"created", created_},
                  {"owned_by", "local"}})};
  return net::openai_error(404, "no page '" + asked.path + "'");
}

void service::answer(const net::http_question& asked, net::http_answer& to) {
  if (asked.path == "/v1/chat/completions")
    return chat(asked.body, to);
  if (asked.path == "/v1/translate")
    return translate(asked.body, to);
  to.send(net::openai_error(404, "nothing is answered at '" + asked.path
                                   + "'; ask /v1/chat/completions or "
                                     "/v1/translate"));
}

expected<model::translation> service::ask(const std::string& question,
                                          std::vector<std::string> tables,
                                          std::size_t max_tokens,
                                          const net::http_answer& to) const {
  for (const auto& x : tables)
    if (!parts_.schema->find_table(x))
      return fault{errc::invalid_option, "there is no table '" + x + "'"};
  if (tables.empty())
    tables = parts_.retriever.tables(question, {});
  auto how = model::translate_options{};
  how.max_tokens = max_tokens;
  how.wanted = [&to] { return to.wanted(); };
  return parts_.model.translate(*parts_.schema, tables, question, how);
}

void service::chat(const std::string& body, net::http_answer& to) {
  const auto asked = net::read_chat(body);
  if (!asked)
    return to.send(error_of(asked.error()));
  if (!asked->model.empty() && asked->model != parts_.name)
    return to.send(net::openai_error(404,
                                     "the model '" + asked->model
                                       + "' does not exist; there is '"
                                       + parts_.name + "'",
                                     "model_not_found"));
  const auto number = ++number_;
  const auto id
    = "chatcmpl-" + std::to_string(created_) + "-" + std::to_string(number);
  auto out = chat_writer{{id, parts_.name, seconds_now()}, *asked, to};
  const auto most = std::min(asked->max_tokens.value_or(parts_.max_tokens),
                             parts_.max_tokens);
  if (!parts_.model.converses()) {
    // The last message is the question; what precedes says nothing to it.
    const auto made = ask(asked->messages.back().content, {}, most, to);
    if (!made)
      return out.fail(made.error());
    out.say(made->query);
    return out.end(made->query, made->complete ? "stop" : "length",
                   {made->prompt_tokens, made->tokens});
  }
  auto messages = std::vector<text::message>{};
  for (const auto& x : asked->messages)
    messages.push_back({role_of(x.role), x.content});
  auto how = model::chat_options{};
  how.how
    = {asked->temperature, asked->top_k, asked->top_p, asked->min_p,
       asked->seed.value_or(static_cast<std::uint64_t>(created_) + number)};
  how.max_tokens = most;
  how.stops = asked->stops;
  const auto made = parts_.model.chat(
    messages, how, [&](std::string_view more) { return out.say(more); });
  if (!made)
    return out.fail(made.error());
  if (made->why == model::ending::cancelled)
    return out.fail({errc::timeout, "the time to answer is over"});
  out.end(made->text, reason_of(made->why),
          {made->prompt_tokens, made->tokens});
}

void service::translate(const std::string& body, net::http_answer& to) {
  const auto began = std::chrono::steady_clock::now();
  const auto asked = net::read_translate(body);
  if (!asked)
    return to.send(error_of(asked.error()));
  const auto made = ask(asked->question, asked->tables, parts_.max_tokens, to);
  if (!made)
    return to.send(error_of(made.error()));
  if (!to.wanted())
    return to.send(error_of({errc::timeout, "the time to answer is over"}));
  auto settings = dsl::compile_options{};
  settings.now = moment(parts_.now);
  const auto result = dsl::compile(made->query, *parts_.schema, settings);
  auto document = json{{"question", asked->question}, {"query", made->query}};
  if (!result.compiled) {
    auto error = json::parse(
      net::openai_error(422, "no whole query came of this question", "no_query")
        .content);
    error["query"] = made->query;
    return to.send({422, "application/json", dump(error)});
  }
  settings.inline_literals = true;
  const auto shown = dsl::compile(made->query, *parts_.schema, settings);
  document["sql"] = shown.compiled->sql;
  if (asked->rows) {
    const auto guard = std::lock_guard{database_};
    auto rows
      = parts_.database.run(result.compiled->sql, result.compiled->parameters);
    if (!rows)
      document["problem"] = rows.error().message;
    else {
      auto answer = json::parse(
        print_rows(*rows, result.compiled->columns, row_format::json));
      document["columns"] = std::move(answer["columns"]);
      document["rows"] = std::move(answer["rows"]);
    }
  }
  document["model"] = parts_.name;
  document["seconds"]
    = std::chrono::duration<double>(std::chrono::steady_clock::now() - began)
        .count();
  to.send({200, "application/json", dump(document)});
}

} // namespace aura::tools
