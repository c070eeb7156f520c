#include "kernels/skeleton/grammar.hpp"

#include <algorithm>
#include <array>

namespace aura::skeleton {

namespace {

using kind = dsl::join::kind;

/// What may be compared: the same type, or two numbers.
bool compares(schema::type a, schema::type b) {
  const auto number = [](schema::type x) {
    return x == schema::type::integer || x == schema::type::real;
  };
  return a == b || (number(a) && number(b));
}

} // namespace

bool grammar::join(line& x) {
  if (x.references >= options_.max_references)
    return false;
  auto made = dsl::join{};
  made.how = std::array{
    kind::inner, kind::left, kind::right, kind::full,
    kind::cross, kind::semi, kind::anti}[choose({25, 20, 12, 12, 7, 12, 12})];
  auto other = known_rows{};
  made.other = source(other, x.level, made.how == kind::cross);
  // Two sides of one name need a new one.
  const auto clashes
    = std::any_of(other.aliases.begin(), other.aliases.end(),
                  [&](const auto& a) { return x.rows.has_alias(a.name); });
  if (clashes || (other.aliases.empty() && random_.chance(0.7))) {
    auto both = x.rows;
    for (const auto& a : other.aliases)
      both.aliases.push_back(a);
    auto name = fresh_alias(both);
    const auto* table
      = other.aliases.empty() ? nullptr : other.aliases.front().table;
    other.aliases = {{name, table}};
    for (auto& c : other.columns)
      c.alias = 0;
    made.other.alias = dsl::name{std::move(name), {}};
  }
  if (made.how != kind::cross) {
    const auto declared = join_relation(x, other);
    if (declared && random_.chance(0.5)) {
      // The schema says how.
    } else if (!random_.chance(0.35) || !join_using(x, made, other)) {
      made.on = join_condition(x.rows, other);
      if (!made.on)
        return false;
    }
  }
  join_rows(x, std::move(made), std::move(other));
  return true;
}

/// Whether exactly one declared relation leads from one side to the other.
bool grammar::join_relation(const line& x, const known_rows& other) const {
  if (other.aliases.size() != 1 || !other.aliases.front().table)
    return false;
  const auto* right = other.aliases.front().table;
  auto choices = 0;
  const auto collect = [&](const schema::table& from, const schema::table& to) {
    for (const auto& r : from.relations)
      choices += schema::same_name(r.to, to.name);
  };
  for (const auto& a : x.rows.aliases)
    if (a.table && a.table != right) {
      collect(*a.table, *right);
      collect(*right, *a.table);
    }
  return choices == 1;
}

std::optional<dsl::expr> grammar::join_condition(const known_rows& left,
                                                 const known_rows& other) {
  // Both sides in view, for names that need an alias to be told apart.
  auto both = left;
  const auto first = left.columns.size();
  for (auto c : other.columns) {
    if (c.alias)
      *c.alias += left.aliases.size();
    both.columns.push_back(std::move(c));
  }
  for (const auto& a : other.aliases)
    both.aliases.push_back(a);
  struct pair {
    std::size_t left;
    std::size_t right;
  };
  auto pairs = std::vector<pair>{};
  for (std::size_t i = 0; i < first; ++i)
    for (auto k = first; k < both.columns.size(); ++k)
      if (compares(both.columns[i].type, both.columns[k].type)
          && both.can_name(both.columns[i]) && both.can_name(both.columns[k]))
        pairs.push_back({i, k});
  if (pairs.empty())
    return std::nullopt;
  auto chosen = random_.pick(pairs);
  // Texts and whole numbers match most often.
  for (auto attempt = 0; attempt < 3; ++attempt) {
    const auto t = both.columns[chosen.left].type;
    if (t == type::integer || t == type::text)
      break;
    chosen = random_.pick(pairs);
  }
  auto a = reference(both, both.columns[chosen.left]);
  auto b = reference(both, both.columns[chosen.right]);
  if (random_.chance(0.3))
    std::swap(a, b);
  auto result = one_operation({"==", "==", "==", "<", ">=", "!="}, std::move(a),
                              std::move(b));
  if (random_.chance(0.3)) {
    paths_ = false;
    auto more = predicate(both, 1);
    paths_ = true;
    result = binary(random_.chance(0.8) ? "AND" : "OR", std::move(result),
                    std::move(more));
  }
  return result;
}

bool grammar::join_using(line& x, dsl::join& made, known_rows& other) {
  auto shared = std::vector<std::pair<std::size_t, std::size_t>>{};
  for (std::size_t i = 0; i < x.rows.columns.size(); ++i)
    for (std::size_t k = 0; k < other.columns.size(); ++k) {
      const auto& a = x.rows.columns[i];
      const auto& b = other.columns[k];
      if (schema::same_name(a.name, b.name) && x.rows.count(a.name) == 1
          && other.count(b.name) == 1 && compares(a.type, b.type))
        shared.emplace_back(i, k);
    }
  if (shared.empty())
    return false;
  random_.shuffle(shared);
  shared.resize(1 + random_.below(std::min<std::size_t>(shared.size(), 2)));
  const auto only_left = made.how == kind::semi || made.how == kind::anti;
  auto gone = std::vector<std::size_t>{};
  for (const auto& [i, k] : shared) {
    auto& here = x.rows.columns[i];
    made.using_columns.push_back({here.name, {}});
    gone.push_back(k);
    if (only_left)
      continue;
    if (made.how == kind::right || made.how == kind::full)
      here.alias = std::nullopt;
    if (made.how == kind::right)
      here.type = other.columns[k].type;
    else if (made.how == kind::full)
      here.type = std::max(here.type, other.columns[k].type);
  }
  std::sort(gone.rbegin(), gone.rend());
  for (auto k : gone)
    other.columns.erase(other.columns.begin() + static_cast<std::ptrdiff_t>(k));
  return true;
}

void grammar::join_rows(line& x, dsl::join made, known_rows other) {
  ++x.references;
  x.rows.total = false;
  if (made.how != kind::semi && made.how != kind::anti) {
    const auto shift = x.rows.aliases.size();
    for (auto& c : other.columns) {
      if (c.alias)
        *c.alias += shift;
      x.rows.columns.push_back(std::move(c));
    }
    for (auto& a : other.aliases)
      x.rows.aliases.push_back(std::move(a));
    x.rows.key.clear();
    x.rows.one_row = false;
  }
  add(x.text, std::move(made));
  // Of two columns without an alias and of one name neither can be named.
  const auto stuck = std::any_of(
    x.rows.columns.begin(), x.rows.columns.end(),
    [&](const auto& c) { return !c.alias && x.rows.count(c.name) > 1; });
  if (!stuck)
    return;
  auto items = std::vector<dsl::item>{};
  auto out = known_rows{};
  for (const auto& c : x.rows.columns) {
    if (!x.rows.can_name(c))
      continue;
    auto item = dsl::item{reference(x.rows, c), std::nullopt};
    auto name = fresh(out);
    item.alias = dsl::name{name, {}};
    out.columns.push_back({std::move(name), c.type, std::nullopt, c.declared});
    items.push_back(std::move(item));
  }
  if (items.empty()) {
    // Nothing can be named; what remains is how many there are.
    add(x.text, dsl::aggregate{{{call("COUNT"), std::nullopt}}, {}});
    x.rows = {};
    x.rows.columns.push_back({"count", type::integer});
    x.rows.one_row = true;
    return;
  }
  add(x.text, dsl::select{std::move(items)});
  x.rows = std::move(out);
}

bool grammar::set_operation(line& x) {
  using operation = dsl::set_operation;
  if (x.references >= options_.max_references || x.rows.has_duplicates())
    return false;
  auto made = operation{};
  made.how = static_cast<operation::kind>(random_.below(3));
  made.all = random_.chance(0.4);
  // A table or LET of these very columns needs no parentheses.
  const auto same = [&](const auto& names) {
    return names.size() == x.rows.columns.size()
           && std::all_of(names.begin(), names.end(), [&](const auto& c) {
                return std::any_of(x.rows.columns.begin(), x.rows.columns.end(),
                                   [&](const auto& k) {
                                     return schema::same_name(k.name, c.name)
                                            && k.type == c.type;
                                   });
              });
  };
  auto bare = std::vector<std::string>{};
  for (const auto& t : schema_.tables)
    if (same(t.columns))
      bare.push_back(t.name);
  for (const auto& let : lets_)
    if (same(let.rows.columns))
      bare.push_back(let.name);
  if (!bare.empty() && random_.chance(0.4)) {
    made.other.source = dsl::name{random_.pick(bare), {}};
  } else if (random_.chance(0.45) && x.text.stages.size() <= 4) {
    // The same rows once more, some of them.
    auto copy = line{};
    copy.text = x.text;
    copy.rows = x.rows;
    filter(copy);
    if (random_.chance(0.4))
      limit(copy);
    made.other.source = box<dsl::pipeline>{std::move(copy.text)};
  } else {
    auto other = pipeline(random_.below(3), x.level + 1);
    auto items = std::vector<dsl::item>{};
    for (const auto& c : x.rows.columns) {
      auto of = c.type;
      if (of == type::real && random_.chance(0.1))
        of = type::integer;
      items.push_back({value(other.rows, of, 1), dsl::name{c.name, {}}});
    }
    random_.shuffle(items);
    add(other.text, dsl::select{std::move(items)});
    made.other.source = box<dsl::pipeline>{std::move(other.text)};
  }
  ++x.references;
  x.rows.close();
  for (auto& c : x.rows.columns)
    c.declared = nullptr;
  add(x.text, std::move(made));
  return true;
}

} // namespace aura::skeleton
