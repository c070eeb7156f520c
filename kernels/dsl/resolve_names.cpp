#include "kernels/base/nearest.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/resolver.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>

namespace aura::dsl {

using plan::column_id;
using plan::no_column;
using schema::same_name;

namespace {

std::string quoted(std::string_view name) {
  return "`" + std::string{name} + "`";
}

std::string joined(const std::vector<std::string>& names, const char* between) {
  auto result = std::string{};
  for (const auto& name : names)
    result += (result.empty() ? "" : between) + quoted(name);
  return result;
}

std::string spelled(const std::vector<name>& path) {
  auto result = std::string{};
  for (const auto& part : path)
    result += (result.empty() ? "" : ".") + spell_name(part.text);
  return result;
}

std::string joined_name(std::string_view prefix, std::string_view name) {
  return spell_name(prefix) + "." + spell_name(name);
}

} // namespace

column_id resolver::new_column(std::string name, const plan::value& from) {
  auto column = plan::column{};
  column.name = std::move(name);
  column.type = from.type;
  column.format = from.format;
  column.nullable = from.nullable;
  if (from.form == plan::value::kind::column && from.column != no_column)
    column.origin = out_.columns[from.column].origin;
  out_.columns.push_back(std::move(column));
  return static_cast<column_id>(out_.columns.size() - 1);
}

column_id resolver::instance_column(std::uint32_t instance, std::size_t index) {
  auto& owner = out_.instances[instance];
  if (owner.columns[index] != no_column)
    return owner.columns[index];
  const auto& declared = owner.table->columns[index];
  auto column = plan::column{};
  column.name = declared.name;
  column.type = plan::from_schema(declared.type);
  column.format = declared.format;
  // The row that a path leads to may not exist.
  column.nullable = declared.nullable || owner.parent != plan::instance::none;
  column.origin = &declared;
  out_.columns.push_back(std::move(column));
  owner.columns[index] = static_cast<column_id>(out_.columns.size() - 1);
  return owner.columns[index];
}

std::uint32_t resolver::step_along(std::uint32_t instance,
                                   const schema::relation& relation) {
  for (std::uint32_t i = 0; i < out_.instances.size(); ++i)
    if (out_.instances[i].parent == instance
        && out_.instances[i].relation == &relation)
      return i;
  const auto* to = schema_.find_table(relation.to);
  if (!to)
    return plan::instance::none;
  const auto* from = out_.instances[instance].table;
  // The columns that the step compares are needed on both sides.
  auto next = plan::instance{to, instance, &relation, {}};
  next.columns.assign(to->columns.size(), no_column);
  out_.instances.push_back(std::move(next));
  const auto made = static_cast<std::uint32_t>(out_.instances.size() - 1);
  for (const auto& [here, there] : relation.match) {
    const auto* a = from->find_column(here);
    const auto* b = to->find_column(there);
    if (!a || !b)
      continue;
    instance_column(instance,
                    static_cast<std::size_t>(a - from->columns.data()));
    instance_column(made, static_cast<std::size_t>(b - to->columns.data()));
  }
  return made;
}

bool resolver::has_column(const dsl::scope& s, std::string_view name) const {
  return std::any_of(s.columns.begin(), s.columns.end(),
                     [&](const auto& x) { return same_name(x.name, name); });
}

column_id resolver::find(const expr& x, const context& c) {
  if (x.path.empty() || c.rows->scope.lost)
    return no_column;
  const auto id = x.path.size() == 1 ? find_visible(x, c) : find_path(x, c);
  if (spellings_ && id != no_column)
    note_column(x, c);
  return id;
}

std::optional<std::size_t> resolver::find_editable(const expr& x,
                                                   const context& c) {
  const auto& s = c.rows->scope;
  const auto id = find(x, c);
  if (id == no_column)
    return std::nullopt;
  for (std::size_t i = 0; i < s.columns.size(); ++i) {
    const auto& column = s.columns[i];
    if (column.id == id && same_name(column.name, x.path.back().text)
        && (x.path.size() == 1
            || (x.path.size() == 2 && column.alias != no_alias
                && same_name(s.aliases[column.alias].name,
                             x.path.front().text))))
      return i;
  }
  error("AUR-E0228", x.where,
        std::string{c.place} + " takes columns, not paths: " + print(x));
  return std::nullopt;
}

void resolver::note(span where, std::string text) {
  if (notes_)
    notes_->spellings.push_back({where, std::move(text)});
}

column_id resolver::find_visible(const expr& x, const context& c) {
  const auto& s = c.rows->scope;
  const auto& wanted = x.path.front().text;
  const scope_column* found = nullptr;
  auto several = false;
  for (const auto& column : s.columns) {
    if (!same_name(column.name, wanted))
      continue;
    several = found != nullptr;
    found = &column;
    if (several)
      break;
  }
  auto candidates = std::vector<std::string>{};
  for (std::size_t i = 0; several && i < s.columns.size(); ++i) {
    const auto& column = s.columns[i];
    if (!same_name(column.name, wanted))
      continue;
    if (column.alias != no_alias)
      candidates.push_back(
        joined_name(s.aliases[column.alias].name, column.name));
    else
      candidates.push_back(spell_name(column.name));
  }
  if (candidates.size() > 1) {
    auto& d = error("AUR-E0203", x.where,
                    "column " + quoted(x.path.front().text) + " is one of "
                      + joined(candidates, ", "));
    for (const auto& candidate : candidates)
      d.fixes.push_back({x.where, candidate, 0.4});
    d.candidates = std::move(candidates);
    return no_column;
  }
  if (found) {
    note(x.where, spell_name(found->name));
    return found->id;
  }
  unknown_column(x, c);
  return no_column;
}

column_id resolver::find_path(const expr& x, const context& c) {
  const auto& s = c.rows->scope;
  const auto& head = x.path.front().text;
  for (std::uint32_t i = 0; i < s.aliases.size(); ++i) {
    if (!same_name(s.aliases[i].name, head))
      continue;
    if (x.path.size() > 2) {
      if (s.aliases[i].instance == plan::instance::none) {
        error("AUR-E0204", x.path[1].where,
              quoted(s.aliases[i].name)
                + " is not a declared table, so that no relation starts there");
        return no_column;
      }
      note(x.path.front().where, spell_name(s.aliases[i].name));
      const auto others = std::count_if(
        s.aliases.begin(), s.aliases.end(), [&](const auto& alias) {
          return same_name(alias.name, x.path[1].text)
                 || (alias.instance != plan::instance::none
                     && out_.instances[alias.instance].table->find_relation(
                       x.path[1].text));
        });
      if (others == 1)
        note({x.where.start, x.path[1].where.start}, "");
      return follow(s.aliases[i].instance, x, 1);
    }
    for (const auto& column : s.columns)
      if (column.alias == i && same_name(column.name, x.path[1].text)) {
        const auto alike = std::count_if(
          s.columns.begin(), s.columns.end(),
          [&](const auto& k) { return same_name(k.name, column.name); });
        if (alike == 1)
          note({x.where.start, x.path[1].where.start}, "");
        note(x.path.front().where, spell_name(s.aliases[i].name));
        note(x.path[1].where, spell_name(column.name));
        return column.id;
      }
    unknown_column(x, c);
    return no_column;
  }
  auto starts = std::vector<std::uint32_t>{};
  auto candidates = std::vector<std::string>{};
  for (const auto& alias : s.aliases)
    if (alias.instance != plan::instance::none
        && out_.instances[alias.instance].table->find_relation(head))
      starts.push_back(alias.instance);
  if (starts.size() == 1)
    return follow(starts.front(), x, 0);
  if (starts.size() > 1) {
    for (const auto& alias : s.aliases)
      if (std::find(starts.begin(), starts.end(), alias.instance)
          != starts.end())
        candidates.push_back(spell_name(alias.name) + "." + spelled(x.path));
    auto& d = error("AUR-E0203", x.where,
                    "path " + quoted(spelled(x.path)) + " is one of "
                      + joined(candidates, ", "));
    for (const auto& candidate : candidates)
      d.fixes.push_back({x.where, candidate, 0.4});
    d.candidates = std::move(candidates);
    return no_column;
  }
  for (const auto& alias : s.aliases) {
    candidates.push_back(alias.name);
    if (alias.instance != plan::instance::none)
      for (const auto& r : out_.instances[alias.instance].table->relations)
        candidates.push_back(r.name);
  }
  for (const auto& gone : s.former)
    if (std::any_of(
          gone.aliases.begin(), gone.aliases.end(), [&](const auto& alias) {
            return same_name(alias.name, head)
                   || (alias.instance != plan::instance::none
                       && out_.instances[alias.instance].table->find_relation(
                         head));
          })) {
      auto& d = error("AUR-E0204", x.path.front().where,
                      quoted(head) + " ended at " + gone.ended_by);
      d.related.push_back({gone.where, "here"});
      const auto bare = x.path.back().text;
      if (has_column(s, bare))
        d.fixes.push_back({x.where, spell_name(bare), 0.8});
      return no_column;
    }
  const auto near = nearest(head, candidates);
  auto& d = error("AUR-E0204", x.path.front().where,
                  quoted(head) + " is neither a table nor a relation in scope"
                    + (near.empty() ? "" : "; nearest is " + quoted(near)));
  if (!near.empty())
    d.fixes.push_back({x.path.front().where, spell_name(near), 0.8});
  else if (has_column(s, x.path.back().text))
    d.fixes.push_back({x.where, spell_name(x.path.back().text), 0.6});
  d.candidates = std::move(candidates);
  return no_column;
}

column_id resolver::follow(std::uint32_t instance, const expr& x,
                           std::size_t from) {
  for (auto i = from; i + 1 < x.path.size(); ++i) {
    const auto* table = out_.instances[instance].table;
    const auto* relation = table->find_relation(x.path[i].text);
    if (!relation) {
      auto names = std::vector<std::string>{};
      for (const auto& r : table->relations)
        names.push_back(r.name);
      const auto near = nearest(x.path[i].text, names);
      auto& d = error("AUR-E0204", x.path[i].where,
                      quoted(x.path[i].text) + " is not a relation of "
                        + quoted(table->name)
                        + (near.empty() ? "" : "; nearest is " + quoted(near)));
      if (!near.empty())
        d.fixes.push_back({x.path[i].where, spell_name(near), 0.8});
      d.candidates = std::move(names);
      return no_column;
    }
    note(x.path[i].where, spell_name(relation->name));
    instance = step_along(instance, *relation);
    if (instance == plan::instance::none) {
      error("AUR-E0204", x.path[i].where,
            "relation " + quoted(relation->name)
              + " leads to a table that is not declared: "
              + quoted(relation->to));
      return no_column;
    }
  }
  const auto* table = out_.instances[instance].table;
  if (const auto* column = table->find_column(x.path.back().text)) {
    note(x.path.back().where, spell_name(column->name));
    return instance_column(
      instance, static_cast<std::size_t>(column - table->columns.data()));
  }
  auto names = std::vector<std::string>{};
  for (const auto& column : table->columns)
    names.push_back(column.name);
  const auto near = nearest(x.path.back().text, names);
  auto& d = error("AUR-E0202", x.path.back().where,
                  "column " + quoted(x.path.back().text) + " is not in "
                    + quoted(table->name)
                    + (near.empty() ? "" : "; nearest is " + quoted(near)));
  if (!near.empty())
    d.fixes.push_back({x.path.back().where, spell_name(near), 0.8});
  d.candidates = std::move(names);
  return no_column;
}

} // namespace aura::dsl
