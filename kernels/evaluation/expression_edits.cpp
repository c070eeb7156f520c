#include "kernels/evaluation/edits.hpp"

#include "kernels/base/value.hpp"

#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace aura::evaluation {

namespace {

using dsl::expr;
using dsl::expr_kind;
using list = edits<expr>;

struct pairing {
  std::string_view from;
  std::string_view to;
};

constexpr std::array<pairing, 18> aggregates = {{
  {"SUM", "AVG"},
  {"SUM", "MAX"},
  {"AVG", "SUM"},
  {"AVG", "MEDIAN"},
  {"AVG", "MIN"},
  {"MIN", "MAX"},
  {"MAX", "MIN"},
  {"MAX", "AVG"},
  {"MEDIAN", "AVG"},
  {"STDDEV", "VARIANCE"},
  {"VARIANCE", "STDDEV"},
  {"STDDEV", "STDDEV_POP"},
  {"STDDEV_POP", "STDDEV"},
  {"ARG_MAX", "ARG_MIN"},
  {"ARG_MIN", "ARG_MAX"},
  {"ANY", "ALL"},
  {"ALL", "ANY"},
  {"FIRST", "LAST"},
}};

constexpr std::array<pairing, 6> comparisons = {{
  {"==", "!="},
  {"!=", "=="},
  {"<", ">"},
  {">", "<"},
  {"<=", ">="},
  {">=", "<="},
}};

constexpr std::array<pairing, 4> operators
  = {{{"-", "+"}, {"+", "-"}, {"*", "/"}, {"/", "*"}}};

constexpr std::array<pairing, 4> boundaries
  = {{{"<", "<="}, {"<=", "<"}, {">", ">="}, {">=", ">"}}};

constexpr std::array<pairing, 2> connectives = {{{"AND", "OR"}, {"OR", "AND"}}};

constexpr std::array<pairing, 9> date_parts = {{
  {"YEAR", "MONTH"},
  {"MONTH", "YEAR"},
  {"MONTH", "DAY"},
  {"QUARTER", "MONTH"},
  {"WEEK", "MONTH"},
  {"DAY", "DAY_OF_WEEK"},
  {"HOUR", "MINUTE"},
  {"DAY_OF_WEEK", "DAY"},
  {"DAY_OF_YEAR", "DAY"},
}};

constexpr std::array<pairing, 6> units = {{
  {"day", "month"},
  {"week", "month"},
  {"month", "day"},
  {"month", "year"},
  {"year", "month"},
  {"hour", "day"},
}};

template <std::size_t N>
void respell(list& out, const expr& x, const std::array<pairing, N>& table,
             mutation kind) {
  for (auto [from, to] : table)
    if (x.text == from)
      out.push_back({kind, [to = to](expr& e) { e.text = to; }});
}

void negate(list& out) {
  out.push_back({mutation::negation, [](expr& e) { e.negated = !e.negated; }});
}

// Replaces an expression by one of its arguments.
void keep_only(list& out, mutation kind, std::size_t argument) {
  out.push_back({kind, [argument](expr& e) {
                   auto kept = e.arguments[argument];
                   e = std::move(kept);
                 }});
}

expr binary(const char* text, expr left, expr right) {
  expr out;
  out.kind = expr_kind::binary;
  out.text = text;
  out.arguments = {std::move(left), std::move(right)};
  return out;
}

// Numbers one up or down; a real also by a hundredth.
void shift_number(list& out, const expr& x) {
  if (x.kind == expr_kind::integer) {
    std::int64_t value = 0;
    auto end = x.text.data() + x.text.size();
    if (std::from_chars(x.text.data(), end, value).ec != std::errc{}
        || value > (std::int64_t{1} << 60))
      return;
    for (auto step : {1, -1})
      if (value + step >= 0)
        out.push_back({mutation::literal, [text = std::to_string(value + step)](
                                            expr& e) { e.text = text; }});
    return;
  }
  auto value = std::strtod(x.text.c_str(), nullptr);
  for (auto step : {1.0, -1.0, 0.01, -0.01})
    if (value + step >= 0)
      out.push_back({mutation::literal, [text = to_text(value + step)](
                                          expr& e) { e.text = text; }});
}

void edit_between(list& out) {
  out.push_back({mutation::boundary, [](expr& e) {
                   auto x = e.arguments;
                   auto low = binary(e.negated ? "<" : ">=", x[0], x[1]);
                   auto high = binary(e.negated ? ">=" : "<", x[0], x[2]);
                   e = binary(e.negated ? "OR" : "AND", std::move(low),
                              std::move(high));
                 }});
  for (auto [op, end] : {std::pair{">=", 1u}, std::pair{"<=", 2u}})
    out.push_back({mutation::dropped_part, [op = op, end = end](expr& e) {
                     auto x = e.arguments;
                     e = binary(op, x[0], x[end]);
                   }});
}

dsl::unit other_unit(dsl::unit x) {
  return x == dsl::unit::month ? dsl::unit::year : dsl::unit::month;
}

void edit_period(list& out, const dsl::period& x) {
  using kind = dsl::period::kind;
  auto add = [&out](auto change) {
    out.push_back(
      {mutation::granularity, [change](expr& e) { change(e.when.front()); }});
  };
  switch (x.form) {
  case kind::literal:
    // A month or day widened to what holds it: '2024-03-05' to '2024-03'.
    if (auto dash = x.text.rfind('-'); dash != std::string::npos)
      add([dash](dsl::period& p) { p.text.resize(dash); });
    break;
  case kind::today:
    add([](dsl::period& p) { p.form = kind::yesterday; });
    break;
  case kind::yesterday:
    add([](dsl::period& p) { p.form = kind::today; });
    break;
  case kind::calendar:
    add([](dsl::period& p) { p.direction = p.direction == 0 ? -1 : 0; });
    add([](dsl::period& p) { p.unit = other_unit(p.unit); });
    break;
  case kind::rolling:
    add([](dsl::period& p) { ++p.count; });
    if (x.count > 1)
      add([](dsl::period& p) { --p.count; });
    break;
  case kind::range:
    for (auto end : {0u, 1u})
      add([end](dsl::period& p) {
        auto kept = p.ends[end];
        p = std::move(kept);
      });
    break;
  }
}

void edit_call(list& out, const expr& x) {
  respell(out, x, aggregates, mutation::aggregate);
  respell(out, x, date_parts, mutation::granularity);
  if (x.text == "COUNT") {
    if (!x.arguments.empty()) {
      out.push_back(
        {mutation::count_form, [](expr& e) { e.distinct = !e.distinct; }});
      out.push_back({mutation::count_form, [](expr& e) {
                       e.distinct = false;
                       e.arguments.clear();
                     }});
    }
  } else if (x.distinct) {
    out.push_back({mutation::distinct, [](expr& e) { e.distinct = false; }});
  }
  if (!x.condition.empty())
    out.push_back({mutation::condition, [](expr& e) { e.condition.clear(); }});
  for (std::size_t i = 1; i < x.arguments.size(); ++i) {
    if (x.arguments[i].kind != expr_kind::text)
      continue;
    for (auto [from, to] : units)
      if (x.arguments[i].text == from)
        out.push_back({mutation::granularity,
                       [i, to = to](expr& e) { e.arguments[i].text = to; }});
  }
}

// Other columns of the type in every table that has one of this name.
void swap_column(list& out, const expr& x, const schema::schema& s) {
  if (x.path.empty())
    return;
  auto& name = x.path.back().text;
  for (auto& table : s.tables) {
    auto* own = table.find_column(name);
    if (!own)
      continue;
    for (auto& other : table.columns)
      if (other.type == own->type && &other != own)
        out.push_back({mutation::column, [to = other.name](expr& e) {
                         e.path.back().text = to;
                       }});
  }
}

} // namespace

