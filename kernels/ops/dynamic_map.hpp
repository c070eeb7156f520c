#pragma once

#include <array>
#include <cstdint>

namespace aura::ops {

/// The 256 values that a byte can stand for, ascending.
using byte_map = std::array<float, 256>;

/// The dynamic data type of bitsandbytes: as an exponent falls from 0 to -6,
/// bits go from the fraction to it (Dettmers, arXiv 1511.04561). The signed map
/// runs from -0.99296875 to 1, the unsigned one from 0 to 1.
const byte_map& dynamic_map(bool with_sign);

/// The code of zero in one of the two maps.
std::uint8_t zero_code(bool with_sign);

/// The index of the value nearest to `x`, which lies in [-1, 1]; between two,
/// the upper one. NaN gives the last.
std::uint8_t nearest_code(const byte_map& map, float x);

/// nearest_code() by a table over the leading bits of `x`: the same answer,
/// several times as fast.
class code_finder {
public:
  explicit code_finder(const byte_map& map);

  std::uint8_t operator()(float x) const noexcept;

private:
  /// Sign, eight bits of exponent and three of the fraction.
  static constexpr int kept_bits = 12;

  /// Where the search starts: the lowest code of any value with these bits.
  std::array<std::uint8_t, 1 << kept_bits> start_{};
  /// Values from here on belong to the next code.
  std::array<float, 256> limit_{};
};

/// The finder of one of the two maps.
const code_finder& dynamic_finder(bool with_sign);

} // namespace aura::ops
