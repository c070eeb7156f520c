#include "kernels/dsl/print_expression.hpp"
#include "kernels/dsl/resolver.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>

/// What a resolver notes for the formatter; see spelling.hpp. Nothing here is
/// reached unless somebody asked for it.
namespace aura::dsl {

using schema::same_name;

namespace {

constexpr auto none = plan::instance::none;

std::string dotted(const std::vector<std::string>& names) {
  auto result = std::string{};
  for (const auto& name : names)
    result += (result.empty() ? "" : ".") + spell_name(name);
  return result;
}

/// Where a path of a relation may stand in place of a joined column.
bool takes_path(std::string_view place) {
  return place != "ON" && place != "DROP" && place != "RENAME" && place != "SET"
         && place != "UNPIVOT";
}

bool is_conjunction_of_equalities(
  const plan::value& x,
  std::vector<std::pair<plan::column_id, plan::column_id>>& pairs) {
  if (x.form != plan::value::kind::call)
    return false;
  if (x.what == plan::op::logical_and)
    return is_conjunction_of_equalities(x.arguments[0], pairs)
           && is_conjunction_of_equalities(x.arguments[1], pairs);
  if (x.what != plan::op::equal
      || x.arguments[0].form != plan::value::kind::column
      || x.arguments[1].form != plan::value::kind::column)
    return false;
  pairs.emplace_back(x.arguments[0].column, x.arguments[1].column);
  return true;
}

} // namespace

// The relations and columns of a path, as the schema spells them.
std::vector<std::string> resolver::spelled_path(std::uint32_t instance,
                                                const expr& x,
                                                std::size_t from) const {
  auto result = std::vector<std::string>{};
  const auto* table = out_.instances[instance].table;
  for (auto i = from; table && i + 1 < x.path.size(); ++i) {
    const auto* relation = table->find_relation(x.path[i].text);
    if (!relation)
      return {};
    result.push_back(relation->name);
    table = schema_.find_table(relation->to);
  }
  const auto* column = table ? table->find_column(x.path.back().text) : nullptr;
  if (!column)
    return {};
  result.push_back(column->name);
  return result;
}

// Whether `relation`, alone, names one that starts at `instance`.
bool resolver::is_bare(const dsl::scope& s, std::string_view relation,
                       std::uint32_t instance, std::uint32_t without) const {
  for (const auto& alias : s.aliases) {
    if (alias.instance == without && without != none)
      continue;
    if (same_name(alias.name, relation))
      return false;
    if (alias.instance != none && alias.instance != instance
        && out_.instances[alias.instance].table->find_relation(relation))
      return false;
  }
  return true;
}

void resolver::note_column(const expr& x, const context& c) {
  const auto& s = c.rows->scope;
  const auto& path = x.path;
  const span where{path.front().where.start, path.back().where.end};
  // Between the calls of an AGGREGATE a bare name is a key's first.
  const auto bare_is_key = c.keys && !c.in_call;
  auto alias = no_alias;
  auto names = std::vector<std::string>{};
  // Where the path goes on behind its alias, if it has one.
  auto first = path.size() == 1 ? std::size_t{0} : std::size_t{1};
  if (path.size() == 1) {
    for (const auto& column : s.columns)
      if (same_name(column.name, path[0].text)) {
        alias = column.alias;
        names = {column.name};
      }
    if (bare_is_key)
      alias = no_alias;
  } else {
    for (std::uint32_t i = 0; i < s.aliases.size(); ++i)
      if (same_name(s.aliases[i].name, path[0].text))
        alias = i;
    if (alias == no_alias) {
      for (std::uint32_t i = 0; i < s.aliases.size(); ++i)
        if (const auto start = s.aliases[i].instance;
            start != none
            && out_.instances[start].table->find_relation(path[0].text)) {
          names = spelled_path(start, x, 0);
          alias = i;
        }
      first = 0;
    } else if (path.size() == 2) {
      auto same = 0;
      for (const auto& column : s.columns)
        if (same_name(column.name, path[1].text)) {
          ++same;
          if (column.alias == alias)
            names = {s.aliases[alias].name, column.name};
        }
      if (same == 1 && !bare_is_key && names.size() == 2)
        names.erase(names.begin());
    } else {
      const auto instance = s.aliases[alias].instance;
      names = spelled_path(instance, x, 1);
      if (!names.empty() && !is_bare(s, path[1].text, instance, none))
        names.insert(names.begin(), s.aliases[alias].name);
    }
  }
  if (names.empty())
    return;
  spellings_->names.push_back({where, dotted(names), 1});
  if (alias == no_alias || s.aliases[alias].instance == none)
    return;
  // The same through a relation, if the table is joined for its columns only.
  for (auto& join : spellings_->joins) {
    if (join.instance != s.aliases[alias].instance || join.ended)
      continue;
    auto from = none;
    for (const auto& k : s.aliases)
      if (same_name(k.name, join.from))
        from = k.instance;
    auto replaced = std::vector<std::string>{join.relation->name};
    const auto rest = spelled_path(join.instance, x, first);
    if (!takes_path(c.place) || from == none || rest.empty()) {
      join.possible = false;
      continue;
    }
    if (!is_bare(s, join.relation->name, from, join.instance))
      replaced.insert(replaced.begin(), join.from);
    replaced.insert(replaced.end(), rest.begin(), rest.end());
    const auto known = std::any_of(
      join.edits.begin(), join.edits.end(), [&](const auto& edit) {
        return edit.where.start == where.start && edit.where.end == where.end;
      });
    if (!known)
      join.edits.push_back({where, dotted(replaced), 1});
  }
}

void resolver::note_join(const join& x, const plan::join& step,
                         const dsl::scope& both, std::size_t aliases,
                         const building& before, span where) {
  // Without ON a JOIN looks for relations of all tables in scope.
  if (!x.on && x.using_columns.empty() && x.how != join::kind::cross)
    for (auto& other : spellings_->joins)
      for (std::size_t i = 0; i < aliases; ++i)
        if (both.aliases[i].instance == other.instance)
          other.possible = false;
  if (!x.using_columns.empty())
    for (auto& other : spellings_->joins)
      for (std::size_t i = 0; i < both.aliases.size(); ++i)
        if (both.aliases[i].instance == other.instance)
          other.possible = false;
  if (x.how != join::kind::left || !x.using_columns.empty()
      || !before.scope.order.empty() || step.on.size() != 1
      || both.aliases.size() != aliases + 1
      || both.aliases.back().instance == none)
    return;
  const auto right = both.aliases.back().instance;
  auto pairs = std::vector<std::pair<plan::column_id, plan::column_id>>{};
  if (!is_conjunction_of_equalities(step.on.front(), pairs))
    return;
  const auto column_of = [&](std::uint32_t instance, const std::string& name) {
    const auto* table = out_.instances[instance].table;
    const auto* column = table->find_column(name);
    return column ? out_.instances[instance].columns[static_cast<std::size_t>(
             column - table->columns.data())]
                  : plan::no_column;
  };
  for (std::size_t l = 0; l < aliases; ++l) {
    const auto left = both.aliases[l].instance;
    if (left == none)
      continue;
    for (const auto& relation : out_.instances[left].table->relations) {
      if (!same_name(relation.to, out_.instances[right].table->name)
          || relation.match.size() != pairs.size())
        continue;
      const auto matches = std::all_of(
        relation.match.begin(), relation.match.end(), [&](const auto& m) {
          const auto a = column_of(left, m.first);
          const auto b = column_of(right, m.second);
          return std::any_of(pairs.begin(), pairs.end(), [&](const auto& p) {
            return (p.first == a && p.second == b)
                   || (p.first == b && p.second == a);
          });
        });
      if (!matches)
        continue;
      spellings_->joins.push_back({right,
                                   both.aliases[l].name,
                                   &relation,
                                   {{where, "", 1}},
                                   true,
                                   false});
      return;
    }
  }
}

// SELECT and AGGREGATE leave of joined columns only what they name.
void resolver::note_end(const std::vector<scope_alias>& ended) {
  for (auto& join : spellings_->joins)
    for (const auto& alias : ended)
      if (alias.instance == join.instance)
        join.ended = true;
}

// DATE '2024-01-31' beside a DATE column is '2024-01-31'.
void resolver::note_date(const plan::value& column, const expr& literal) {
  if (column.form == plan::value::kind::column
      && column.type == plan::data_type::date
      && literal.kind == expr_kind::date)
    spellings_->names.push_back({literal.where, print_text(literal.text), 1});
}

} // namespace aura::dsl
