#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace aura::model {

/// The bytes that golden files spell in hexadecimal digits.
inline std::string from_hexadecimal(std::string_view digits) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string result;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    result += static_cast<char>(value(digits[i]) * 16 + value(digits[i + 1]));
  return result;
}

inline std::vector<float> floats_of(std::string_view bytes) {
  std::vector<float> result(bytes.size() / sizeof(float));
  std::memcpy(result.data(), bytes.data(), result.size() * sizeof(float));
  return result;
}

} // namespace aura::model
