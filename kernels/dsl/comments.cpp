#include "kernels/dsl/comments.hpp"

#include <algorithm>

namespace aura::dsl {

std::string as_block_comment(std::string_view comment) {
  if (!comment.starts_with("--")) {
    auto result = std::string{comment};
    std::replace(result.begin(), result.end(), '\n', ' ');
    std::replace(result.begin(), result.end(), '\r', ' ');
    return result;
  }
  comment.remove_prefix(2);
  while (!comment.empty() && comment.front() == ' ')
    comment.remove_prefix(1);
  auto result = std::string{"/* "};
  for (auto c : comment) {
    // What would close the comment early is taken apart.
    if (c == '/' && result.back() == '*')
      result += ' ';
    result += c == '\r' ? ' ' : c;
  }
  return result + (comment.empty() ? "*/" : " */");
}

} // namespace aura::dsl
