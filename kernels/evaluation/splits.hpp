#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aura::evaluation {

/// Where a row goes. Append only: the names appear in datasets.
enum class split : std::uint8_t {
  train,
  eval, // watched during training
  l0,   // test: families drawn at random
  l1    // test: structures that no other split has
};

inline constexpr std::size_t split_count = 4;

/// `train`, `eval`, `L0`, `L1`.
const char* to_string(split x);

/// What a row is split by.
struct split_key {
  /// Rows of one canonical query (and schema) are a family.
  std::string_view family;
  /// The key of `skeleton::structure`; one for all rows of a family.
  std::string_view structure;
};

struct split_options {
  std::uint64_t seed = 1;
  /// Rows to reach, by whole families; L1 by whole structures.
  std::size_t eval = 500;
  std::size_t l0 = 500;
  std::size_t l1 = 500;
};

/// The split of each row. A family never straddles, and a structure of L1 is
/// nowhere else. Depends on the keys alone, not on the order of the rows. Each
/// target is reached if there are enough rows, except that train keeps at
/// least half of them; a structure with more than a fifth of the L1 target is
/// held out only if the smaller ones do not suffice.
std::vector<split> assign_splits(std::span<const split_key> rows,
                                 const split_options& options);

} // namespace aura::evaluation
