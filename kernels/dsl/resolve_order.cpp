#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/resolver.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>

/// Orders, and what cuts them.
namespace aura::dsl {

using plan::value;
using schema::same_name;

std::vector<plan::order_key>
resolver::order_keys(const std::vector<sort_key>& keys, building& b,
                     const char* place, span where) {
  const auto c = context{&b, place};
  auto definitions = std::vector<plan::definition>{};
  auto result = std::vector<plan::order_key>{};
  for (const auto& key : keys) {
    auto v = resolve(key.value, c);
    if (v.form == value::kind::literal && v.type != plan::data_type::unknown) {
      auto& d = error("AUR-E0227", key.value.where,
                      std::string{place}
                        + " by a constant has no effect: " + print(key.value));
      // What SQL would take for the number of a column.
      const auto* n = std::get_if<std::int64_t>(&v.literal);
      const auto& columns = b.scope.columns;
      if (n && *n >= 1 && *n <= static_cast<std::int64_t>(columns.size()))
        d.fixes.push_back(
          {key.value.where,
           spell_name(columns[static_cast<std::size_t>(*n) - 1].name), 0.8});
      continue;
    }
    const auto id = define(std::move(v), "key", definitions);
    const auto known = std::any_of(result.begin(), result.end(),
                                   [&](const auto& k) { return k.id == id; });
    if (!known)
      result.push_back({id, key.descending, key.nulls == nulls::first});
  }
  emit(std::move(definitions), b, where);
  return result;
}

std::vector<plan::column_id> resolver::columns_of(const std::vector<expr>& keys,
                                                  building& b,
                                                  const char* place,
                                                  span where) {
  const auto c = context{&b, place};
  auto definitions = std::vector<plan::definition>{};
  auto result = std::vector<plan::column_id>{};
  for (const auto& key : keys)
    result.push_back(define(resolve(key, c), "key", definitions));
  emit(std::move(definitions), b, where);
  return result;
}

void resolver::apply(const sort& x, building& b, span where) {
  b.scope.order = order_keys(x.keys, b, "SORT", where);
  add_step(b, plan::sort{b.scope.order}, where);
}

std::vector<plan::order_key>
resolver::made_total(std::vector<plan::order_key> order,
                     const building& b) const {
  if (!options_.deterministic || b.scope.is_total(order))
    return order;
  const auto append = [&](plan::column_id id) {
    for (const auto& key : order)
      if (key.id == id)
        return;
    order.push_back({id, false, false});
  };
  if (b.scope.keys.empty())
    for (const auto& column : b.scope.columns)
      append(column.id);
  else
    for (auto id : b.scope.keys.front())
      append(id);
  return order;
}

// The columns of a key that are in view, as they are written; empty if there is
// none.
std::string resolver::spelled_key(const dsl::scope& s) const {
  for (const auto& key : s.keys) {
    auto text = std::string{};
    auto whole = true;
    for (auto id : key) {
      const auto column
        = std::find_if(s.columns.begin(), s.columns.end(),
                       [id](const auto& c) { return c.id == id; });
      whole = whole && column != s.columns.end();
      if (!whole)
        break;
      const auto shared
        = std::count_if(s.columns.begin(), s.columns.end(), [&](const auto& c) {
            return same_name(c.name, column->name);
          });
      text += text.empty() ? "" : ", ";
      if (shared > 1 && column->alias != no_alias)
        text += spell_name(s.aliases[column->alias].name) + '.';
      text += spell_name(column->name);
    }
    if (whole && !text.empty())
      return text;
  }
  return {};
}

void resolver::apply(const limit& x, building& b, span where) {
  auto& s = b.scope;
  if (!s.is_total(s.order) && !options_.deterministic) {
    auto& d = warn("AUR-W0304", where,
                   s.order.empty()
                     ? "LIMIT without SORT: which rows come is not defined"
                     : "LIMIT cuts an order that may have ties");
    const auto key = spelled_key(s);
    if (s.order.empty() && !key.empty())
      d.fixes.push_back(
        {{where.start, where.start}, "|> SORT " + key + ' ', 0.5});
    else if (!key.empty())
      d.hints.push_back("SORT that ends with " + key + " leaves no ties");
  }
  s.order = made_total(std::move(s.order), b);
  add_step(
    b, plan::limit{x.count, x.offset.value_or(0), s.order, s.is_total(s.order)},
    where);
  s.one_row = s.one_row || x.count <= 1;
}

void resolver::apply(const top& x, building& b, span where) {
  auto order = order_keys(x.by, b, "TOP", where);
  auto& s = b.scope;
  const auto per = columns_of(x.per, b, "PER", where);
  // Within a group its keys are constant, so they help to tell rows apart.
  auto all = order;
  for (auto id : per)
    all.push_back({id, false, false});
  if (!x.with_ties && !s.is_total(all)) {
    if (!options_.deterministic)
      warn("AUR-W0304", where, "TOP cuts an order that may have ties");
    order = made_total(std::move(order), b);
  }
  const auto total = s.is_total(all) || options_.deterministic;
  if (per.empty() && !x.with_ties) {
    s.order = order;
    add_step(b, plan::sort{order}, where);
    add_step(b, plan::limit{x.count, 0, order, total}, where);
    s.one_row = s.one_row || x.count <= 1;
    return;
  }
  add_step(b, plan::top{x.count, order, per, x.with_ties, total}, where);
  s.order = per.empty() ? order : std::vector<plan::order_key>{};
  if (!per.empty() && x.count == 1 && !x.with_ties)
    s.keys.push_back(per);
}

} // namespace aura::dsl
