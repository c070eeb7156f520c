#include "kernels/dsl/foreign_sql.hpp"

#include <algorithm>

namespace aura::dsl::foreign {

namespace {

/// The conditions that AND joins; all of `x` where OR joins some.
std::vector<words> conditions(const words& x) {
  auto result = std::vector<words>{};
  auto start = std::size_t{0};
  auto between = false;
  if (x.find("OR") != x.size())
    return {x};
  for (std::size_t i = 0; i < x.size(); i = x.behind(i)) {
    if (x.is(i, "BETWEEN"))
      between = true;
    else if (x.is(i, "AND") && std::exchange(between, false))
      continue;
    else if (x.is(i, "AND")) {
      result.push_back(x.part(start, i));
      start = i + 1;
    }
  }
  result.push_back(x.from(start));
  return result;
}

} // namespace

std::string sql_reader::where(const words& x) {
  auto filter = std::string{};
  auto joins = std::string{};
  for (const auto& part : conditions(x)) {
    const auto negated = part.is(0, "NOT");
    const auto at = negated ? std::size_t{1} : std::size_t{0};
    if (part.is(at, "EXISTS") && part.is(at + 1, token_kind::left_paren)
        && part.behind(at + 1) == part.size())
      joins += exists(part.from(at + 1), negated);
    else
      filter += (filter.empty() ? " |> FILTER " : " AND ") + expression(part);
  }
  return filter + joins;
}

// One table whose WHERE says what belongs together is the other side of a JOIN.
std::string sql_reader::exists(const words& x, bool negated) {
  auto inner = sql_reader{x.unwrapped(), depth_ + 1};
  const auto from = inner.x_.find("FROM");
  if (!inner.accept("SELECT") || from == inner.x_.size()) {
    fail();
    return {};
  }
  inner.at_ = from + 1;
  const auto other = inner.relation();
  const auto condition = inner.accept("WHERE")
                           ? inner.expression(inner.clause())
                           : std::string{"TRUE"};
  if (inner.failed_ || inner.at_ != inner.x_.size())
    fail();
  return (negated ? " |> ANTI JOIN " : " |> SEMI JOIN ") + other + " ON "
         + condition;
}

} // namespace aura::dsl::foreign
