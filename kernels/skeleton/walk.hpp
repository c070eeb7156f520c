#pragma once

#include "kernels/dsl/syntax.hpp"

#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

/// Visits every part of a query, in the order of its text. `Visitor` is called
/// with each reference, stage, expr, period, limit and top, outer ones first;
/// it takes what it wants by overloads and ignores the rest (`auto&`). Parts
/// may be changed when the query is not const.
namespace aura::skeleton {

namespace walking {

template <class Visitor, class Expr>
void expression(Visitor& visit, Expr& x);

template <class Visitor, class Pipeline>
void pipeline(Visitor& visit, Pipeline& x);

template <class Visitor, class Period>
void period(Visitor& visit, Period& x) {
  visit(x);
  for (auto& end : x.ends)
    period(visit, end);
}

template <class Visitor, class Keys>
void keys(Visitor& visit, Keys& x) {
  for (auto& key : x)
    expression(visit, key.value);
}

template <class Visitor, class Exprs>
void all(Visitor& visit, Exprs& x) {
  for (auto& y : x)
    expression(visit, y);
}

template <class Visitor, class Expr>
void expression(Visitor& visit, Expr& x) {
  visit(x);
  all(visit, x.arguments);
  all(visit, x.condition);
  keys(visit, x.sort);
  for (auto& when : x.when)
    period(visit, when);
  if (x.query)
    pipeline(visit, *x.query);
}

template <class Visitor, class Reference>
void reference(Visitor& visit, Reference& x) {
  visit(x);
  if (auto* inner = std::get_if<box<dsl::pipeline>>(&x.source))
    pipeline(visit, **inner);
}

template <class Visitor, class Stage>
void stage(Visitor& visit, Stage& x) {
  using kind = std::remove_const_t<Stage>;
  if constexpr (std::is_same_v<kind, dsl::filter>) {
    expression(visit, x.predicate);
  } else if constexpr (std::is_same_v<
                         kind,
                         dsl::select> || std::is_same_v<kind, dsl::extend>) {
    keys(visit, x.items);
  } else if constexpr (std::is_same_v<kind, dsl::drop>) {
    all(visit, x.columns);
  } else if constexpr (std::is_same_v<kind, dsl::set>) {
    keys(visit, x.changes);
  } else if constexpr (std::is_same_v<kind, dsl::aggregate>) {
    keys(visit, x.items);
    keys(visit, x.keys);
  } else if constexpr (std::is_same_v<kind, dsl::sort>) {
    keys(visit, x.keys);
  } else if constexpr (std::is_same_v<kind, dsl::limit>) {
    visit(x);
  } else if constexpr (std::is_same_v<kind, dsl::top>) {
    visit(x);
    keys(visit, x.by);
    all(visit, x.per);
  } else if constexpr (std::is_same_v<kind, dsl::join>) {
    reference(visit, x.other);
    if (x.on)
      expression(visit, *x.on);
  } else if constexpr (std::is_same_v<kind, dsl::set_operation>) {
    reference(visit, x.other);
  } else if constexpr (std::is_same_v<kind, dsl::window>) {
    keys(visit, x.items);
    all(visit, x.per);
    keys(visit, x.sort);
  } else if constexpr (std::is_same_v<kind, dsl::pivot>) {
    expression(visit, x.value);
    expression(visit, x.column);
    keys(visit, x.cells);
    keys(visit, x.keys);
  } else if constexpr (std::is_same_v<kind, dsl::unpivot>) {
    all(visit, x.columns);
  }
}

template <class Visitor, class Pipeline>
void pipeline(Visitor& visit, Pipeline& x) {
  reference(visit, x.source);
  for (auto& y : x.stages) {
    visit(y);
    std::visit([&](auto& what) { stage(visit, what); }, y.what);
  }
}

} // namespace walking

template <class Visitor, class Query>
void walk(Query& x, Visitor&& visit) {
  for (auto& let : x.lets)
    walking::pipeline(visit, let.value);
  walking::pipeline(visit, x.main);
}

template <class... Functions>
struct visitor : Functions... {
  using Functions::operator()...;
};

template <class... Functions>
visitor(Functions...) -> visitor<Functions...>;

} // namespace aura::skeleton
