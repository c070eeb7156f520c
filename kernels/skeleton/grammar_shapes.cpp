#include "kernels/skeleton/grammar.hpp"

#include <algorithm>

namespace aura::skeleton {

namespace {

using dsl::expr_kind;

bool is_number(schema::type x) {
  return x == schema::type::integer || x == schema::type::real;
}

} // namespace

dsl::frame grammar::frame(std::optional<type> by_time) {
  auto result = dsl::frame{};
  if (by_time) {
    result.how = dsl::frame::kind::rolling_time;
    // A DATE has no hours.
    result.unit = static_cast<dsl::unit>(
      random_.between(*by_time == type::date ? 3 : 0, 7));
    result.count = random_.between(1, 90);
    return result;
  }
  switch (choose({2, 2, 3})) {
  case 0:
    break;
  case 1:
    result.how = dsl::frame::kind::rolling_rows;
    result.count = random_.between(1, 5);
    break;
  default:
    result.how = dsl::frame::kind::rows;
    result.from = random_.between(-3, 2);
    result.to = result.from + random_.between(0, 3);
    break;
  }
  return result;
}

bool grammar::window(line& x) {
  auto made = dsl::window{};
  if (random_.chance(0.5))
    made.per = per_keys(x.rows);
  const auto framed = random_.chance(0.45);
  auto by_time = std::optional<type>{};
  if (framed && random_.chance(0.3)) {
    const auto t = random_.chance(0.4) ? type::date : type::timestamp;
    if (auto moment = column(x.rows, t)) {
      by_time = t;
      made.sort.push_back(sort_key(std::move(*moment)));
    }
  }
  if (!by_time && (framed || random_.chance(0.75))) {
    auto total = random_.chance(options_.total_order);
    made.sort = sort_keys(x.rows, total);
  }
  if (framed && !made.sort.empty())
    made.frame = frame(by_time);
  auto out = x.rows;
  const auto count = 1 + random_.below(2);
  for (std::size_t i = 0; i < count; ++i) {
    auto one = window_call(x.rows, made.frame && i == 0);
    one = wrapped(std::move(one), x.rows);
    auto name = fresh(out);
    made.items.push_back({std::move(one.value), dsl::name{name, {}}});
    out.columns.push_back({std::move(name), one.type});
  }
  // Without an order nobody knows which row is the first.
  if (made.sort.empty() && !x.rows.one_row
      && random_.chance(options_.total_order))
    make_total(x.rows, made.sort);
  add(x.text, std::move(made));
  x.rows = std::move(out);
  return true;
}

bool grammar::pivot(line& x) {
  auto made = dsl::pivot{};
  auto cell_type = any_type();
  const schema::column* declared = nullptr;
  auto over = column(x.rows, cell_type, &declared);
  if (!over)
    return false;
  auto one = aggregate_call(x.rows);
  auto out = known_rows{};
  made.keys = keys(x.rows, out);
  for (const auto& c : out.columns)
    out.key.push_back(c.name);
  out.one_row = made.keys.empty();
  const auto count = 1 + random_.below(3);
  for (std::size_t i = 0; i < count; ++i) {
    auto cell = dsl::item{literal(cell_type, declared), std::nullopt};
    const auto negative = cell.value.kind == expr_kind::unary;
    auto name = negative ? "-" + cell.value.arguments[0].text : cell.value.text;
    const auto plain = cell_type == type::text || cell_type == type::integer;
    if (!plain || name.empty() || random_.chance(0.4) || out.has(name)) {
      name = fresh(out);
      cell.alias = dsl::name{name, {}};
    }
    out.columns.push_back({std::move(name), one.type});
    made.cells.push_back(std::move(cell));
  }
  made.value = std::move(one.value);
  made.column = std::move(*over);
  add(x.text, std::move(made));
  x.rows = std::move(out);
  return true;
}

bool grammar::unpivot(line& x) {
  const auto t = any_type();
  auto chosen = std::vector<std::size_t>{};
  for (std::size_t i = 0; i < x.rows.columns.size(); ++i)
    if (const auto& c = x.rows.columns[i];
        x.rows.count(c.name) == 1
        && (c.type == t || (is_number(t) && is_number(c.type))))
      chosen.push_back(i);
  if (chosen.empty())
    return false;
  random_.shuffle(chosen);
  chosen.resize(1 + random_.below(std::min<std::size_t>(chosen.size(), 3)));
  auto made = dsl::unpivot{};
  auto of = type::integer;
  for (auto i : chosen) {
    const auto& c = x.rows.columns[i];
    made.columns.push_back(reference(x.rows, c));
    of = is_number(c.type) ? std::max(of, c.type) : c.type;
  }
  std::sort(chosen.rbegin(), chosen.rend());
  for (auto i : chosen)
    x.rows.columns.erase(x.rows.columns.begin()
                         + static_cast<std::ptrdiff_t>(i));
  made.value = {fresh(x.rows), {}};
  x.rows.columns.push_back({made.value.text, of});
  made.label = {fresh(x.rows), {}};
  x.rows.columns.back() = {made.label.text, type::text};
  x.rows.columns.push_back({made.value.text, of});
  x.rows.key.clear();
  x.rows.one_row = false;
  x.rows.total = false;
  add(x.text, std::move(made));
  return true;
}

} // namespace aura::skeleton
