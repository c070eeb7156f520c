#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace aura::evaluation {

/// The least hashes of a set under 128 permutations (Broder, 1997): the share
/// of equal entries estimates the Jaccard index of two sets.
using signature = std::array<std::uint32_t, 128>;

/// @pre !items.empty()
signature minhash(std::span<const std::uint64_t> items);

/// The exact Jaccard index of two sorted sets without repetitions.
double jaccard(std::span<const std::uint32_t> a,
               std::span<const std::uint32_t> b);

/// Finds out whether a set is similar to an earlier one: 32 bands of 4
/// permutations bring together 99.98 % of the pairs with a Jaccard index of
/// 0.7, whose index is then computed exactly. Not thread-safe.
class similarity_index {
public:
  /// Adds a set and returns true, unless one that was added before has an index
  /// of at least `threshold` with it. Empty sets are never similar, nor added.
  bool add_if_new(std::span<const std::uint64_t> items, double threshold);

  /// The same question without adding.
  bool contains_similar(std::span<const std::uint64_t> items, double threshold);

private:
  static constexpr std::size_t bands = 32;

  // Rows by the hash of one band, with linear probing.
  struct slot {
    std::uint32_t tag = 0;
    std::uint32_t row = 0; // from 1; 0 is free
  };

  void look_at(std::span<const std::uint64_t> items);
  bool similar(double threshold);
  void remember();
  static void put(std::vector<slot>& table, slot added);

  std::array<std::vector<slot>, bands> tables_;
  std::vector<std::uint32_t> members_;  // all sets, one after the other
  std::vector<std::size_t> ends_{0};    // of the set of each row
  std::vector<std::uint32_t> compared_; // by row, the last query to do so
  std::uint32_t queries_ = 0;

  // What is being looked at.
  std::vector<std::uint32_t> current_;
  std::array<std::uint32_t, bands> tags_{};
};

} // namespace aura::evaluation
