#pragma once

#include "kernels/dsl/tokens.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Pieces of text in another language, for those who rewrite them in ours.
namespace aura::dsl::foreign {

/// Some tokens of one source.
class words {
public:
  words() = default;
  words(std::string_view source, std::span<const token> tokens)
    : source_{source}, tokens_{tokens} {
  }

  bool empty() const {
    return tokens_.empty();
  }
  std::size_t size() const {
    return tokens_.size();
  }
  const token& operator[](std::size_t i) const {
    return tokens_[i];
  }

  words first(std::size_t n) const {
    return {source_, tokens_.first(n)};
  }
  words from(std::size_t n) const {
    return {source_, tokens_.subspan(n)};
  }
  words part(std::size_t start, std::size_t end) const {
    return {source_, tokens_.subspan(start, end - start)};
  }

  std::string_view source() const {
    return source_;
  }
  std::string_view raw(std::size_t i) const {
    return dsl::raw(tokens_[i], source_);
  }

  bool is(std::size_t i, token_kind kind) const {
    return i < size() && tokens_[i].kind == kind;
  }
  /// Whether token `i` is this keyword, in any case.
  bool is(std::size_t i, std::string_view keyword) const;
  /// Whether token `i` is a symbol spelled like this.
  bool symbol(std::size_t i, std::string_view spelling) const;
  /// Whether token `i` is a word or a quoted name.
  bool name(std::size_t i) const;

  /// The tokens as the source spells them; a space where there was any.
  std::string text() const;

  /// Behind the bracket that closes the one at `i`; size() if none does.
  std::size_t behind(std::size_t i) const;

  /// The first token outside of brackets, from `start` on, that is `keyword`;
  /// size() if there is none.
  std::size_t find(std::string_view keyword, std::size_t start = 0) const;

  /// The parts between the commas outside of brackets.
  std::vector<words> split() const;

  /// Without a pair of brackets around all of it.
  words unwrapped() const;

private:
  std::string_view source_;
  std::span<const token> tokens_;
};

/// Whether any of the tokens calls an aggregate function.
bool calls_aggregate(const words& x);

/// `a = e` as `e AS a`, `sum x` as `SUM(x)`; anything else as it is.
std::string named_item(const words& x);

/// named_item of each part, with commas.
std::string named_items(const words& x);

/// What one of ours is called: the text of a string or the spelling of a name.
std::string name_of(const words& x, std::size_t i);

} // namespace aura::dsl::foreign
