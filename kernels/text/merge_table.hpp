#pragma once

#include "kernels/base/expected.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aura::text {

/// Tokens of bytes and the merges that make them: byte-pair encoding (Sennrich
/// et al. 2016) over bytes. Immutable once finished.
class merge_table {
public:
  /// `tokens[id]` are the bytes of a token; empty for ids that no text encodes
  /// to. `merges` are pairs of ids, the first one first in rank. Fails with
  /// `damaged_file` if a merge joins what is no token, or makes none.
  static expected<merge_table>
  make(std::vector<std::string> tokens,
       const std::vector<std::pair<std::int32_t, std::int32_t>>& merges);

  /// From tokens in the order of their ranks, as tiktoken lists them: any two
  /// parts that together are a token merge, the lowest rank first, and a piece
  /// that is a token is taken whole.
  static merge_table from_ranks(std::vector<std::string> tokens);

  /// Appends the ids of one piece. A byte without a token is left out.
  void encode(std::string_view piece, std::vector<std::int32_t>& out) const;

  /// Whether a piece that is a token needs no merging even if merges would not
  /// lead there (`ignore_merges`).
  void take_whole_tokens() noexcept {
    takes_whole_ = true;
  }

  const std::vector<std::string>& tokens() const noexcept {
    return tokens_;
  }

  /// The token of these very bytes, or -1.
  std::int32_t find(std::string_view bytes) const noexcept;

private:
  struct merge {
    std::uint64_t pair = empty;
    std::int32_t rank = 0;
    std::int32_t id = 0;
  };

  static constexpr std::uint64_t empty = ~std::uint64_t{0};

  void index_tokens();
  void reserve_merges(std::size_t count);
  void add_merge(std::int32_t left, std::int32_t right, std::int32_t rank,
                 std::int32_t id);
  void find_reachable();
  const merge* look_up(std::int32_t left, std::int32_t right) const noexcept;
  void encode_short(std::string_view piece,
                    std::vector<std::int32_t>& out) const;
  void encode_long(std::string_view piece,
                   std::vector<std::int32_t>& out) const;

  std::vector<std::string> tokens_;
  /// Open addressing, linear probing, at most half full; ids by hash of bytes.
  std::vector<std::int32_t> by_bytes_;
  std::vector<merge> merges_;
  /// Whether merging the bytes of a token gives that token.
  std::vector<bool> reachable_;
  std::int32_t byte_ids_[256] = {};
  bool takes_whole_ = false;
};

} // namespace aura::text
