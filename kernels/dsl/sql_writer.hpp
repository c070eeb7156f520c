#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/base/value.hpp"
#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/plan.hpp"
#include "kernels/schema/schema.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace aura::dsl {

struct sql_text {
  std::string sql;
  std::vector<datum> parameters;
  /// How many result columns after the plan's own spell out the order.
  std::size_t order_columns = 0;
};

/// Writes a plan as one SELECT for SQLite 3.40. A step joins the current
/// SELECT block while SQL's order of clauses means the same; otherwise the
/// block becomes a CTE. Fails with `resource_limit` if the text outgrows 1 MB.
expected<sql_text> write_sql(const plan::query& x, const schema::schema& s,
                             const compile_options& options);

} // namespace aura::dsl
