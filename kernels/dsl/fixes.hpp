#pragma once

#include "kernels/dsl/diagnostic.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace aura::dsl {

/// A fix and the diagnostic that it belongs to.
struct chosen_fix {
  const diagnostic* why;
  const fix* what;
};

/// The fixes of `x` that can be made together, from left to right: of each
/// diagnostic the first whose confidence is at least `confidence`, and of two
/// that overlap the earlier one.
std::vector<chosen_fix> choose_fixes(std::string_view source,
                                     const diagnostics& x,
                                     double confidence = 0.8);

/// `source` with the fixes of choose_fixes made. What was found after the first
/// look needs a second.
std::string apply_fixes(std::string_view source, const diagnostics& x,
                        double confidence = 0.8);

/// What became of a query whose fixes were made.
struct mended {
  std::string text;
  /// A line for each fix: where it was made, in the text of its time, and why.
  std::vector<std::string> log;
  /// What is still to be said about `text`.
  dsl::diagnostics left;
};

/// Looks at a text and says what is wrong with it.
using examiner = std::function<diagnostics(std::string_view)>;

/// Makes fixes of at least `confidence`, looks again, and so on, until there
/// are none, or a text comes up for the second time.
mended mend(std::string_view source, const examiner& look,
            double confidence = 0.8);

} // namespace aura::dsl
