#include "kernels/skeleton/effort.hpp"

#include <variant>
#include <vector>

namespace aura::skeleton {

namespace {

using dsl::expr_kind;

bool is_logic(const dsl::expr& x) {
  return x.kind == expr_kind::binary && (x.text == "AND" || x.text == "OR");
}

bool is_plain(const dsl::expr& x) {
  return x.kind == expr_kind::column || x.kind == expr_kind::integer
         || x.kind == expr_kind::real || x.kind == expr_kind::text;
}

// A column is free where it has been counted as a condition, figure or key; a
// path costs a little.
double of_operand(const dsl::expr& x) {
  if (x.kind == expr_kind::column)
    return x.path.size() > 1 ? 0.25 : 0;
  if (is_plain(x))
    return 0;
  auto result = 0.75;
  for (const auto& y : x.arguments)
    result += of_operand(y);
  return result;
}

double of_condition(const dsl::expr& x) {
  if (is_logic(x)) {
    auto result = x.text == "OR" ? 0.5 : 0.0;
    for (const auto& y : x.arguments)
      result += of_condition(y);
    return result;
  }
  auto result = 1.0;
  for (const auto& y : x.arguments)
    result += of_operand(y);
  return result;
}

double of_figure(const dsl::expr& x) {
  auto result = x.kind == expr_kind::call ? 1.0 : 0.5;
  for (const auto& y : x.arguments)
    result += y.kind == expr_kind::call ? of_figure(y) : of_operand(y);
  for (const auto& y : x.condition)
    result += 1 + of_condition(y);
  return result;
}

double of_keys(const std::vector<dsl::sort_key>& keys) {
  auto result = 0.0;
  for (const auto& x : keys)
    result += 0.75 + of_operand(x.value);
  return result;
}

double of_items(const std::vector<dsl::item>& items) {
  auto result = 0.0;
  for (const auto& x : items)
    result += is_plain(x.value) ? 0.5 + of_operand(x.value)
                                : 0.75 + of_operand(x.value);
  return result;
}

struct stage_effort {
  double operator()(const dsl::filter& x) const {
    return of_condition(x.predicate);
  }

  double operator()(const dsl::select& x) const {
    return of_items(x.items);
  }

  double operator()(const dsl::extend& x) const {
    return of_items(x.items);
  }

  double operator()(const dsl::aggregate& x) const {
    auto result = 0.0;
    for (const auto& y : x.items)
      result += of_figure(y.value);
    for (const auto& y : x.keys)
      result += 1 + of_operand(y.value);
    return result;
  }

  double operator()(const dsl::sort& x) const {
    return of_keys(x.keys);
  }

  double operator()(const dsl::top& x) const {
    return 1 + of_keys(x.by);
  }

  double operator()(const dsl::limit&) const {
    return 0.5;
  }

  double operator()(const dsl::distinct&) const {
    return 0.5;
  }

  template <class Other>
  double operator()(const Other&) const {
    return 1;
  }
};

} // namespace

double effort(const dsl::query& x) {
  auto result = 0.0;
  for (const auto& stage : x.main.stages)
    result += std::visit(stage_effort{}, stage.what);
  for (const auto& let : x.lets)
    result += effort({{}, let.value, {}});
  return result;
}

} // namespace aura::skeleton
