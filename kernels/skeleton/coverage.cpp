#include "kernels/skeleton/coverage.hpp"

#include "kernels/skeleton/naming.hpp"
#include "kernels/skeleton/productions.hpp"
#include "kernels/skeleton/sampler.hpp"
#include "kernels/skeleton/walk.hpp"

#include <algorithm>
#include <array>

namespace aura::skeleton {

namespace {

using dsl::expr_kind;

constexpr auto operator_names = std::to_array<const char*>(
  {"FILTER", "SELECT", "EXTEND", "DROP", "RENAME", "SET", "AGGREGATE", "SORT",
   "LIMIT", "DISTINCT", "TOP", "AS", "JOIN", "SET OPERATION", "WINDOW", "PIVOT",
   "UNPIVOT"});
static_assert(operator_names.size()
              == std::variant_size_v<decltype(dsl::stage::what)>);

std::string production_of(const dsl::expr& x) {
  static constexpr auto kinds = std::to_array<const char*>(
    {"NULL",      "boolean",  "integer",   "real",        "text", "date",
     "timestamp", "duration", "parameter", "column",      "",     "",
     "IS NULL",   "IN",       "IN query",  "BETWEEN",     "LIKE", "DURING",
     "",          "CASE",     "CAST",      "scalar query"});
  if (x.kind == expr_kind::column && x.path.size() > 1)
    return "path of " + std::to_string(x.path.size());
  auto name = std::string{kinds[static_cast<std::size_t>(x.kind)]};
  if (name.empty())
    name = x.text;
  if (x.kind == expr_kind::call && x.distinct)
    name += " DISTINCT";
  if (!x.condition.empty())
    name += " WHERE";
  return x.negated ? "NOT " + name : name;
}

std::string production_of(const dsl::period& x) {
  static constexpr auto forms = std::to_array<const char*>(
    {"literal", "TODAY", "YESTERDAY", "calendar", "rolling", "range"});
  return std::string{"period "} + forms[static_cast<std::size_t>(x.form)];
}

// The column of the schema that `e` names while the rows are those of the
// source; null for a column that a stage made.
const schema::column* resolve(const schema::schema& s, const dsl::query& x,
                              const dsl::expr& e) {
  const auto* source = std::get_if<dsl::name>(&x.main.source.source);
  const auto* at = source ? s.find_table(source->text) : nullptr;
  for (std::size_t i = 0; at && i + 1 < e.path.size(); ++i) {
    const auto* r = at->find_relation(e.path[i].text);
    at = r ? s.find_table(r->to) : nullptr;
  }
  return at && !e.path.empty() ? at->find_column(e.path.back().text) : nullptr;
}

const char* role_in(std::size_t stage_index) {
  switch (stage_index) {
  case 0:
    return "filter";
  case 6:
    return "figure";
  case 7:
  case 10:
    return "order";
  default:
    return "show";
  }
}

} // namespace

coverage::coverage(const schema::schema& s) : s_{s} {
}

void coverage::mention(std::string_view role, const dsl::query& x,
                       const dsl::expr& e) {
  if (e.kind == expr_kind::column)
    if (const auto* c = resolve(s_, x, e))
      roles_[std::string{role}].insert(c);
}

void coverage::add(const dsl::query& x) {
  ++queries_;
  ++structures_[structure(x)];
  count_productions(x, choices_);
  const auto& stages = x.main.stages;
  if (operators_.size() <= stages.size())
    operators_.resize(stages.size() + 1);
  ++operators_[stages.size()];
  walk(x, visitor{
            [this](const dsl::expr& e) { ++productions_[production_of(e)]; },
            [this](const dsl::period& p) { ++productions_[production_of(p)]; },
            [](const auto&) {}});
  auto before = std::string{"SOURCE"};
  for (const auto& stage : stages) {
    const auto index = stage.what.index();
    const auto name = std::string{operator_names[index]};
    ++productions_[name];
    ++pairs_[before + " > " + name];
    before = name;
    const auto see = [&](const char* role) {
      return visitor{[&, role](const dsl::expr& e) {
                       mention(role, x, e);
                       if (e.kind != expr_kind::column)
                         return;
                       if (const auto* c = resolve(s_, x, e))
                         ++types_[name + " " + schema::to_string(c->type)];
                     },
                     [](const auto&) {}};
    };
    if (const auto* groups = std::get_if<dsl::aggregate>(&stage.what)) {
      auto in_items = see("figure");
      walking::keys(in_items, groups->items);
      auto in_keys = see("group");
      walking::keys(in_keys, groups->keys);
    } else {
      auto in_stage = see(role_in(index));
      std::visit([&](const auto& what) { walking::stage(in_stage, what); },
                 stage.what);
    }
  }
  ++pairs_[before + " > end"];
}

coverage::summary coverage::report() const {
  auto result = summary{};
  result.queries = queries_;
  result.structures = structures_.size();
  result.single_structures = static_cast<std::size_t>(std::ranges::count_if(
    structures_, [](const auto& x) { return x.second == 1; }));
  result.productions = productions_;
  result.choices = choices_;
  result.operator_pairs = pairs_;
  result.operator_types = types_;
  result.operators = operators_;
  for (const auto& [role, columns] : roles_)
    result.columns_by_role[role] = columns.size();
  for (const auto& t : s_.tables)
    for (const auto& c : t.columns) {
      ++result.columns;
      const auto used = std::ranges::any_of(
        roles_, [&](const auto& x) { return x.second.contains(&c); });
      if (!used)
        result.unused_columns.push_back(t.name + "." + c.name);
    }
  return result;
}

} // namespace aura::skeleton
