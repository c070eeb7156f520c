#pragma once

#include "kernels/text/token_trie.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace aura::model {

/// Words of a query that no list holds, told apart by what they are made of.
enum class open_word : std::uint8_t { name, quoted_name, text };

/// Whether a query can go on behind a name that ends before this byte.
bool may_follow_name(unsigned char byte);

/// Whether a word of this kind goes on with `byte`, once it has begun.
bool goes_on(open_word kind, unsigned char byte);

/// What all answers of one vocabulary share: its bytes as a trie, and which
/// tokens go on with a word of a query whatever the query is. Immutable, hence
/// safe to use from any thread.
class token_classes {
public:
  /// `tokens[id]` are the bytes of each token; empty for those that no text
  /// holds, such as special ones.
  explicit token_classes(std::span<const std::string_view> tokens);

  const text::token_trie& trie() const noexcept {
    return trie_;
  }

  /// Tokens that go on with a word of this kind and do not end it.
  const text::token_set& inside(open_word kind) const {
    return inside_[static_cast<std::size_t>(kind)];
  }

  /// Tokens that begin a name, and those that do with a blank before it.
  const text::token_set& name() const noexcept {
    return name_;
  }
  const text::token_set& spaced_name() const noexcept {
    return spaced_name_;
  }

  /// Whether a token below `x` goes on with such a word and then ends it.
  bool may_end(open_word kind, text::token_trie::node x) const {
    return ends_[static_cast<std::size_t>(kind)][x] != 0;
  }

private:
  text::token_trie trie_;
  std::vector<text::token_set> inside_;
  text::token_set name_;
  text::token_set spaced_name_;
  std::array<std::vector<std::uint8_t>, 3> ends_;
};

} // namespace aura::model
