#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aura::model {

/// Lets a text through as it comes, up to the first of some strings: what may
/// be the beginning of one is held back until it is known.
class stop_strings {
public:
  /// Empty strings stop nothing.
  explicit stop_strings(std::vector<std::string> stops);

  /// What of the text so far may be shown now that `more` has come.
  std::string push(std::string_view more);

  /// What was held back, once no more comes.
  std::string finish();

  /// Whether one of the strings came. Then nothing more is let through.
  bool stopped() const noexcept {
    return stopped_;
  }

private:
  std::vector<std::string> stops_;
  std::string held_;
  bool stopped_ = false;
};

} // namespace aura::model
