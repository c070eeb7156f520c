#include "kernels/dsl/scope.hpp"

#include "kernels/dsl/functions.hpp"

#include <algorithm>

namespace aura::dsl {

namespace {

std::string lower(std::string_view text) {
  auto result = std::string{text};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return result;
}

bool is_literal(const expr& x) {
  return x.kind <= expr_kind::timestamp;
}

/// The first column that stands anywhere in `x`, or null.
const expr* first_column(const expr& x) {
  if (x.kind == expr_kind::column)
    return &x;
  for (const auto& argument : x.arguments)
    if (const auto* found = first_column(argument))
      return found;
  for (const auto& argument : x.condition)
    if (const auto* found = first_column(argument))
      return found;
  return nullptr;
}

} // namespace

void scope::end_aliases() {
  aliases.clear();
  for (auto& x : columns)
    x.alias = no_alias;
}

bool scope::is_total(const std::vector<plan::order_key>& by) const {
  if (one_row || lost)
    return true;
  return std::any_of(keys.begin(), keys.end(), [&](const auto& key) {
    return std::all_of(key.begin(), key.end(), [&](auto id) {
      return std::any_of(by.begin(), by.end(),
                         [&](const auto& x) { return x.id == id; });
    });
  });
}

std::string default_name(const expr& x) {
  if (x.kind == expr_kind::column)
    return x.path.empty() ? "" : x.path.back().text;
  if (x.kind != expr_kind::call)
    return "";
  const auto* entry = find_function(x.text);
  if (!entry || entry->group != function_group::aggregate
      || !x.condition.empty())
    return "";
  if (x.arguments.empty())
    return lower(x.text);
  const auto& first = x.arguments.front();
  if (first.kind != expr_kind::column || first.path.empty()
      || !std::all_of(x.arguments.begin() + 1, x.arguments.end(), is_literal))
    return "";
  return lower(x.text) + "_" + first.path.back().text;
}

std::string proposed_name(const expr& x) {
  if (auto name = default_name(x); !name.empty())
    return name;
  const auto* column = first_column(x);
  const auto base
    = column && !column->path.empty() ? column->path.back().text : "";
  if (x.kind == expr_kind::call || x.kind == expr_kind::cast)
    return base.empty() ? lower(x.text) : lower(x.text) + "_" + base;
  return base.empty() ? "value" : "new_" + base;
}

} // namespace aura::dsl
