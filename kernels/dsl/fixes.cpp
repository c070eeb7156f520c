#include "kernels/dsl/fixes.hpp"

#include <algorithm>
#include <utility>

namespace aura::dsl {

namespace {

// Texts that are mended again and again: each round mends what the one before
// laid bare, so a few are enough.
constexpr std::size_t most_rounds = 30;

} // namespace

std::vector<chosen_fix> choose_fixes(std::string_view source,
                                     const diagnostics& x, double confidence) {
  auto candidates = std::vector<chosen_fix>{};
  for (const auto& d : x)
    for (const auto& f : d.fixes)
      if (f.confidence >= confidence && f.where.start <= f.where.end
          && f.where.end <= source.size()) {
        candidates.push_back({&d, &f});
        break;
      }
  // An insertion goes before the change of what it is inserted before.
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const chosen_fix& a, const chosen_fix& b) {
                     const auto& l = a.what->where;
                     const auto& r = b.what->where;
                     return l.start != r.start ? l.start < r.start
                                               : l.end < r.end;
                   });
  auto result = std::vector<chosen_fix>{};
  auto done = std::size_t{0};
  for (const auto& f : candidates) {
    if (f.what->where.start < done)
      continue;
    result.push_back(f);
    done = f.what->where.end;
  }
  return result;
}

std::string apply_fixes(std::string_view source, const diagnostics& x,
                        double confidence) {
  auto result = std::string{};
  auto done = std::size_t{0};
  for (const auto& f : choose_fixes(source, x, confidence)) {
    result += source.substr(done, f.what->where.start - done);
    result += f.what->replacement;
    done = f.what->where.end;
    // What is left out takes one of the spaces around it along.
    if (f.what->replacement.empty() && !result.empty() && result.back() == ' '
        && (done == source.size() || source[done] == ' '))
      result.pop_back();
  }
  result += source.substr(done);
  return result;
}

mended mend(std::string_view source, const examiner& look, double confidence) {
  auto result = mended{};
  result.text = source;
  auto seen = std::vector<std::string>{};
  result.left = look(result.text);
  for (;;) {
    const auto fixes = choose_fixes(result.text, result.left, confidence);
    if (fixes.empty() || seen.size() >= most_rounds)
      return result;
    auto next = apply_fixes(result.text, result.left, confidence);
    if (next == result.text
        || std::find(seen.begin(), seen.end(), next) != seen.end())
      return result;
    // No warning is worth an error.
    auto found = look(next);
    if (has_errors(found) && !has_errors(result.left))
      return result;
    for (const auto& f : fixes) {
      const auto place = locate(result.text, f.what->where.start);
      result.log.push_back(std::to_string(place.line) + ':'
                           + std::to_string(place.column) + ": "
                           + f.why->message + " [" + f.why->code + ']');
    }
    seen.push_back(std::exchange(result.text, std::move(next)));
    result.left = std::move(found);
  }
}

} // namespace aura::dsl
