#include "kernels/dsl/diagnostic.hpp"

#include <algorithm>

namespace aura::dsl {

bool has_errors(const diagnostics& x) {
  return std::any_of(x.begin(), x.end(), [](const diagnostic& d) {
    return d.severity == severity::error;
  });
}

} // namespace aura::dsl
