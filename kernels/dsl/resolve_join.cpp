#include "kernels/dsl/plan_visit.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/resolver.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>

namespace aura::dsl {

using plan::data_type;
using plan::op;
using plan::value;
using schema::same_name;

namespace {

std::string quoted(std::string_view name) {
  return "`" + std::string{name} + "`";
}

/// The column of which every value of `x` tells the value: the column itself,
/// or moved by as much in every row.
plan::column_id told_by(const value& x) {
  if (x.form == value::kind::column)
    return x.column;
  if (x.form != value::kind::call)
    return plan::no_column;
  const auto fixed = [](const value& v) {
    return v.form == value::kind::literal && !is_null(v.literal);
  };
  const auto& a = x.arguments;
  switch (x.what) {
  case op::normalise:
    return told_by(a[0]);
  case op::cast:
    return x.type == data_type::timestamp && a[0].type == data_type::date
             ? told_by(a[0])
             : plan::no_column;
  case op::add:
    if (x.type == data_type::integer && fixed(a[0]))
      return told_by(a[1]);
    [[fallthrough]];
  case op::subtract:
    return x.type == data_type::integer && fixed(a[1]) ? told_by(a[0])
                                                       : plan::no_column;
  case op::date_add:
    return x.unit < unit::month && fixed(a[1]) ? told_by(a[0])
                                               : plan::no_column;
  default:
    return plan::no_column;
  }
}

/// Calls `see` with each column that an equality fixes for all rows, and with
/// what it is fixed by.
template <class See>
void visit_equalities(const value& x, const See& see) {
  if (x.form != value::kind::call)
    return;
  if (x.what == op::logical_and)
    for (const auto& argument : x.arguments)
      visit_equalities(argument, see);
  if (x.what != op::equal)
    return;
  for (auto i : {0u, 1u})
    if (const auto id = told_by(x.arguments[i]); id != plan::no_column)
      see(id, x.arguments[1 - i]);
}

bool contains(const std::vector<plan::column_id>& ids, plan::column_id id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

using key_sets = std::vector<std::vector<plan::column_id>>;

// More are hardly ever of use.
constexpr std::size_t most_keys = 8;

void append(key_sets& to, const key_sets& more) {
  for (const auto& key : more)
    if (to.size() < most_keys)
      to.push_back(key);
}

} // namespace

std::vector<value> resolver::join_condition(const join& x, building& both,
                                            std::size_t aliases,
                                            std::size_t columns, span where) {
  auto result = std::vector<value>{};
  if (x.how == join::kind::cross)
    return result;
  auto& s = both.scope;
  if (x.on) {
    auto c = context{&both, "ON"};
    c.paths = false;
    result.push_back(resolve_predicate(*x.on, c));
    if (result.back().type == data_type::unknown)
      return result;
    // A condition that does not look at both sides multiplies all by all.
    auto right = std::vector<plan::column_id>{};
    for (auto i = columns; i < s.columns.size(); ++i)
      right.push_back(s.columns[i].id);
    auto sides = std::pair{false, false};
    plan::visit_columns(result.back(), [&](auto id) {
      (contains(right, id) ? sides.second : sides.first) = true;
    });
    if (!(sides.first && sides.second))
      warn("AUR-W0308", x.on->where,
           "ON compares no column of one side with one of the other");
    return result;
  }
  // The one declared relation between the two, whichever side declares it.
  struct found {
    std::uint32_t from;
    std::uint32_t to;
    const schema::relation* relation;
    std::string name;
  };
  auto choices = std::vector<found>{};
  for (std::size_t r = aliases; r < s.aliases.size(); ++r)
    for (std::size_t l = 0; l < aliases; ++l) {
      const auto left = s.aliases[l].instance;
      const auto right = s.aliases[r].instance;
      if (left == plan::instance::none || right == plan::instance::none)
        continue;
      const auto collect
        = [&](std::uint32_t from, std::uint32_t to, const std::string& name) {
            for (const auto& relation : out_.instances[from].table->relations)
              if (same_name(relation.to, out_.instances[to].table->name))
                choices.push_back(
                  {from, to, &relation, name + "." + relation.name});
          };
      // Of a self join nobody knows which side is meant.
      if (out_.instances[left].table == out_.instances[right].table)
        continue;
      collect(left, right, s.aliases[l].name);
      collect(right, left, s.aliases[r].name);
    }
  if (choices.size() != 1) {
    auto& d = error("AUR-E0230", where,
                    choices.empty()
                      ? "JOIN needs ON: no declared relation leads from one "
                        "side to the other"
                      : "JOIN needs ON: several relations lead from one side "
                        "to the other");
    for (const auto& choice : choices)
      d.candidates.push_back(choice.name);
    return result;
  }
  const auto& choice = choices.front();
  auto condition = value{};
  for (const auto& [here, there] : choice.relation->match) {
    const auto& from = *out_.instances[choice.from].table;
    const auto& to = *out_.instances[choice.to].table;
    const auto* a = from.find_column(here);
    const auto* b = to.find_column(there);
    if (!a || !b)
      continue;
    auto equal = call(
      op::equal, data_type::boolean, where,
      {column_value(instance_column(choice.from, static_cast<std::size_t>(
                                                   a - from.columns.data())),
                    where),
       column_value(instance_column(choice.to, static_cast<std::size_t>(
                                                 b - to.columns.data())),
                    where)});
    condition = condition.form == value::kind::call
                  ? call(op::logical_and, data_type::boolean, where,
                         {std::move(condition), std::move(equal)})
                  : std::move(equal);
  }
  result.push_back(std::move(condition));
  return result;
}

void resolver::join_using(const join& x, building& both, std::size_t columns,
                          std::vector<value>& on, span where) {
  auto& s = both.scope;
  auto definitions = std::vector<plan::definition>{};
  for (const auto& name : x.using_columns) {
    auto left = std::vector<std::size_t>{};
    auto right = std::vector<std::size_t>{};
    for (std::size_t i = 0; i < s.columns.size(); ++i)
      if (same_name(s.columns[i].name, name.text))
        (i < columns ? left : right).push_back(i);
    if (left.size() != 1 || right.size() != 1) {
      error("AUR-E0231", name.where,
            "USING takes a column of both sides: " + quoted(name.text));
      continue;
    }
    auto a = column_value(s.columns[left[0]].id, name.where);
    auto b = column_value(s.columns[right[0]].id, name.where);
    auto source = expr{};
    source.kind = expr_kind::column;
    source.path = {name};
    source.where = name.where;
    if (!align(a, b, source, source, source))
      continue;
    auto equal = call(op::equal, data_type::boolean, name.where, {a, b});
    if (on.empty())
      on.push_back(std::move(equal));
    else
      on.front() = call(op::logical_and, data_type::boolean, where,
                        {std::move(on.front()), std::move(equal)});
    if (x.how == join::kind::right) {
      s.columns[left[0]].id = s.columns[right[0]].id;
      s.columns[left[0]].alias = no_alias;
    } else if (x.how == join::kind::full) {
      // Of INTEGER and REAL, either may come out: both are REAL then.
      if (a.type != b.type && a.type != data_type::null
          && b.type != data_type::null) {
        to_real(a);
        to_real(b);
      }
      const auto type = a.type == data_type::null ? b.type : a.type;
      auto either
        = call(op::coalesce, type, name.where, {std::move(a), std::move(b)});
      either.format = either.arguments[0].format;
      s.columns[left[0]].id
        = define(std::move(either), s.columns[left[0]].name, definitions);
      s.columns[left[0]].alias = no_alias;
    }
    s.columns.erase(s.columns.begin() + static_cast<std::ptrdiff_t>(right[0]));
  }
  emit(std::move(definitions), both, where);
}

// What tells the rows of a join apart; `s` has what told the left's.
void resolver::join_keys(dsl::scope& s, uniqueness right, join::kind how,
                         bool to_one, bool from_one) {
  auto left_keys = std::exchange(s.keys, {});
  auto left_loose = std::exchange(s.loose_keys, {});
  // Rows without a match have NULL in all columns of the other side.
  if (to_one) {
    append(s.loose_keys, left_keys);
    append(s.loose_keys, left_loose);
  }
  if (from_one) {
    append(s.loose_keys, right.keys);
    append(s.loose_keys, right.loose_keys);
  }
  const auto inner = how == join::kind::inner || how == join::kind::cross;
  const auto left_stays = inner || how == join::kind::left;
  // Of one row nothing at all is a key, but a FULL join may add another.
  if (s.one_row && how != join::kind::full)
    left_keys.push_back({});
  if (right.one_row && how != join::kind::full)
    right.keys.push_back({});
  s.one_row = s.one_row && to_one && left_stays;
  if (to_one && left_stays)
    append(s.keys, left_keys);
  if (from_one && (inner || how == join::kind::right))
    append(s.keys, right.keys);
  for (const auto& one : left_keys)
    for (const auto& other : right.keys) {
      auto pair = one;
      pair.insert(pair.end(), other.begin(), other.end());
      append(s.keys, {std::move(pair)});
    }
}

void resolver::apply(const join& x, building& b, span where) {
  const auto only_left = x.how == join::kind::semi || x.how == join::kind::anti;
  auto both = building{{}, b.scope};
  const auto aliases = b.scope.aliases.size();
  const auto columns = b.scope.columns.size();
  auto known = uniqueness{};
  auto step = plan::join{};
  step.how = x.how;
  step.other = open(x.other, both, known);
  auto& s = both.scope;
  if (s.lost) {
    b.scope.lost = true;
    return;
  }
  auto left = std::vector<plan::column_id>{};
  for (std::size_t i = 0; i < columns; ++i)
    left.push_back(s.columns[i].id);
  auto right = std::vector<plan::column_id>{};
  for (auto i = columns; i < s.columns.size(); ++i)
    right.push_back(s.columns[i].id);
  auto after = building{};
  if (x.using_columns.empty()) {
    step.on = join_condition(x, both, aliases, columns, where);
  } else {
    after.scope = s;
    join_using(x, after, columns, step.on, where);
    s = after.scope;
  }
  if (spellings_)
    note_join(x, step, s, aliases, b, where);
  // One side matches at most one row if a key of it is compared.
  auto equal_right = std::vector<plan::column_id>{};
  auto equal_left = std::vector<plan::column_id>{};
  for (const auto& on : step.on)
    visit_equalities(on, [&](plan::column_id id, const value& by) {
      const auto on_right = contains(right, id);
      auto apart = true;
      plan::visit_columns(by, [&](auto other) {
        apart = apart && contains(right, other) != on_right;
      });
      if (apart)
        (on_right ? equal_right : equal_left).push_back(id);
    });
  const auto covered = [](const auto& key_sets, const auto& ids) {
    return std::any_of(key_sets.begin(), key_sets.end(), [&](const auto& k) {
      return std::all_of(k.begin(), k.end(),
                         [&](auto id) { return contains(ids, id); });
    });
  };
  const auto to_one = known.one_row || covered(known.keys, equal_right)
                      || covered(known.loose_keys, equal_right);
  const auto from_one = b.scope.one_row || covered(b.scope.keys, equal_left)
                        || covered(b.scope.loose_keys, equal_left);
  add_step(b, std::move(step), where);
  for (auto& more : after.steps)
    b.steps.push_back(std::move(more));
  if (only_left) {
    b.scope.order.clear();
    return;
  }
  const auto make_nullable = [&](const auto& ids) {
    for (auto id : ids)
      out_.columns[id].nullable = true;
  };
  if (x.how == join::kind::left || x.how == join::kind::full)
    make_nullable(right);
  if (x.how == join::kind::right || x.how == join::kind::full)
    make_nullable(left);
  if (!to_one)
    s.multiplied.insert(s.multiplied.end(), left.begin(), left.end());
  if (!from_one)
    s.multiplied.insert(s.multiplied.end(), right.begin(), right.end());
  join_keys(s, std::move(known), x.how, to_one, from_one);
  s.order.clear();
  b.scope = std::move(s);
}

} // namespace aura::dsl
