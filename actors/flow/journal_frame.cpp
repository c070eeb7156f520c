#include "actors/flow/journal_frame.hpp"

#include "kernels/base/hash.hpp"

#include <algorithm>

namespace aura::flow::journal_frame {

namespace {

void put(char* out, std::uint32_t value) {
  for (auto i = 0; i < 4; ++i)
    out[i] = static_cast<char>(value >> (8 * i) & 0xff);
}

std::uint32_t get(const char* in) {
  auto result = std::uint32_t{0};
  for (auto i = 0; i < 4; ++i)
    result |= static_cast<std::uint32_t>(static_cast<unsigned char>(in[i]))
              << (8 * i);
  return result;
}

std::size_t key_length(std::string_view payload) {
  return static_cast<unsigned char>(payload[1])
         | static_cast<std::size_t>(static_cast<unsigned char>(payload[2]))
             << 8;
}

bool is_sound(std::string_view payload) {
  if (payload.size() < 3)
    return false;
  if (payload[0] == static_cast<char>(kind::intent))
    return payload.size() == 3 + key_length(payload);
  return payload[0] == static_cast<char>(kind::done)
         && payload.size() >= 3 + key_length(payload);
}

} // namespace

void append(std::string& out, kind what, std::string_view key,
            std::string_view answer) {
  const auto begin = out.size();
  const auto length = 3 + key.size() + answer.size();
  out.append(header_size, '\0');
  out += static_cast<char>(what);
  out += static_cast<char>(key.size() & 0xff);
  out += static_cast<char>(key.size() >> 8);
  out += key;
  out += answer;
  auto* header = out.data() + begin;
  const auto payload = std::string_view{out}.substr(begin + header_size);
  put(header, static_cast<std::uint32_t>(length));
  put(header + 4, crc32c({header, 4}));
  put(header + 8, crc32c(payload));
}

std::string write(kind what, std::string_view key, std::string_view answer) {
  auto result = std::string{};
  result.reserve(header_size + 3 + key.size() + answer.size());
  append(result, what, key, answer);
  return result;
}

view read(std::string_view rest) {
  const auto is_zero = [](char c) { return c == 0; };
  auto result = view{};
  // No sound length is zero, so that only a tail of zeros is looked at twice.
  if (rest.size() < header_size
      || (get(rest.data()) == 0
          && std::all_of(rest.begin(), rest.end(), is_zero))) {
    result.state = state::torn;
    return result;
  }
  const auto length = get(rest.data());
  if (crc32c(rest.substr(0, 4)) != get(rest.data() + 4) || length > most_bytes)
    return result;
  result.size = header_size + length;
  if (rest.size() < result.size) {
    result.state = state::torn;
    return result;
  }
  const auto payload = rest.substr(header_size, length);
  if (crc32c(payload) != get(rest.data() + 8)) {
    result.state = rest.size() == result.size ? state::torn : state::damaged;
    return result;
  }
  if (!is_sound(payload))
    return result;
  result.state = state::whole;
  result.kind = static_cast<kind>(payload[0]);
  result.key = payload.substr(3, key_length(payload));
  result.answer = payload.substr(3 + key_length(payload));
  return result;
}

} // namespace aura::flow::journal_frame
