#include "actors/net/chat_writer.hpp"

#include "actors/net/json_text.hpp"

namespace aura::net {

namespace {

// Nobody would say this.
constexpr auto mark = "aura:8c1f6d:the messages go here";
constexpr auto written_mark
  = R"({"content":"aura:8c1f6d:the messages go here","role":"user"})";

} // namespace

chat_writer::chat_writer(chat_settings settings)
  : settings_{std::move(settings)} {
}

expected<std::string> chat_writer::write(const chat_request& request) {
  if (!frame_ || frame_->schema != request.schema
      || frame_->schema_name != request.schema_name)
    if (const auto made = make_frame(request); !made)
      return made.error();
  if (!frame_->holds)
    return write_chat(settings_, request);
  auto size = frame_->before.size() + frame_->after.size();
  for (const auto& x : request.messages)
    size += x.content.size() + x.content.size() / 16 + 64;
  auto result = std::string{};
  result.reserve(size);
  result += frame_->before;
  const auto* separator = "";
  for (const auto& x : request.messages) {
    result += std::exchange(separator, ",");
    result += R"({"content":)";
    append_quoted(result, x.content);
    result += R"(,"role":)";
    append_quoted(result, x.role);
    result += '}';
  }
  result += frame_->after;
  return result;
}

status chat_writer::make_frame(const chat_request& request) {
  auto sample = request;
  sample.messages = {{"user", mark}};
  const auto body = write_chat(settings_, sample);
  if (!body)
    return body.error();
  auto x = frame{request.schema, request.schema_name, "", "", false};
  const auto at = body->find(written_mark);
  if (at != std::string::npos && body->find(mark) == body->rfind(mark)) {
    x.before = body->substr(0, at);
    x.after = body->substr(at + std::string_view{written_mark}.size());
    x.holds = true;
  }
  frame_ = std::move(x);
  return ok;
}

} // namespace aura::net
