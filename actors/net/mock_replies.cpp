#include "actors/net/mock_replies.hpp"

#include "kernels/base/json.hpp"

namespace aura::net {

using nlohmann::json;

namespace {

const char* reason_of(unsigned status) {
  switch (status) {
  case 200:
    return "OK";
  case 302:
    return "Found";
  case 400:
    return "Bad Request";
  case 401:
    return "Unauthorized";
  case 404:
    return "Not Found";
  case 429:
    return "Too Many Requests";
  case 500:
    return "Internal Server Error";
  case 503:
    return "Service Unavailable";
  default:
    return "Other";
  }
}

std::string error_body(const char* message, const char* code) {
  return json{{"error", {{"message", message}, {"type", code}, {"code", code}}}}
    .dump();
}

/// About four bytes a token, as everybody estimates.
std::uint64_t count_tokens(std::string_view text) {
  return text.size() / 4 + 1;
}

scripted_reply completion(const json& request, json message,
                          const char* finish_reason, bool with_usage) {
  const auto content = message.value("content", json{});
  const auto in = count_tokens(request.value("messages", json{}).dump());
  const auto out
    = count_tokens(content.is_string() ? content.get<std::string>() : "");
  auto body = json{
    {"id", "chatcmpl-mock"},
    {"object", "chat.completion"},
    {"created", 0},
    {"model", request.value("model", "mock")},
    {"choices", json::array({{{"index", 0},
                              {"message", std::move(message)},
                              {"finish_reason", finish_reason}}})},
  };
  if (with_usage)
    body["usage"] = {{"prompt_tokens", in},
                     {"completion_tokens", out},
                     {"total_tokens", in + out}};
  auto result = make_reply(200, body.dump());
  result.completion = true;
  result.prompt_tokens = in;
  result.completion_tokens = out;
  return result;
}

std::string wait_header(int amount) {
  if (amount < 0)
    return "Retry-After: 1\r\n";
  return "retry-after-ms: " + std::to_string(amount)
         + "\r\nRetry-After: " + std::to_string((amount + 999) / 1000) + "\r\n";
}

std::string text_of(const json& content) {
  if (content.is_string())
    return content.get<std::string>();
  auto result = std::string{};
  if (content.is_array())
    for (const auto& part : content)
      if (part.is_object() && part.value("text", json{}).is_string())
        result += part["text"].get<std::string>();
  return result;
}

/// What the user has said, in all messages.
std::string user_text(const json& request) {
  const auto messages = request.value("messages", json::array());
  auto result = std::string{};
  if (messages.is_array())
    for (const auto& x : messages)
      if (x.is_object() && x.value("role", json{}) == "user")
        result += text_of(x.value("content", json{})) + "\n";
  return result;
}

scripted_reply answer(const mock_llm_options& options, const json& request,
                      const fault_plan::entry& x) {
  const auto assistant = [](json content) {
    return json{{"role", "assistant"}, {"content", std::move(content)}};
  };
  if (x.what == mishap::refusal) {
    auto message = assistant(nullptr);
    message["refusal"] = "I cannot help with that.";
    return completion(request, std::move(message), "stop", true);
  }
  if (x.what == mishap::broken_content)
    return completion(request, assistant("Sure! Here is {\"question\": "),
                      "stop", true);
  if (x.what == mishap::filtered)
    return completion(request, assistant(""), "content_filter", true);
  const auto content = options.answer ? options.answer(user_text(request))
                                      : expected<std::string>{"{}"};
  if (!content)
    return make_reply(400, error_body(content.error().message.c_str(),
                                      "invalid_request_error"));
  if (x.what == mishap::cut_short)
    return completion(request,
                      assistant(content->substr(0, content->size() / 2)),
                      "length", true);
  return completion(request, assistant(*content), "stop",
                    x.what != mishap::no_usage);
}

} // namespace

scripted_reply make_reply(unsigned status, std::string_view body,
                          std::string_view extra) {
  auto result = scripted_reply{};
  result.status = status;
  result.bytes = "HTTP/1.1 " + std::to_string(status) + " " + reason_of(status)
                 + "\r\nContent-Type: application/json\r\nContent-Length: "
                 + std::to_string(body.size()) + "\r\n";
  result.bytes += extra;
  result.bytes += "\r\n";
  result.body = result.bytes.size();
  result.bytes += body;
  return result;
}

std::optional<scripted_reply> error_reply(const fault_plan::entry& x) {
  switch (x.what) {
  case mishap::too_many:
    return make_reply(429, error_body("slow down", "rate_limit_exceeded"),
                      wait_header(x.amount));
  case mishap::server_error:
    return make_reply(500, error_body("something broke", "server_error"));
  case mishap::unavailable:
    return make_reply(503, error_body("overloaded", "overloaded"));
  case mishap::overloaded:
    return make_reply(529, error_body("overloaded", "overloaded_error"));
  case mishap::bad_request:
    return make_reply(400, error_body("no such thing", "invalid_request"));
  case mishap::unauthorized:
    return make_reply(401, error_body("who are you", "invalid_api_key"));
  case mishap::out_of_quota:
    return make_reply(429, error_body("no money left", "insufficient_quota"));
  case mishap::redirect:
    return make_reply(302, "", "Location: https://elsewhere.example/\r\n");
  case mishap::broken_json:
    return make_reply(200, R"({"choices": [{"message": {"content": "a)");
  case mishap::error_inside:
    return make_reply(200, error_body("the upstream failed", "server_error"));
  case mishap::oversize:
    return make_reply(
      200,
      std::string(
        static_cast<std::size_t>(x.amount < 0 ? 65536 : x.amount) << 10, ' '));
  case mishap::two_lengths:
    return make_reply(200, "0\r\n\r\n", "Transfer-Encoding: chunked\r\n");
  case mishap::encoded:
    return make_reply(200, "gzipped, no doubt", "Content-Encoding: gzip\r\n");
  default:
    return std::nullopt;
  }
}

scripted_reply reply_to_chat(const mock_llm_options& options,
                             std::string_view request,
                             const fault_plan::entry& x) {
  if (auto wrong = error_reply(x))
    return *std::move(wrong);
  const auto parsed = json::parse(request, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("messages"))
    return make_reply(
      400, error_body("a chat needs messages", "invalid_request_error"));
  return answer(options, parsed, x);
}

std::string mock_llm_stats::to_json() const {
  return json{{"connections", connections},
              {"connected", connected},
              {"resumed", resumed},
              {"requests", requests},
              {"open", open},
              {"waiting", waiting},
              {"completions", completions},
              {"distinct", distinct},
              {"batch_calls", batch_calls},
              {"most_in_flight", most_in_flight},
              {"prompt_tokens", prompt_tokens},
              {"completion_tokens", completion_tokens},
              {"mishaps", mishaps}}
    .dump();
}

} // namespace aura::net
