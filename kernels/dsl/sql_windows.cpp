#include "kernels/dsl/sql_pipelines.hpp"

#include <algorithm>

namespace aura::dsl {

using plan::op;

namespace {

std::string bound(std::int64_t offset) {
  if (offset == 0)
    return "CURRENT ROW";
  return std::to_string(offset < 0 ? -offset : offset)
         + (offset < 0 ? " PRECEDING" : " FOLLOWING");
}

// Months count as 31 days each: see sql_dialect::calendar.
constexpr std::int64_t month = 31 * 86'400;

std::int64_t seconds_in(unit x) {
  constexpr std::int64_t sizes[]
    = {1, 60, 3600, 86'400, 604'800, month, 3 * month, 12 * month};
  return sizes[static_cast<std::size_t>(x)];
}

} // namespace

std::string pipeline_writer::over(const plan::window& x,
                                  const plan::function_call& call) {
  auto result = std::string{" OVER ("};
  for (std::size_t i = 0; i < x.per.size(); ++i)
    result
      += (i > 0 ? ", " : "PARTITION BY ")
         + expressions_.dialect().group_key(expressions_.of(x.per[i]).text);
  const auto separator = x.per.empty() ? "" : " ";
  const auto takes_frame = call.what < op::row_number || call.what == op::first
                           || call.what == op::last;
  const auto by_time
    = takes_frame && x.frame && x.frame->how == frame::kind::rolling_time;
  if (by_time) {
    // RANGE counts in the numbers it sorts by.
    const auto& key = x.order.front();
    const auto& column = plan_.columns[key.id];
    const auto& text = expressions_.of(key.id).text;
    const auto& dialect = expressions_.dialect();
    result += separator;
    result += "ORDER BY "
              + (x.frame->unit > unit::week ? dialect.calendar(column, text)
                                            : dialect.seconds(column, text));
    result += dialect.direction(key.descending, key.nulls_first);
  } else if (!x.order.empty()) {
    result += std::string{separator} + "ORDER BY "
              + order_list(x.order, expressions_);
  }
  if (!takes_frame)
    return result + ")";
  if (!x.frame) {
    // With an order SQL's own default would stop at the current row.
    if (!x.order.empty())
      result += " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING";
    return result + ")";
  }
  switch (x.frame->how) {
  case frame::kind::running:
    result += " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
    break;
  case frame::kind::rolling_rows:
    result += " ROWS BETWEEN " + bound(1 - x.frame->count) + " AND CURRENT ROW";
    break;
  case frame::kind::rolling_time:
    result += " RANGE BETWEEN "
              + bound(1 - x.frame->count * seconds_in(x.frame->unit))
              + " AND CURRENT ROW";
    break;
  case frame::kind::rows:
    result
      += " ROWS BETWEEN " + bound(x.frame->from) + " AND " + bound(x.frame->to);
    break;
  }
  return result + ")";
}

void pipeline_writer::write(const plan::window& x, progress& p,
                            std::size_t at) {
  const auto by_time = x.frame && x.frame->how == frame::kind::rolling_time;
  if (p.block.windowed || p.block.distinct || p.block.limited
      || (by_time
          && !expressions_.dialect().ranges_by(
            expressions_.of(x.order.front().id).text)))
    close(p, at);
  for (const auto& call : x.calls) {
    auto text = std::string{};
    const auto strength = expressions_.dialect().aggregate(expressions_, text,
                                                           call, over(x, call));
    define(p, call.id, std::move(text), strength);
  }
  p.block.windowed = true;
  p.block.computed = true;
}

void pipeline_writer::write(const plan::unpivot& x, progress& p,
                            std::size_t at) {
  close(p, at);
  const auto source = p.block.from;
  auto kept = std::vector<plan::column_id>{};
  for (auto id : p.block.defined)
    if (p.uses[id] > 0 && p.last_use[id] > at)
      kept.push_back(id);
  const auto label = inner_name(plan_.columns[x.label].name);
  const auto cell = inner_name(plan_.columns[x.value].name);
  auto columns = named(kept);
  // Names that the two new columns leave free.
  for (auto& column : columns)
    while (schema::same_name(column.name, label)
           || schema::same_name(column.name, cell))
      column.name += "_";
  auto body = std::string{};
  for (std::size_t i = 0; i < x.columns.size(); ++i) {
    body += i > 0 ? " UNION ALL SELECT " : "SELECT ";
    for (const auto& column : columns)
      body += column.text + " AS " + quoted_name(column.name) + ", ";
    body += expressions_.literal(x.labels[i], plan::data_type::text) + " AS "
            + quoted_name(label) + ", " + expressions_.of(x.columns[i]).text
            + " AS " + quoted_name(cell) + " FROM " + source;
  }
  const auto name = add_cte(std::move(body), united_hint());
  p.block = {};
  p.block.from = name;
  columns.push_back({label, "", x.label});
  columns.push_back({cell, "", x.value});
  for (const auto& column : columns)
    define(p, column.id, name + "." + quoted_name(column.name), binding::atom);
}

} // namespace aura::dsl
