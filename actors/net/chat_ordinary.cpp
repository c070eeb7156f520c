#include "actors/net/chat_ordinary.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>

#include <array>

namespace aura::net {

namespace {

namespace json = boost::json;

const json::value* member(const json::object& x, std::string_view name) {
  return x.if_contains(name);
}

bool is_absent(const json::value* x) {
  return !x || x->is_null();
}

std::optional<std::uint64_t> count(const json::value* x) {
  if (!x || !x->is_int64() || x->get_int64() < 0)
    return std::nullopt;
  return static_cast<std::uint64_t>(x->get_int64());
}

std::optional<std::string_view> text(const json::value* x) {
  if (!x || !x->is_string())
    return std::nullopt;
  return std::string_view{x->get_string()};
}

/// Whether `x` may tell of an error, in one of the ways that servers have.
bool may_be_error(const json::object& x) {
  return member(x, "error") || member(x, "detail")
         || text(member(x, "object")) == "error";
}

std::optional<usage> usage_of(const json::object& body) {
  const auto* x = member(body, "usage");
  if (!x || !x->is_object())
    return std::nullopt;
  const auto& spent = x->get_object();
  const auto in = count(member(spent, "prompt_tokens"));
  const auto out = count(member(spent, "completion_tokens"));
  // Decimals are read more exactly elsewhere.
  if (!in || !out || member(spent, "cost"))
    return std::nullopt;
  return usage{*in, *out, false, std::nullopt};
}

} // namespace

std::optional<completion> read_ordinary(std::string_view body) {
  auto space = std::array<unsigned char, 4096>{};
  auto memory = json::monotonic_resource{space.data(), space.size()};
  auto problem = json::error_code{};
  const auto parsed = json::parse(body, problem, &memory);
  if (problem || !parsed.is_object())
    return std::nullopt;
  const auto& whole = parsed.get_object();
  const auto* choices = member(whole, "choices");
  if (may_be_error(whole) || member(whole, "message") || !choices
      || !choices->is_array() || choices->get_array().empty()
      || !choices->get_array().front().is_object())
    return std::nullopt;
  const auto& choice = choices->get_array().front().get_object();
  const auto* message = member(choice, "message");
  const auto finish = text(member(choice, "finish_reason"));
  if (may_be_error(choice) || !message || !message->is_object() || !finish
      || *finish == "content_filter" || *finish == "length")
    return std::nullopt;
  const auto content = text(member(message->get_object(), "content"));
  const auto spent = usage_of(whole);
  if (!content || !spent
      || !is_absent(member(message->get_object(), "refusal")))
    return std::nullopt;
  return completion{std::string{*content}, *spent};
}

} // namespace aura::net
