#pragma once

#include <cassert>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace aura {

/// Mixes 64 bits so that near inputs give unrelated outputs: the finaliser of
/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
constexpr std::uint64_t mix64(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// Random numbers for one row of one stage: a counter-based stream that depends
/// on nothing but its key. Two streams of different keys are independent, so
/// that the order in which rows are worked on changes nothing. A plain value.
class random_stream {
public:
  using result_type = std::uint64_t;

  /// A stream for (run seed, stage, row, attempt); equal keys, equal numbers.
  constexpr random_stream(std::uint64_t seed, std::string_view stage,
                          std::uint64_t row = 0,
                          std::uint64_t attempt = 0) noexcept
    : key_{mix64(seed)} {
    for (auto c : stage)
      key_ = mix64(key_ ^ static_cast<unsigned char>(c));
    key_ = mix64(mix64(key_ ^ row) + attempt);
  }

  static constexpr result_type min() noexcept {
    return 0;
  }

  static constexpr result_type max() noexcept {
    return ~result_type{0};
  }

  constexpr result_type operator()() noexcept {
    return mix64(key_ + 0x9e3779b97f4a7c15ULL * ++counter_);
  }

  /// Uniform over [0, bound), without modulo bias worth naming.
  /// @pre 0 < bound <= 2^32
  constexpr std::uint64_t below(std::uint64_t bound) noexcept {
    assert(bound > 0 && bound <= (std::uint64_t{1} << 32));
    return (((*this)() >> 32) * bound) >> 32;
  }

  /// Uniform over [first, last], both ends included. @pre first <= last
  constexpr std::int64_t between(std::int64_t first,
                                 std::int64_t last) noexcept {
    return first
           + static_cast<std::int64_t>(
             below(static_cast<std::uint64_t>(last - first) + 1));
  }

  /// Uniform over [0, 1).
  constexpr double uniform() noexcept {
    return static_cast<double>((*this)() >> 11) * 0x1.0p-53;
  }

  constexpr bool chance(double probability) noexcept {
    return uniform() < probability;
  }

  /// A random element. @pre !items.empty()
  template <class T>
  constexpr const T& pick(const std::vector<T>& items) noexcept {
    return items[below(items.size())];
  }

  /// An index with probability proportional to its weight.
  /// @pre some weight is positive
  std::size_t weighted(std::span<const double> weights) noexcept {
    auto total = 0.0;
    for (auto w : weights)
      total += w;
    auto x = uniform() * total;
    for (std::size_t i = 0; i + 1 < weights.size(); ++i) {
      if (x < weights[i])
        return i;
      x -= weights[i];
    }
    return weights.size() - 1;
  }

  /// Fisher–Yates, the same on every platform (std::shuffle is not).
  template <class T>
  constexpr void shuffle(std::vector<T>& items) noexcept {
    for (auto i = items.size(); i > 1; --i)
      std::swap(items[i - 1], items[below(i)]);
  }

private:
  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

} // namespace aura
