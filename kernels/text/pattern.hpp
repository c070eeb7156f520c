#pragma once

#include "kernels/base/expected.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aura::text {

/// A piece of a text: bytes [begin, end).
struct extent {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// A regular expression of a pre-tokenizer, compiled by PCRE2 for UTF-8 with
/// Unicode properties. `\s` and `\S` mean Unicode's White_Space, as they do in
/// the programs that these expressions were written for. Immutable, hence safe
/// to use from any thread.
class pattern {
public:
  /// Fails with `invalid_option`, PCRE2's reason and its place.
  static expected<pattern> compile(std::string_view expression);

  /// Appends all matches in `text` from left to right; none is empty, none
  /// overlaps another. Fails with `resource_limit` if an expression backtracks
  /// without end. @pre `text` is valid UTF-8
  status find_all(std::string_view text, std::vector<extent>& out) const;

private:
  explicit pattern(std::shared_ptr<const void> code);

  std::shared_ptr<const void> code_;
};

} // namespace aura::text
