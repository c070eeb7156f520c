#pragma once

#include "kernels/text/bpe.hpp"

#include <unordered_map>
#include <utility>

namespace aura::text {

/// The parts of a vocabulary; ids below `specials` are the special tokens, the
/// 256 bytes follow, then the merges in order.
struct bpe::state {
  std::vector<std::pair<std::int32_t, std::int32_t>> merges;
  /// Bytes by id.
  std::vector<std::string> tokens;
  /// (left << 32 | right) to the merged id, lower first.
  std::unordered_map<std::uint64_t, std::int32_t> merged;

  state();

  /// Appends the merge of two known tokens.
  void add(std::int32_t left, std::int32_t right);

  /// Appends the ids of one piece.
  void encode(std::string_view piece, std::vector<std::int32_t>& out) const;

  static std::uint64_t key(std::int32_t left, std::int32_t right) {
    return static_cast<std::uint64_t>(left) << 32
           | static_cast<std::uint64_t>(right);
  }

  static std::int32_t byte_id(char c) {
    return specials + static_cast<unsigned char>(c);
  }
};

} // namespace aura::text