edits<dsl::expr> edits_of(const dsl::expr& x, const schema::schema& s) {
  list out;
  switch (x.kind) {
  case expr_kind::integer:
  case expr_kind::real:
    shift_number(out, x);
    break;
  case expr_kind::column:
    swap_column(out, x, s);
    break;
  case expr_kind::unary:
    if (x.text == "NOT")
      keep_only(out, mutation::dropped_part, 0);
    break;
  case expr_kind::binary:
    respell(out, x, comparisons, mutation::comparison);
    respell(out, x, boundaries, mutation::boundary);
    respell(out, x, connectives, mutation::connective);
    respell(out, x, operators, mutation::arithmetic);
    if (x.text == "AND" || x.text == "OR")
      for (auto side : {0u, 1u})
        keep_only(out, mutation::dropped_part, side);
    break;
  case expr_kind::in_list:
    negate(out);
    for (std::size_t i = 1; i < x.arguments.size() && x.arguments.size() > 2;
         ++i)
      out.push_back({mutation::dropped_part, [i](expr& e) {
                       e.arguments.erase(e.arguments.begin()
                                         + static_cast<std::ptrdiff_t>(i));
                     }});
    break;
  case expr_kind::between:
    negate(out);
    edit_between(out);
    break;
  case expr_kind::is_null:
  case expr_kind::in_query:
  case expr_kind::like:
    negate(out);
    break;
  case expr_kind::during:
    negate(out);
    if (!x.when.empty())
      edit_period(out, x.when.front());
    break;
  case expr_kind::call:
    edit_call(out, x);
    break;
  case expr_kind::case_when:
    if (x.arguments.size() >= 3)
      out.push_back({mutation::dropped_part, [](expr& e) {
                       std::swap(e.arguments[1], e.arguments[2]);
                     }});
    break;
  default:
    break;
  }
  return out;
}

edits<dsl::sort_key> edits_of(const dsl::sort_key&) {
  return {{mutation::direction,
           [](dsl::sort_key& k) { k.descending = !k.descending; }},
          {mutation::direction, [](dsl::sort_key& k) {
             k.nulls = k.nulls == dsl::nulls::first ? dsl::nulls::last
                                                    : dsl::nulls::first;
           }}};
}

} // namespace aura::evaluation
