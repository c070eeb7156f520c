#include "kernels/text/byte_alphabet.hpp"

#include "kernels/base/utf8.hpp"

namespace aura::text {

namespace {

constexpr bool is_printable(unsigned c) {
  return (c >= '!' && c <= '~') || (c >= 0xa1 && c <= 0xac) || c >= 0xae;
}

// All letters lie below U+0144 and take one or two bytes.
constexpr unsigned letters = 0x144;

std::string spell(unsigned code) {
  if (code < 0x80)
    return {static_cast<char>(code)};
  return {static_cast<char>(0xc0 | (code >> 6)),
          static_cast<char>(0x80 | (code & 0x3f))};
}

std::array<unsigned, 256> codes() {
  auto result = std::array<unsigned, 256>{};
  auto next = 256u;
  for (auto c = 0u; c < 256; ++c)
    result[c] = is_printable(c) ? c : next++;
  return result;
}

} // namespace

const std::array<std::string, 256>& byte_alphabet() {
  static const auto result = [] {
    auto x = std::array<std::string, 256>{};
    const auto all = codes();
    for (auto c = 0u; c < 256; ++c)
      x[c] = spell(all[c]);
    return x;
  }();
  return result;
}

std::string spell_bytes(std::string_view bytes) {
  auto result = std::string{};
  for (auto c : bytes)
    result += byte_alphabet()[static_cast<unsigned char>(c)];
  return result;
}

std::optional<std::string> read_bytes(std::string_view text) {
  static const auto byte_of = [] {
    auto x = std::array<int, letters>{};
    x.fill(-1);
    const auto all = codes();
    for (auto c = 0u; c < 256; ++c)
      x[all[c]] = static_cast<int>(c);
    return x;
  }();
  auto result = std::string{};
  result.reserve(text.size());
  while (!text.empty()) {
    const auto length = character_length(text);
    const auto first = static_cast<unsigned char>(text[0]);
    if (length == 0 || length > 2)
      return std::nullopt;
    const auto code = length == 1
                        ? first
                        : (first & 0x1fu) << 6
                            | (static_cast<unsigned char>(text[1]) & 0x3fu);
    if (code >= letters || byte_of[code] < 0)
      return std::nullopt;
    result += static_cast<char>(byte_of[code]);
    text.remove_prefix(length);
  }
  return result;
}

} // namespace aura::text
