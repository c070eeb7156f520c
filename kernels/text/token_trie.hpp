#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace aura::text {

/// A set of tokens, a bit each.
class token_set {
public:
  explicit token_set(std::size_t size) : bits_((size + 63) / 64), size_{size} {
  }

  void clear() {
    std::fill(bits_.begin(), bits_.end(), 0);
  }

  void insert(std::int32_t token) {
    const auto i = static_cast<std::size_t>(token);
    bits_[i / 64] |= std::uint64_t{1} << (i % 64);
  }

  void erase(std::int32_t token) {
    const auto i = static_cast<std::size_t>(token);
    bits_[i / 64] &= ~(std::uint64_t{1} << (i % 64));
  }

  bool contains(std::int32_t token) const {
    const auto i = static_cast<std::size_t>(token);
    return i < size_ && (bits_[i / 64] >> (i % 64) & 1) != 0;
  }

  /// @pre sets of the same vocabulary
  token_set& operator|=(const token_set& x) {
    for (std::size_t i = 0; i < bits_.size(); ++i)
      bits_[i] |= x.bits_[i];
    return *this;
  }

  std::size_t count() const;

  /// How many tokens there are, in the set or not.
  std::size_t size() const noexcept {
    return size_;
  }

  bool operator==(const token_set&) const = default;

private:
  std::vector<std::uint64_t> bits_;
  std::size_t size_;
};

/// The tokens of a vocabulary by their bytes. Immutable, hence safe to use from
/// any thread.
class token_trie {
public:
  using node = std::uint32_t;

  static constexpr node root = 0;
  /// No node: nothing leads to the root.
  static constexpr node none = 0;

  /// Places `tokens`, whose index is their id; empty ones nowhere.
  explicit token_trie(std::span<const std::string_view> tokens);

  /// Where `byte` leads from `x`, or `none`.
  node step(node x, unsigned char byte) const;

  /// The bytes that lead on from `x`, ascending; the first leads to
  /// first_child(x), the next to the node behind it.
  std::span<const unsigned char> labels(node x) const {
    return {labels_.data() + first_[x], first_[x + 1] - first_[x]};
  }

  node first_child(node x) const {
    return first_[x];
  }

  /// Adds all tokens that end at `x`.
  void collect(node x, token_set& out) const {
    for (auto t = token_[x]; t >= 0; t = same_[static_cast<std::size_t>(t)])
      out.insert(t);
  }

  /// Nodes with the root; every node comes behind its parent.
  std::size_t nodes() const noexcept {
    return token_.size();
  }

private:
  // Level by level, so that children lie side by side.
  std::vector<unsigned char> labels_;
  std::vector<node> first_;
  std::vector<std::int32_t> token_;
  /// Another token of the same bytes, or -1.
  std::vector<std::int32_t> same_;
  std::array<node, 256> second_{};
};

} // namespace aura::text
