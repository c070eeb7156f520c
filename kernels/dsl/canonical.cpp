#include "kernels/base/value.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <charconv>

namespace aura::dsl {

namespace {

void mend(expr& x);
void mend(pipeline& x);

void mend(std::vector<expr>& xs) {
  for (auto& x : xs)
    mend(x);
}

void mend(std::vector<item>& xs) {
  for (auto& x : xs)
    mend(x.value);
}

void mend(std::vector<sort_key>& xs) {
  for (auto& x : xs) {
    mend(x.value);
    if (x.nulls == nulls::last)
      x.nulls = nulls::unspecified;
  }
}

expr make(expr_kind kind, std::string text, expr a) {
  auto result = expr{};
  result.kind = kind;
  result.text = std::move(text);
  result.where = a.where;
  result.arguments.push_back(std::move(a));
  return result;
}

expr make(std::string text, expr a, expr b) {
  auto result = expr{};
  result.kind = expr_kind::binary;
  result.text = std::move(text);
  result.where = {a.where.start, b.where.end};
  result.arguments.reserve(2);
  result.arguments.push_back(std::move(a));
  result.arguments.push_back(std::move(b));
  return result;
}

bool is_binary(const expr& x, std::string_view op) {
  return x.kind == expr_kind::binary && x.text == op;
}

// The operands of a chain such as a AND (b AND c), in order.
void collect(expr& x, const std::string& op, std::vector<expr>& into) {
  if (!is_binary(x, op)) {
    into.push_back(std::move(x));
    return;
  }
  collect(x.arguments[0], op, into);
  collect(x.arguments[1], op, into);
}

// x >= a AND x <= b, side by side in either order, is x BETWEEN a AND b.
void join_bounds(std::vector<expr>& terms) {
  for (std::size_t i = 0; i + 1 < terms.size(); ++i) {
    auto& a = terms[i];
    auto& b = terms[i + 1];
    const auto rising = is_binary(a, ">=") && is_binary(b, "<=");
    const auto falling = is_binary(a, "<=") && is_binary(b, ">=");
    if ((!rising && !falling) || !(a.arguments[0] == b.arguments[0]))
      continue;
    auto both = expr{};
    both.kind = expr_kind::between;
    both.where = {a.where.start, b.where.end};
    both.arguments.reserve(3);
    both.arguments.push_back(std::move(a.arguments[0]));
    both.arguments.push_back(
      std::move(rising ? a.arguments[1] : b.arguments[1]));
    both.arguments.push_back(
      std::move(rising ? b.arguments[1] : a.arguments[1]));
    a = std::move(both);
    terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(i) + 1);
  }
}

// Chains of these mean the same however they are grouped: to the left.
void regroup(expr& x) {
  if (x.kind != expr_kind::binary
      || (x.text != "AND" && x.text != "OR" && x.text != "||"
          && x.text != "\?\?"))
    return;
  const auto op = x.text;
  auto terms = std::vector<expr>{};
  collect(x, op, terms);
  if (op == "AND")
    join_bounds(terms);
  auto result = std::move(terms.front());
  for (std::size_t i = 1; i < terms.size(); ++i)
    result = make(op, std::move(result), std::move(terms[i]));
  x = std::move(result);
}

void mend_number(expr& x) {
  if (x.text.starts_with('-')) {
    x.text.erase(0, 1);
    mend_number(x);
    auto inside = std::move(x);
    x = make(expr_kind::unary, "-", std::move(inside));
    return;
  }
  if (x.kind != expr_kind::real) {
    const auto zeros = std::min(x.text.find_first_not_of('0'),
                                x.text.empty() ? 0 : x.text.size() - 1);
    x.text.erase(0, zeros);
    return;
  }
  auto number = 0.0;
  const auto* end = x.text.data() + x.text.size();
  const auto read = std::from_chars(x.text.data(), end, number);
  if (read.ec == std::errc{} && read.ptr == end)
    x.text = to_text(number);
}

void mend_call(expr& x) {
  x.text = upper(x.text);
  if (x.distinct || !x.condition.empty() || !x.sort.empty()
      || x.arguments.size() != 2)
    return;
  if (x.text == "COALESCE")
    x = make("\?\?", std::move(x.arguments[0]), std::move(x.arguments[1]));
  else if (x.text == "CONCAT")
    x = make("||", std::move(x.arguments[0]), std::move(x.arguments[1]));
  regroup(x);
}

void mend_case(expr& x) {
  if (x.arguments.size() > 3 || x.arguments.size() < 2)
    return;
  if (x.arguments.size() == 2)
    x.arguments.emplace_back(); // NULL
  x.kind = expr_kind::call;
  x.text = "IF";
}

void mend_not(expr& x) {
  auto& inner = x.arguments.front();
  switch (inner.kind) {
  case expr_kind::is_null:
  case expr_kind::in_list:
  case expr_kind::in_query:
  case expr_kind::between:
  case expr_kind::like:
  case expr_kind::during: {
    auto result = std::move(inner);
    result.negated = !result.negated;
    x = std::move(result);
    return;
  }
  default:
    return;
  }
}

void mend(expr& x) {
  mend(x.arguments);
  mend(x.condition);
  mend(x.sort);
  if (x.query)
    mend(*x.query);
  switch (x.kind) {
  case expr_kind::boolean:
  case expr_kind::cast:
    x.text = upper(x.text);
    return;
  case expr_kind::integer:
  case expr_kind::real:
  case expr_kind::duration:
    mend_number(x);
    return;
  case expr_kind::unary:
    if (x.text == "NOT")
      mend_not(x);
    return;
  case expr_kind::binary:
    regroup(x);
    return;
  case expr_kind::call:
    mend_call(x);
    return;
  case expr_kind::case_when:
    mend_case(x);
    return;
  default:
    return;
  }
}

void mend(reference& x) {
  if (auto* inner = std::get_if<box<pipeline>>(&x.source)) {
    mend(**inner);
    return;
  }
  if (x.alias && *x.alias == std::get<name>(x.source))
    x.alias.reset();
}

void mend_parts(filter& x) {
  mend(x.predicate);
}
void mend_parts(select& x) {
  mend(x.items);
}
void mend_parts(extend& x) {
  mend(x.items);
}
void mend_parts(drop&) {
}
void mend_parts(rename&) {
}
void mend_parts(set& x) {
  for (auto& c : x.changes)
    mend(c.value);
}
void mend_parts(aggregate& x) {
  mend(x.items);
  mend(x.keys);
}
void mend_parts(sort& x) {
  mend(x.keys);
}
void mend_parts(limit& x) {
  if (x.offset == 0)
    x.offset.reset();
}
void mend_parts(distinct&) {
}
void mend_parts(top& x) {
  mend(x.by);
  mend(x.per);
}
void mend_parts(rename_rows&) {
}
void mend_parts(join& x) {
  mend(x.other);
  if (x.on)
    mend(*x.on);
}
void mend_parts(set_operation& x) {
  mend(x.other);
}
void mend_parts(window& x) {
  mend(x.items);
  mend(x.per);
  mend(x.sort);
}
void mend_parts(pivot& x) {
  mend(x.value);
  mend(x.cells);
  mend(x.keys);
}
void mend_parts(unpivot&) {
}

// Appends `x` in the form the formatter chooses.
void append(std::vector<stage>& to, stage x) {
  if (auto* f = std::get_if<filter>(&x.what); f && !to.empty()) {
    if (auto* before = std::get_if<filter>(&to.back().what)) {
      before->predicate
        = make("AND", std::move(before->predicate), std::move(f->predicate));
      regroup(before->predicate);
      to.back().where.end = x.where.end;
      return;
    }
  }
  if (auto* t = std::get_if<top>(&x.what);
      t && t->per.empty() && !t->with_ties) {
    const auto count = t->count;
    to.push_back({sort{std::move(t->by)}, x.where});
    to.push_back({limit{count, std::nullopt}, {x.where.end, x.where.end}});
    return;
  }
  to.push_back(std::move(x));
}

void mend(pipeline& x) {
  mend(x.source);
  auto stages = std::vector<stage>{};
  stages.reserve(x.stages.size());
  for (auto& s : x.stages) {
    std::visit([](auto& what) { mend_parts(what); }, s.what);
    append(stages, std::move(s));
  }
  x.stages = std::move(stages);
}

} // namespace

query canonical(query x) {
  for (auto& l : x.lets)
    mend(l.value);
  mend(x.main);
  return x;
}

expr canonical(expr x) {
  mend(x);
  return x;
}

} // namespace aura::dsl
