#include "kernels/dsl/sql_block.hpp"

#include <algorithm>

namespace aura::dsl {

std::string inner_name(std::string_view x) {
  auto stem = x;
  while (stem.ends_with('_'))
    stem.remove_suffix(1);
  // No two names become one.
  return schema::same_name(stem, "true") || schema::same_name(stem, "false")
           ? std::string{x} + '_'
           : std::string{x};
}

std::string order_list(const std::vector<plan::order_key>& keys,
                       const expression_writer& expressions) {
  auto result = std::string{};
  for (const auto& key : keys) {
    if (!result.empty())
      result += ", ";
    result += expressions.dialect().sort_key(expressions.of(key.id).text);
    result += expressions.dialect().direction(key.descending, key.nulls_first);
  }
  return result;
}

std::string order_by(const std::vector<plan::order_key>& keys,
                     const expression_writer& expressions) {
  return keys.empty() ? "" : " ORDER BY " + order_list(keys, expressions);
}

std::string select_text(const sql_block& x,
                        const std::vector<sql_column>& columns,
                        const std::string& order) {
  auto result = std::string{};
  result.reserve(256);
  result += x.distinct ? "SELECT DISTINCT " : "SELECT ";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0)
      result += ", ";
    result += columns[i].text;
    result += " AS ";
    result += quoted_name(columns[i].name);
  }
  if (columns.empty())
    result += "1 AS \"one\"";
  result += " FROM " + x.from;
  if (!x.where.empty())
    result += " WHERE " + x.where;
  if (!x.group.empty())
    result += " GROUP BY " + x.group;
  if (!x.having.empty())
    result += " HAVING " + x.having;
  result += order;
  if (x.limited)
    result += " LIMIT " + x.limit;
  return result;
}

} // namespace aura::dsl
