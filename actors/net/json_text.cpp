#include "actors/net/json_text.hpp"

#include "kernels/base/json.hpp"
#include "kernels/base/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace aura::net {

namespace {

constexpr auto ones = std::uint64_t{0x0101010101010101};
constexpr auto tops = 0x80 * ones;

/// A set top bit for each zero byte, and perhaps for bytes above one.
constexpr std::uint64_t zeros(std::uint64_t x) {
  return (x - ones) & ~x & tops;
}

/// Whether none of the eight bytes is a quote, a backslash or a control
/// character, nor part of a longer character.
bool are_plain(const char* bytes) {
  auto x = std::uint64_t{0};
  std::memcpy(&x, bytes, sizeof x);
  const auto control = (x - 0x20 * ones) & ~x;
  return ((control | x) & tops) == 0 && zeros(x ^ (0x22 * ones)) == 0
         && zeros(x ^ (0x5c * ones)) == 0;
}

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte != '"' && byte != '\\';
}

/// Bytes at the front that stand for themselves, if `text` is UTF-8.
std::size_t plain_length(std::string_view text) {
  auto at = std::size_t{0};
  while (at + 8 <= text.size() && are_plain(text.data() + at))
    at += 8;
  while (at < text.size() && is_plain(text[at]))
    ++at;
  return at;
}

void append_escaped(std::string& out, char c) {
  constexpr auto digits = "0123456789abcdef";
  switch (c) {
  case '"':
  case '\\':
    out += '\\';
    out += c;
    return;
  case '\b':
    out += "\\b";
    return;
  case '\f':
    out += "\\f";
    return;
  case '\n':
    out += "\\n";
    return;
  case '\r':
    out += "\\r";
    return;
  case '\t':
    out += "\\t";
    return;
  default:
    out += "\\u00";
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
}

bool is_utf8(std::string_view text) {
  auto at = std::size_t{0};
  const auto is_ascii = [&] {
    auto x = std::uint64_t{0};
    std::memcpy(&x, text.data() + at, sizeof x);
    return (x & tops) == 0;
  };
  while (at + 8 <= text.size() && is_ascii())
    at += 8;
  return valid_utf8(text.substr(at)) == text.size() - at;
}

} // namespace

void append_quoted(std::string& out, std::string_view text) {
  if (!is_utf8(text)) {
    using nlohmann::json;
    out += json(text).dump(-1, ' ', false, json::error_handler_t::replace);
    return;
  }
  out += '"';
  for (;;) {
    const auto plain = plain_length(text);
    out += text.substr(0, plain);
    if (plain == text.size())
      break;
    append_escaped(out, text[plain]);
    text.remove_prefix(plain + 1);
  }
  out += '"';
}

} // namespace aura::net
