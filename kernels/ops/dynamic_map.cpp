#include "kernels/ops/dynamic_map.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>

namespace aura::ops {

namespace {

byte_map make_map(bool with_sign) {
  constexpr int exponents = 7;
  byte_map result{};
  std::size_t count = 0;
  for (int i = 0; i < exponents; ++i) {
    const auto steps = (with_sign ? 1 : 2) << i;
    const auto power = static_cast<float>(std::pow(10.0, i - exponents + 1));
    // As torch.linspace counts: from both ends, each rounded once.
    const auto step = (1.0f - 0.1f) / static_cast<float>(steps);
    const auto boundary = [&](int j) {
      const auto wide = static_cast<double>(step);
      return static_cast<float>(j < (steps + 1) / 2 ? 0.1f + wide * j
                                                    : 1 - wide * (steps - j));
    };
    for (int j = 0; j < steps; ++j) {
      const auto value = power * ((boundary(j) + boundary(j + 1)) / 2.0f);
      result[count++] = value;
      if (with_sign)
        result[count++] = -value;
    }
  }
  result[count++] = 0;
  result[count++] = 1;
  std::sort(result.begin(), result.end());
  return result;
}

} // namespace

const byte_map& dynamic_map(bool with_sign) {
  static const std::array maps{make_map(false), make_map(true)};
  return maps[with_sign ? 1 : 0];
}

std::uint8_t zero_code(bool with_sign) {
  const auto& map = dynamic_map(with_sign);
  return static_cast<std::uint8_t>(std::find(map.begin(), map.end(), 0.0f)
                                   - map.begin());
}

std::uint8_t nearest_code(const byte_map& map, float x) {
  std::size_t code = 0;
  while (code < 255 && !((map[code] + map[code + 1]) / 2.0f > x))
    ++code;
  return static_cast<std::uint8_t>(code);
}

code_finder::code_finder(const byte_map& map) {
  for (std::size_t i = 0; i < 255; ++i)
    limit_[i] = (map[i] + map[i + 1]) / 2.0f;
  limit_[255] = std::numeric_limits<float>::infinity();
  for (std::uint32_t i = 0; i < start_.size(); ++i) {
    // Of the values with these bits the lowest is the one nearest to zero, or
    // among negative ones the one farthest from it.
    auto bits = i << (32 - kept_bits);
    if (bits >> 31 != 0)
      bits |= (1U << (32 - kept_bits)) - 1;
    float lowest;
    std::memcpy(&lowest, &bits, sizeof lowest);
    start_[i]
      = std::isnan(lowest) ? std::uint8_t{255} : nearest_code(map, lowest);
  }
}

std::uint8_t code_finder::operator()(float x) const noexcept {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  std::size_t code = start_[bits >> (32 - kept_bits)];
  while (code < 255 && !(limit_[code] > x))
    ++code;
  return static_cast<std::uint8_t>(code);
}

const code_finder& dynamic_finder(bool with_sign) {
  static const std::array finders{code_finder{dynamic_map(false)},
                                  code_finder{dynamic_map(true)}};
  return finders[with_sign ? 1 : 0];
}

} // namespace aura::ops
