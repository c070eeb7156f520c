#include "kernels/evaluation/equivalence.hpp"

#include "kernels/evaluation/walk.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace aura::evaluation {

namespace {

using dsl::expr;
using dsl::expr_kind;

// The one declared table whose rows a query works on, as long as nothing but
// its own columns is in view: no join, no path, no other operand.
const schema::table* single_table(const dsl::query& x,
                                  const schema::schema& s) {
  auto simple = x.lets.empty();
  for (auto& stage : x.main.stages)
    if (std::holds_alternative<dsl::join>(stage.what)
        || std::holds_alternative<dsl::set_operation>(stage.what)
        || std::holds_alternative<dsl::pivot>(stage.what)
        || std::holds_alternative<dsl::unpivot>(stage.what))
      simple = false;
  auto* name = std::get_if<dsl::name>(&x.main.source.source);
  return simple && name ? s.find_table(name->text) : nullptr;
}

// The declared column that `x` means, if it can mean nothing else. Names that
// the query defines itself are of columns that the rules know nothing about.
const schema::column* declared(const expr& x, const dsl::query& of,
                               const schema::table& table) {
  if (x.kind != expr_kind::column || x.path.size() != 1)
    return nullptr;
  auto& name = x.path.front().text;
  auto redefined = false;
  auto copy = of;
  walk(copy, {.item = [&](dsl::item& i) {
         redefined = redefined
                     || (i.alias && schema::same_name(i.alias->text, name)
                         && !(i.value == x));
       }});
  for (auto& stage : of.main.stages)
    redefined = redefined || std::holds_alternative<dsl::set>(stage.what)
                || std::holds_alternative<dsl::rename>(stage.what);
  return redefined ? nullptr : table.find_column(name);
}

// The places where two queries of one shape differ, in the order of the walk.
template <class Node>
struct difference {
  Node before;
  Node after;
};

std::optional<difference<expr>> changed_call(dsl::query a, dsl::query b) {
  std::vector<expr> calls;
  auto collect = [&calls](expr& x) {
    if (x.kind == expr_kind::call)
      calls.push_back(x);
  };
  walk(a, {.expression = collect});
  auto before = std::exchange(calls, {});
  walk(b, {.expression = collect});
  if (before.size() != calls.size())
    return std::nullopt;
  for (std::size_t i = 0; i < calls.size(); ++i)
    if (before[i] != calls[i])
      return difference<expr>{before[i], calls[i]};
  return std::nullopt;
}

std::optional<difference<dsl::sort_key>> changed_key(dsl::query a,
                                                     dsl::query b) {
  std::vector<dsl::sort_key> keys;
  auto collect = [&keys](dsl::sort_key& x) { keys.push_back(x); };
  walk(a, {.key = collect});
  auto before = std::exchange(keys, {});
  walk(b, {.key = collect});
  for (std::size_t i = 0; i < keys.size() && i < before.size(); ++i)
    if (!(before[i] == keys[i]))
      return difference<dsl::sort_key>{before[i], keys[i]};
  return std::nullopt;
}

bool is_key(const std::string& column, const schema::table& table) {
  auto same = [&](const std::vector<std::string>& key) {
    return key.size() == 1 && schema::same_name(key.front(), column);
  };
  return same(table.primary_key) || std::ranges::any_of(table.unique, same);
}

std::string count_rule(const dsl::query& gold, const dsl::query& changed,
                       const schema::table& table) {
  auto call = changed_call(gold, changed);
  if (!call || call->before.arguments.empty())
    return {};
  auto* column = declared(call->before.arguments.front(), gold, table);
  if (!column || column->nullable)
    return {};
  // Anything that repeats a row would have made `single_table` fail.
  if (call->before.distinct == call->after.distinct
      && call->after.arguments.empty() && !call->before.distinct)
    return column->name + " is never NULL";
  return is_key(column->name, table) ? column->name + " is a key" : "";
}

std::string null_order_rule(const dsl::query& gold, const dsl::query& changed,
                            const schema::table& table) {
  auto key = changed_key(gold, changed);
  if (!key || key->before.descending != key->after.descending)
    return {};
  auto* column = declared(key->before.value, gold, table);
  if (!column || column->nullable)
    return {};
  return column->name + " is never NULL";
}

// Rows of a table that keep their key differ from each other.
std::string distinct_rule(const dsl::query& gold, const schema::table& table) {
  auto keeps_key = [&table](const dsl::select& x) {
    return std::ranges::all_of(table.primary_key, [&x](auto& column) {
      return std::ranges::any_of(x.items, [&column](const dsl::item& i) {
        return i.value.kind == expr_kind::column && i.value.path.size() == 1
               && schema::same_name(i.value.path.front().text, column);
      });
    });
  };
  for (auto& stage : gold.main.stages) {
    auto* select = std::get_if<dsl::select>(&stage.what);
    auto harmless = std::holds_alternative<dsl::filter>(stage.what)
                    || std::holds_alternative<dsl::sort>(stage.what)
                    || std::holds_alternative<dsl::limit>(stage.what)
                    || std::holds_alternative<dsl::distinct>(stage.what);
    if (!harmless && !(select && keeps_key(*select)))
      return {};
  }
  return table.primary_key.empty() ? "" : "rows keep their key";
}

// A SELECT that gives a column another name may hide a column: then the same
// text means something else on its other side. EXTEND cannot, since a name
// that is taken is an error.
bool keeps_names(const dsl::select& x) {
  return std::ranges::all_of(x.items, [](const dsl::item& i) {
    return i.value.kind == expr_kind::column && i.value.path.size() == 1
           && (!i.alias || i.alias->text == i.value.path.front().text);
  });
}

bool is_projection(const dsl::stage& x) {
  if (auto* select = std::get_if<dsl::select>(&x.what))
    return keeps_names(*select);
  return std::holds_alternative<dsl::extend>(x.what)
         || std::holds_alternative<dsl::drop>(x.what);
}

// Operators that look at one row at a time.
bool is_rowwise(const dsl::stage& x) {
  return is_projection(x) || std::holds_alternative<dsl::filter>(x.what);
}

std::string order_rule(const dsl::query& gold, const dsl::query& changed) {
  auto& a = gold.main.stages;
  auto& b = changed.main.stages;
  for (std::size_t i = 0; i + 1 < a.size() && a.size() == b.size(); ++i) {
    if (a[i] == b[i])
      continue;
    auto& x = a[i];
    auto& y = a[i + 1];
    auto sorts = [](const dsl::stage& s) {
      return std::holds_alternative<dsl::sort>(s.what);
    };
    auto limits = [](const dsl::stage& s) {
      return std::holds_alternative<dsl::limit>(s.what);
    };
    auto commute = (is_rowwise(x) && (is_rowwise(y) || sorts(y)))
                   || (is_rowwise(y) && sorts(x))
                   || (is_projection(x) && limits(y))
                   || (is_projection(y) && limits(x));
    return commute ? "the two operators commute" : "";
  }
  return {};
}

} // namespace

std::string equivalence_rule(const dsl::query& gold, const mutant& changed,
                             const schema::schema& s) {
  if (changed.kind == mutation::operator_order)
    return order_rule(gold, changed.query);
  auto* table = single_table(gold, s);
  if (!table)
    return {};
  if (changed.kind == mutation::count_form)
    return count_rule(gold, changed.query, *table);
  if (changed.kind == mutation::distinct)
    return distinct_rule(gold, *table);
  if (changed.kind == mutation::direction)
    return null_order_rule(gold, changed.query, *table);
  return {};
}

} // namespace aura::evaluation
