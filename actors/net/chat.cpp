#include "actors/net/chat.hpp"

#include "actors/net/chat_ordinary.hpp"
#include "actors/net/json_text.hpp"
#include "kernels/base/hash.hpp"
#include "kernels/base/json.hpp"

#include <algorithm>
#include <iterator>

namespace aura::net {

using nlohmann::json;

namespace {

/// How the servers differ. vLLM and SGLang take OpenAI's form of a schema but
/// know only the old name of the limit; llama.cpp wants the schema one level
/// higher; OpenRouter must be told not to route to a provider that would ignore
/// the schema.
struct habits {
  dialect id;
  const char* name;
  const char* max_tokens;
  bool nested_schema;
  bool require_parameters;
};

constexpr habits table[] = {
  {dialect::openai, "openai", "max_completion_tokens", true, false},
  {dialect::vllm, "vllm", "max_tokens", true, false},
  {dialect::sglang, "sglang", "max_tokens", true, false},
  {dialect::llama_cpp, "llama-cpp", "max_tokens", false, false},
  {dialect::openrouter, "openrouter", "max_tokens", true, true},
};

const habits& habits_of(dialect x) {
  return table[static_cast<std::size_t>(x)];
}

// No exceptions: what does not parse is `discarded`, bad UTF-8 is replaced.
json parse(std::string_view text) {
  return json::parse(text, nullptr, false);
}

std::string print(const json& x) {
  return x.dump(-1, ' ', false, json::error_handler_t::replace);
}

const json& member(const json& x, const char* name) {
  static const auto null = json{};
  if (!x.is_object())
    return null;
  const auto found = x.find(name);
  return found == x.end() ? null : *found;
}

std::string text(const json& x) {
  return x.is_string() ? x.get<std::string>() : std::string{};
}

std::optional<std::uint64_t> count(const json& x) {
  if (x.is_number_integer() && x.get<std::int64_t>() >= 0)
    return x.get<std::uint64_t>();
  return std::nullopt;
}

std::string shortened(std::string x) {
  constexpr auto most = std::size_t{300};
  if (x.size() > most) {
    x.resize(most);
    x += "...";
  }
  std::replace_if(
    x.begin(), x.end(),
    [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return x;
}

json response_format(const habits& habits, const std::string& name,
                     json schema) {
  if (!habits.nested_schema)
    return {{"type", "json_schema"}, {"schema", std::move(schema)}};
  return {{"type", "json_schema"},
          {"json_schema",
           {{"name", name}, {"strict", true}, {"schema", std::move(schema)}}}};
}

struct server_error {
  std::string code;
  std::string message;
  std::optional<unsigned> status;
};

/// Finds the error in a body: `{"error": {…}}`, `{"error": "…"}`, flat
/// `{"message": …}` beside an `object` or a `code`, or `{"detail": …}`.
std::optional<server_error> find_error(const json& body) {
  const auto& error = member(body, "error");
  auto result = server_error{};
  if (error.is_string()) {
    result.message = error.get<std::string>();
    return result;
  }
  const auto flat
    = text(member(body, "object")) == "error"
      || (member(body, "message").is_string() && !body.contains("choices"));
  if (!error.is_object() && !flat) {
    const auto& detail = member(body, "detail");
    if (detail.is_null())
      return std::nullopt;
    result.message = detail.is_string() ? text(detail) : print(detail);
    return result;
  }
  const auto& source = error.is_object() ? error : body;
  result.message = text(member(source, "message"));
  result.code = text(member(source, "code"));
  if (const auto number = count(member(source, "code"));
      number && *number >= 400 && *number < 600)
    result.status = static_cast<unsigned>(*number);
  if (result.code.empty())
    result.code = text(member(source, "type"));
  return result;
}

chat_reply unreadable(unsigned status, std::string message) {
  return {{trouble::none, status, "", true}, std::nullopt, std::move(message)};
}

chat_reply refused(unsigned status, const server_error& error) {
  auto message = "the server answered with status " + std::to_string(status);
  if (!error.message.empty())
    message += ": " + shortened(error.message);
  if (!error.code.empty())
    message += " (" + shortened(error.code) + ")";
  return {{trouble::none, status, error.code, false}, std::nullopt, message};
}

/// The text of a message, which may come in parts.
std::optional<std::string> content_of(const json& message) {
  const auto& content = member(message, "content");
  if (content.is_string())
    return content.get<std::string>();
  if (!content.is_array())
    return std::nullopt;
  auto result = std::string{};
  for (const auto& part : content)
    result += text(member(part, "text"));
  return result;
}

usage usage_of(const json& body, std::size_t prompt_bytes,
               std::size_t reply_bytes) {
  const auto& x = member(body, "usage");
  const auto in = count(member(x, "prompt_tokens"));
  const auto out = count(member(x, "completion_tokens"));
  auto result = usage{};
  result.estimated = !in || !out;
  result.prompt_tokens = in.value_or(estimate_tokens(prompt_bytes));
  result.completion_tokens = out.value_or(estimate_tokens(reply_bytes));
  if (const auto& cost = member(x, "cost"); cost.is_number())
    result.cost = cost.get<double>();
  return result;
}

chat_reply read_choice(unsigned status, const json& body,
                       std::size_t prompt_bytes) {
  const auto& choices = member(body, "choices");
  if (!choices.is_array() || choices.empty())
    return unreadable(status, "a reply without choices");
  const auto& choice = choices.front();
  if (const auto error = find_error(choice))
    return refused(error->status.value_or(500), *error);
  const auto& message = member(choice, "message");
  const auto finish = text(member(choice, "finish_reason"));
  const auto refusal = text(member(message, "refusal"));
  const auto content = content_of(message);
  auto result = chat_reply{{trouble::none, status, "", false}, {}, {}};
  const auto accept = [&](expected<std::string> x) {
    const auto size = x ? x->size() : content.value_or(refusal).size();
    result.content
      = completion{std::move(x), usage_of(body, prompt_bytes, size)};
    return result;
  };
  if (!refusal.empty())
    return accept(
      fault{errc::refusal, "the model declined: " + shortened(refusal)});
  if (finish == "content_filter")
    return accept(fault{errc::refusal, "a content filter stopped the reply"});
  if (finish == "length")
    return accept(
      fault{errc::too_long, "the reply reached the limit of tokens"});
  if (!content)
    return unreadable(status, "a reply without content");
  return accept(*content);
}

} // namespace

const char* to_string(dialect x) {
  return habits_of(x).name;
}

std::optional<dialect> parse_dialect(std::string_view text) {
  for (const auto& x : table)
    if (x.name == text)
      return x.id;
  return std::nullopt;
}

status check(const chat_settings& x) {
  if (x.model.empty())
    return fault{errc::invalid_option, "no model is named"};
  const auto written = write_chat(x, {});
  if (!written)
    return written.error();
  return ok;
}

expected<std::string> write_chat(const chat_settings& settings,
                                 const chat_request& request) {
  const auto& habits = habits_of(settings.dialect);
  auto body = json{{"model", settings.model},
                   {"messages", json::array()},
                   {habits.max_tokens, settings.max_tokens}};
  for (const auto& x : request.messages)
    body["messages"].push_back({{"role", x.role}, {"content", x.content}});
  if (settings.temperature)
    body["temperature"] = *settings.temperature;
  if (settings.seed)
    body["seed"] = *settings.seed;
  if (!request.schema.empty()) {
    auto schema = parse(request.schema);
    if (!schema.is_object())
      return fault{errc::invalid_option,
                   "the schema of the reply is not a JSON object"};
    body["response_format"]
      = response_format(habits, request.schema_name, std::move(schema));
    if (habits.require_parameters)
      body["provider"] = {{"require_parameters", true}};
  }
  if (!settings.extra_body.empty()) {
    const auto extra = parse(settings.extra_body);
    if (!extra.is_object())
      return fault{errc::invalid_option, "the extra body is not a JSON object"};
    body.merge_patch(extra);
  }
  return print(body);
}

std::string key_of(std::string_view body) {
  return sha256_hex(body);
}

chat_request repaired(chat_request request, std::string reply,
                      const std::string& complaint) {
  request.messages.push_back({"assistant", std::move(reply)});
  request.messages.push_back(
    {"user", "That reply cannot be used: " + complaint
               + "\nReply again, and with nothing but the corrected JSON."});
  return request;
}

chat_reply read_chat(const http_reply& reply, std::size_t prompt_bytes) {
  const auto success = reply.status >= 200 && reply.status < 300;
  if (success)
    if (auto content = read_ordinary(reply.body))
      return {{trouble::none, reply.status, "", false}, std::move(content), ""};
  const auto body = parse(reply.body);
  const auto error = find_error(body);
  if (!success)
    return refused(reply.status, error.value_or(server_error{}));
  if (!body.is_object())
    return unreadable(reply.status, "a reply that is not JSON");
  if (error)
    return refused(error->status.value_or(500), *error);
  return read_choice(reply.status, body, prompt_bytes);
}

std::uint64_t estimate_tokens(std::size_t bytes) {
  return (bytes + 3) / 4;
}

// The text goes last, so that accounts can be read without it.
std::string to_bytes(const completion& x, const std::string& model,
                     std::optional<std::chrono::sys_seconds> bought) {
  auto result = std::string{"{\"in\":"};
  const auto add = [&](const char* name, const auto& value) {
    result += name;
    result += std::to_string(value);
  };
  const auto quote = [&](const char* name, const std::string& value) {
    result += name;
    append_quoted(result, value);
  };
  result += std::to_string(x.usage.prompt_tokens);
  add(",\"out\":", x.usage.completion_tokens);
  result += x.usage.estimated ? ",\"estimated\":true" : ",\"estimated\":false";
  if (x.usage.cost)
    result += ",\"cost\":" + json(*x.usage.cost).dump();
  if (!model.empty())
    quote(",\"model\":", model);
  if (bought)
    add(",\"time\":", bought->time_since_epoch().count());
  if (x.text) {
    quote(",\"text\":", *x.text);
  } else {
    add(",\"code\":", static_cast<int>(x.text.error().code));
    quote(",\"message\":", x.text.error().message);
  }
  result += '}';
  return result;
}

namespace {

expected<usage> usage_in(const json& body) {
  const auto in = count(member(body, "in"));
  const auto out = count(member(body, "out"));
  const auto& estimated = member(body, "estimated");
  if (!in || !out || !estimated.is_boolean())
    return fault{errc::damaged_file,
                 "the journal holds an answer of another kind"};
  auto spent = usage{*in, *out, estimated.get<bool>(), std::nullopt};
  if (const auto& cost = member(body, "cost"); cost.is_number())
    spent.cost = cost.get<double>();
  return spent;
}

} // namespace

expected<usage> usage_from(std::string_view bytes) {
  for (const auto* name : {",\"text\":", ",\"code\":"})
    if (const auto at = bytes.find(name); at != std::string_view::npos) {
      const auto head = parse(std::string{bytes.substr(0, at)} + "}");
      if (auto spent = usage_in(head))
        return spent;
    }
  return usage_in(parse(bytes));
}

expected<completion> completion_from(std::string_view bytes) {
  const auto body = parse(bytes);
  const auto spent = usage_in(body);
  if (!spent)
    return spent.error();
  if (const auto& content = member(body, "text"); content.is_string())
    return completion{content.get<std::string>(), *spent};
  const auto code = count(member(body, "code"));
  if (!code || *code == 0 || *code > static_cast<int>(errc::internal))
    return fault{errc::damaged_file,
                 "the journal holds an answer of another kind"};
  return completion{
    fault{static_cast<errc>(*code), text(member(body, "message"))}, *spent};
}

} // namespace aura::net
