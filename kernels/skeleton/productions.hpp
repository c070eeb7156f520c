#pragma once

#include "kernels/dsl/syntax.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace aura::skeleton {

/// Counts every choice of the grammar that `x` makes, in parentheses and LETs
/// as well: `LEFT JOIN`, `JOIN USING`, `COUNT DISTINCT`, `CAST AS DATE`,
/// `ROLLING MONTH`, `period LAST WEEK` …
void count_productions(const dsl::query& x,
                       std::map<std::string, std::size_t>& into);

/// The names of all these choices, sorted.
std::vector<std::string> every_production();

} // namespace aura::skeleton
