#include "actors/net/openai_wire.hpp"

#include "kernels/base/json.hpp"

namespace aura::net {

namespace {

using json = nlohmann::ordered_json;

fault refuse(const std::string& why) {
  return {errc::invalid_option, why};
}

std::string dump(const json& x) {
  return x.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool has(const json& x, const char* field) {
  return x.contains(field) && !x[field].is_null();
}

status read_number(const json& x, const char* field, double low, double high,
                   double& out) {
  if (!has(x, field))
    return ok;
  if (!x[field].is_number())
    return refuse(std::string{"'"} + field + "' is no number");
  out = x[field].get<double>();
  if (!(out >= low && out <= high))
    return refuse(std::string{"'"} + field + "' is " + x[field].dump()
                  + ", not from " + json(low).dump() + " to "
                  + json(high).dump());
  return ok;
}

expected<std::optional<std::uint64_t>>
read_whole(const json& x, const char* field, std::uint64_t low) {
  if (!has(x, field))
    return std::optional<std::uint64_t>{};
  // A seed may be negative.
  if (!x[field].is_number_integer()
      || (x[field].is_number_unsigned() && x[field].get<std::uint64_t>() < low)
      || (!x[field].is_number_unsigned() && low > 0))
    return refuse(std::string{"'"} + field + "' is " + x[field].dump()
                  + ", not a whole number from " + std::to_string(low));
  return std::optional{static_cast<std::uint64_t>(
    x[field].is_number_unsigned()
      ? x[field].get<std::uint64_t>()
      : static_cast<std::uint64_t>(x[field].get<std::int64_t>()))};
}

/// Text, or parts of text.
expected<std::string> read_content(const json& x) {
  if (x.is_string())
    return x.get<std::string>();
  if (!x.is_array())
    return refuse("the content of a message is neither text nor parts of it");
  auto result = std::string{};
  for (const auto& part : x) {
    if (!part.is_object() || part.value("type", json{}) != "text"
        || !part.contains("text") || !part["text"].is_string())
      return refuse("only parts of type 'text' are read");
    result += part["text"].get<std::string>();
  }
  return result;
}

status read_messages(const json& x, chat_question& out) {
  if (!has(x, "messages") || !x["messages"].is_array() || x["messages"].empty())
    return refuse("'messages' is no list of messages");
  for (const auto& message : x["messages"]) {
    if (!message.is_object() || !message.contains("role")
        || !message["role"].is_string() || !message.contains("content"))
      return refuse("a message has a role and content");
    auto role = message["role"].get<std::string>();
    if (role == "developer")
      role = "system";
    if (role != "system" && role != "user" && role != "assistant")
      return refuse("no role is called '" + role + "'");
    auto content = read_content(message["content"]);
    if (!content)
      return content.error();
    out.messages.push_back({std::move(role), *std::move(content)});
  }
  if (out.messages.back().role != "user")
    return refuse("the last message is not the user's");
  return ok;
}

status read_stops(const json& x, chat_question& out) {
  if (!has(x, "stop"))
    return ok;
  const auto all = x["stop"].is_string() ? json::array({x["stop"]}) : x["stop"];
  if (!all.is_array() || all.size() > 4)
    return refuse("'stop' is neither a text nor a list of up to four");
  for (const auto& one : all) {
    if (!one.is_string() || one.get<std::string>().empty())
      return refuse("'stop' has something that is no text");
    out.stops.push_back(one.get<std::string>());
  }
  return ok;
}

status refuse_unknown(const json& x) {
  for (const auto* field : {"tools", "functions", "logit_bias"})
    if (has(x, field) && !x[field].empty())
      return refuse(std::string{"'"} + field + "' is not supported");
  if (has(x, "logprobs") && x["logprobs"] != false)
    return refuse("'logprobs' is not supported");
  if (has(x, "n") && x["n"] != 1)
    return refuse("'n' is not supported: there is one answer");
  for (const auto* field : {"frequency_penalty", "presence_penalty"})
    if (has(x, field) && x[field] != 0)
      return refuse(std::string{"'"} + field + "' is not supported");
  if (has(x, "response_format")
      && (!x["response_format"].is_object()
          || x["response_format"].value("type", json{}) != "text"))
    return refuse("'response_format' is not supported");
  return ok;
}

expected<json> read_object(std::string_view body) {
  auto x = json::parse(body, nullptr, false);
  if (!x.is_object())
    return refuse("the body is no JSON object");
  return x;
}

json part(const chat_identity& who, const json& delta, const json& why) {
  return {
    {"id", who.id},
    {"object", "chat.completion.chunk"},
    {"created", who.created},
    {"model", who.model},
    {"choices", {{{"index", 0}, {"delta", delta}, {"finish_reason", why}}}}};
}

json usage_of(const token_usage& x) {
  return {{"prompt_tokens", x.prompt},
          {"completion_tokens", x.completion},
          {"total_tokens", x.prompt + x.completion}};
}

std::string event(const json& x) {
  return "data: " + dump(x) + "\n\n";
}

} // namespace

expected<chat_question> read_chat(std::string_view body) {
  auto object = read_object(body);
  if (!object)
    return object.error();
  const auto& x = *object;
  auto result = chat_question{};
  if (has(x, "model") && x["model"].is_string())
    result.model = x["model"].get<std::string>();
  if (has(x, "stream") && !x["stream"].is_boolean())
    return refuse("'stream' is neither true nor false");
  result.stream = has(x, "stream") && x["stream"].get<bool>();
  result.stream_usage
    = has(x, "stream_options") && x["stream_options"].is_object()
      && x["stream_options"].value("include_usage", json{}) == true;
  auto top_k = expected<std::optional<std::uint64_t>>{std::nullopt};
  auto seed = top_k;
  auto newer = top_k;
  auto older = top_k;
  for (const auto& done :
       {refuse_unknown(x), read_messages(x, result), read_stops(x, result),
        read_number(x, "temperature", 0, 2, result.temperature),
        read_number(x, "top_p", 0, 1, result.top_p),
        read_number(x, "min_p", 0, 1, result.min_p)})
    if (!done)
      return done.error();
  top_k = read_whole(x, "top_k", 0);
  seed = read_whole(x, "seed", 0);
  newer = read_whole(x, "max_completion_tokens", 1);
  older = read_whole(x, "max_tokens", 1);
  for (const auto* number : {&top_k, &seed, &newer, &older})
    if (!*number)
      return number->error();
  result.top_k = (*top_k).value_or(0);
  result.seed = *seed;
  result.max_tokens = *newer ? *newer : *older;
  return result;
}

expected<translate_question> read_translate(std::string_view body) {
  auto object = read_object(body);
  if (!object)
    return object.error();
  const auto& x = *object;
  auto result = translate_question{};
  if (!has(x, "question") || !x["question"].is_string()
      || x["question"].get<std::string>().empty())
    return refuse("'question' is no text");
  result.question = x["question"].get<std::string>();
  if (has(x, "rows") && !x["rows"].is_boolean())
    return refuse("'rows' is neither true nor false");
  result.rows = !has(x, "rows") || x["rows"].get<bool>();
  if (!has(x, "tables"))
    return result;
  if (!x["tables"].is_array())
    return refuse("'tables' is no list of names");
  for (const auto& table : x["tables"]) {
    if (!table.is_string())
      return refuse("'tables' is no list of names");
    result.tables.push_back(table.get<std::string>());
  }
  return result;
}

std::string write_chat(const chat_identity& who, std::string_view text,
                       std::string_view why, const token_usage& used) {
  return dump({{"id", who.id},
               {"object", "chat.completion"},
               {"created", who.created},
               {"model", who.model},
               {"choices",
                {{{"index", 0},
                  {"message",
                   {{"role", "assistant"},
                    {"content", text},
                    {"refusal", nullptr}}},
                  {"logprobs", nullptr},
                  {"finish_reason", why}}}},
               {"usage", usage_of(used)}})
         + "\n";
}

std::string write_chat_begin(const chat_identity& who) {
  return event(part(who, {{"role", "assistant"}, {"content", ""}}, nullptr));
}

std::string write_chat_part(const chat_identity& who, std::string_view text) {
  return event(part(who, {{"content", text}}, nullptr));
}

std::string write_chat_end(const chat_identity& who, std::string_view why,
                           const std::optional<token_usage>& used) {
  auto result = event(part(who, json::object(), why));
  if (used) {
    auto last = part(who, json::object(), nullptr);
    last["choices"] = json::array();
    last["usage"] = usage_of(*used);
    result += event(last);
  }
  return result + "data: [DONE]\n\n";
}

std::string write_models(const std::vector<std::string>& ids,
                         std::int64_t created) {
  auto data = json::array();
  for (const auto& id : ids)
    data.push_back({{"id", id},
                    {"object", "model"},
                    {"created", created},
                    {"owned_by", "local"}});
  return dump({{"object", "list"}, {"data", data}}) + "\n";
}

server_reply openai_error(unsigned status, const std::string& message,
                          const std::string& code) {
  const auto* type = status == 401   ? "authentication_error"
                     : status == 429 ? "rate_limit_error"
                     : status >= 500 ? "server_error"
                                     : "invalid_request_error";

  const auto content
    = json{{"error",
            {{"message", message},
             {"type", type},
             {"param", nullptr},
             {"code", code.empty() ? json(nullptr) : json(code)}}}};
  return {status, "application/json",
          content.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"};
}

} // namespace aura::net
