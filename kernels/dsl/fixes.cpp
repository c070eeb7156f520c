#include "kernels/dsl/fixes.hpp"

#include <algorithm>
#include <vector>

namespace aura::dsl {

std::string apply_fixes(std::string_view source, const diagnostics& x,
                        double confidence) {
  auto chosen = std::vector<const fix*>{};
  for (const auto& d : x)
    for (const auto& f : d.fixes)
      if (f.confidence >= confidence && f.where.start <= f.where.end
          && f.where.end <= source.size()) {
        chosen.push_back(&f);
        break;
      }
  // An insertion goes before the change of what it is inserted before.
  std::stable_sort(
    chosen.begin(), chosen.end(), [](const fix* a, const fix* b) {
      return a->where.start != b->where.start ? a->where.start < b->where.start
                                              : a->where.end < b->where.end;
    });
  auto result = std::string{};
  auto done = std::size_t{0};
  for (const auto* f : chosen) {
    if (f->where.start < done)
      continue;
    result += source.substr(done, f->where.start - done);
    result += f->replacement;
    done = f->where.end;
  }
  result += source.substr(done);
  return result;
}

} // namespace aura::dsl
