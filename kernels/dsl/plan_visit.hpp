#pragma once

#include "kernels/dsl/plan.hpp"

#include <variant>
#include <vector>

namespace aura::dsl::plan {

/// Calls `use` with each column that an expression reads.
template <class Use>
void visit_columns(const value& x, const Use& use) {
  if (x.form == value::kind::column)
    use(x.column);
  for (const auto& argument : x.arguments)
    visit_columns(argument, use);
}

template <class Use>
void visit_columns(const function_call& x, const Use& use) {
  for (const auto* values : {&x.arguments, &x.condition, &x.sort})
    for (const auto& v : *values)
      visit_columns(v, use);
}

/// Calls `use` with each column that a step reads.
template <class Use>
void visit_columns(const step& step, const Use& use) {
  const auto keys = [&](const std::vector<order_key>& order) {
    for (const auto& key : order)
      use(key.id);
  };
  const auto ids = [&](const std::vector<column_id>& columns) {
    for (auto id : columns)
      use(id);
  };
  if (const auto* filter_step = std::get_if<filter>(&step.what))
    visit_columns(filter_step->predicate, use);
  else if (const auto* compute_step = std::get_if<compute>(&step.what))
    for (const auto& d : compute_step->definitions)
      visit_columns(d.expression, use);
  else if (const auto* aggregate_step = std::get_if<aggregate>(&step.what)) {
    for (const auto& d : aggregate_step->keys)
      visit_columns(d.expression, use);
    for (const auto& call : aggregate_step->calls)
      visit_columns(call, use);
  } else if (const auto* limit_step = std::get_if<limit>(&step.what))
    keys(limit_step->order);
  else if (const auto* distinct_step = std::get_if<distinct>(&step.what))
    ids(distinct_step->columns);
  else if (const auto* top_step = std::get_if<top>(&step.what)) {
    keys(top_step->order);
    ids(top_step->per);
  } else if (const auto* join_step = std::get_if<join>(&step.what))
    for (const auto& on : join_step->on)
      visit_columns(on, use);
  else if (const auto* set = std::get_if<set_operation>(&step.what))
    ids(set->left);
  else if (const auto* window_step = std::get_if<window>(&step.what)) {
    for (const auto& call : window_step->calls)
      visit_columns(call, use);
    ids(window_step->per);
    keys(window_step->order);
  } else if (const auto* unpivot_step = std::get_if<unpivot>(&step.what))
    ids(unpivot_step->columns);
}

/// Calls `see` with each expression of a step, not with its parts.
template <class See>
void visit_values(const step& step, const See& see) {
  const auto call = [&](const function_call& x) {
    for (const auto* values : {&x.arguments, &x.condition, &x.sort})
      for (const auto& v : *values)
        see(v);
  };
  if (const auto* filter_step = std::get_if<filter>(&step.what))
    see(filter_step->predicate);
  else if (const auto* compute_step = std::get_if<compute>(&step.what))
    for (const auto& d : compute_step->definitions)
      see(d.expression);
  else if (const auto* aggregate_step = std::get_if<aggregate>(&step.what)) {
    for (const auto& d : aggregate_step->keys)
      see(d.expression);
    for (const auto& x : aggregate_step->calls)
      call(x);
  } else if (const auto* window_step = std::get_if<window>(&step.what)) {
    for (const auto& x : window_step->calls)
      call(x);
  } else if (const auto* join_step = std::get_if<join>(&step.what)) {
    for (const auto& on : join_step->on)
      see(on);
  }
}

} // namespace aura::dsl::plan
