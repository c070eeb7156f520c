#include "kernels/skeleton/grammar.hpp"

#include <algorithm>
#include <array>

namespace aura::skeleton {

namespace {

using schema::same_name;

} // namespace

std::size_t known_rows::count(std::string_view name) const {
  return static_cast<std::size_t>(
    std::count_if(columns.begin(), columns.end(),
                  [&](const auto& c) { return same_name(c.name, name); }));
}

bool known_rows::has(std::string_view name) const {
  return count(name) > 0;
}

bool known_rows::has_alias(std::string_view name) const {
  return std::any_of(aliases.begin(), aliases.end(),
                     [&](const auto& a) { return same_name(a.name, name); });
}

bool known_rows::has_duplicates() const {
  return std::any_of(columns.begin(), columns.end(),
                     [&](const auto& c) { return count(c.name) > 1; });
}

void known_rows::close() {
  aliases.clear();
  key.clear();
  one_row = false;
  total = false;
  for (auto& c : columns)
    c.alias.reset();
}

schema::type grammar::any_type() {
  return static_cast<type>(choose({26, 20, 22, 10, 10, 12}));
}

std::string grammar::fresh(const known_rows& in, const char* base) {
  static constexpr auto names = std::to_array<const char*>(
    {"total", "x", "y", "label", "größe", "two words", "Select", "from", "a`b",
     "c\"d", "count", "sort", "Day", "名", "true", "place", "q1", "t1"});
  if (random_.chance(0.25)) {
    const auto name = std::string{names[random_.below(names.size())]};
    if (!in.has(name))
      return name;
  }
  for (;;) {
    auto name = base + std::to_string(++names_);
    if (!in.has(name))
      return name;
  }
}

std::string grammar::fresh_alias(const known_rows& in) {
  static constexpr auto names
    = std::to_array<const char*>({"a", "b", "t", "left", "Ä", "my rows"});
  if (random_.chance(0.4)) {
    const auto name = std::string{names[random_.below(names.size())]};
    if (!in.has_alias(name))
      return name;
  }
  for (;;) {
    auto name = "r" + std::to_string(++names_);
    if (!in.has_alias(name))
      return name;
  }
}

void grammar::open_table(const schema::table& t, std::string alias,
                         known_rows& into) {
  into.aliases = {{std::move(alias), &t}};
  for (const auto& c : t.columns)
    into.columns.push_back({c.name, c.type, 0, &c});
  into.key = t.primary_key;
}

dsl::reference grammar::source(known_rows& into, std::size_t level,
                               bool only_tables) {
  auto result = dsl::reference{};
  const auto what = only_tables ? 0 : choose({75, 15, level < 2 ? 10.0 : 0.0});
  if (what == 2) {
    auto inner = pipeline(random_.below(3), level + 1);
    into = std::move(inner.rows);
    const auto key = into.key;
    const auto one_row = into.one_row;
    into.close();
    into.key = key;
    into.one_row = one_row;
    result.source = box<dsl::pipeline>{std::move(inner.text)};
    if (random_.chance(0.5)) {
      auto name = fresh_alias(into);
      into.aliases = {{name, nullptr}};
      for (auto& c : into.columns)
        c.alias = 0;
      result.alias = dsl::name{std::move(name), {}};
    }
    return result;
  }
  if (what == 1 && !lets_.empty()) {
    const auto& let = random_.pick(lets_);
    into = let.rows;
    auto name = let.name;
    if (random_.chance(0.3)) {
      name = fresh_alias(into);
      result.alias = dsl::name{name, {}};
    }
    into.aliases = {{name, nullptr}};
    for (auto& c : into.columns)
      c.alias = 0;
    result.source = dsl::name{let.name, {}};
    return result;
  }
  const auto& t = random_.pick(schema_.tables);
  auto name = t.name;
  if (random_.chance(0.25)) {
    name = fresh_alias(into);
    result.alias = dsl::name{name, {}};
  }
  open_table(t, std::move(name), into);
  result.source = dsl::name{t.name, {}};
  return result;
}

/// Brings the columns to names that differ, as the end of rows demands.
void grammar::close(line& x) {
  while (x.rows.has_duplicates()) {
    const auto found = std::find_if(
      x.rows.columns.begin(), x.rows.columns.end(),
      [&](const auto& c) { return c.alias && x.rows.count(c.name) > 1; });
    if (found == x.rows.columns.end())
      return;
    auto column = reference(x.rows, *found);
    if (random_.chance(0.4) && x.rows.columns.size() > 1) {
      x.rows.columns.erase(found);
      x.rows.key.clear();
      add(x.text, dsl::drop{{std::move(column)}});
      continue;
    }
    auto name = fresh(x.rows);
    found->name = name;
    x.rows.key.clear();
    auto change = dsl::rename{};
    change.changes.push_back({std::move(column), dsl::name{name, {}}});
    add(x.text, std::move(change));
  }
}

grammar::line grammar::pipeline(std::size_t operators, std::size_t level) {
  const auto outer = std::exchange(level_, level);
  auto result = line{};
  result.level = level;
  result.text.source = source(result.rows, level, false);
  for (std::size_t i = 0; i < operators; ++i)
    stage(result);
  close(result);
  level_ = outer;
  return result;
}

grammar_query grammar::run() {
  auto result = grammar_query{};
  if (random_.chance(0.35)) {
    const auto count
      = 1 + random_.below(std::max<std::size_t>(options_.max_lets, 1));
    for (std::size_t i = 0; i < count && i < options_.max_lets; ++i) {
      auto x = pipeline(random_.below(4), 1);
      auto name = "l" + std::to_string(++names_);
      if (random_.chance(0.1))
        name = "Let " + name;
      result.query.lets.push_back({{name, {}}, std::move(x.text)});
      const auto key = x.rows.key;
      const auto one_row = x.rows.one_row;
      x.rows.close();
      x.rows.key = key;
      x.rows.one_row = one_row;
      lets_.push_back({std::move(name), std::move(x.rows)});
    }
  }
  const auto operators = random_.below(options_.max_operators + 1);
  result.query.main = pipeline(operators, 0).text;
  result.parameters = std::move(parameters_);
  return result;
}

grammar_query sample_grammar(const schema::schema& s,
                             const grammar_options& options,
                             random_stream& random) {
  return grammar{s, options, random}.run();
}

} // namespace aura::skeleton
