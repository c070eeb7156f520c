#include "kernels/dsl/syntax.hpp"

namespace aura::dsl {

// Here, where sort_key and pipeline are complete.
bool expr::operator==(const expr&) const = default;

} // namespace aura::dsl
