#include "kernels/base/nearest.hpp"
#include "kernels/dsl/foreign_calls.hpp"
#include "kernels/dsl/resolver.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>

/// What is said of a name that means nothing where it stands.
namespace aura::dsl {

using schema::same_name;

namespace {

std::string quoted(std::string_view name) {
  return "`" + std::string{name} + "`";
}

std::string joined(const std::vector<std::string>& names) {
  auto result = std::string{};
  for (const auto& name : names)
    result += (result.empty() ? "" : ", ") + quoted(name);
  return result;
}

std::string joined_name(std::string_view prefix, std::string_view name) {
  return spell_name(prefix) + "." + spell_name(name);
}

} // namespace

std::vector<std::string> resolver::reachable(const dsl::scope& s,
                                             std::string_view column) const {
  struct place {
    const schema::table* table;
    std::string path;
  };
  auto result = std::vector<std::string>{};
  auto seen = std::vector<const schema::table*>{};
  auto layer = std::vector<place>{};
  for (const auto& alias : s.aliases)
    if (alias.instance != plan::instance::none) {
      const auto* table = out_.instances[alias.instance].table;
      const auto alone
        = std::count_if(s.aliases.begin(), s.aliases.end(), [](const auto& x) {
            return x.instance != plan::instance::none;
          });
      layer.push_back({table, alone > 1 ? spell_name(alias.name) + "." : ""});
      seen.push_back(table);
    }
  for (auto depth = 0; depth < 3 && result.empty(); ++depth) {
    auto next = std::vector<place>{};
    for (const auto& [table, path] : layer)
      for (const auto& r : table->relations) {
        const auto* to = schema_.find_table(r.to);
        if (!to)
          continue;
        const auto further = path + spell_name(r.name) + ".";
        if (const auto* found = to->find_column(column))
          result.push_back(further + spell_name(found->name));
        if (std::find(seen.begin(), seen.end(), to) == seen.end()) {
          seen.push_back(to);
          next.push_back({to, further});
        }
      }
    layer = std::move(next);
  }
  return result;
}

// A relation or an alias where a column is needed.
bool resolver::complain_about_a_table(const expr& x, const dsl::scope& s) {
  const auto& wanted = x.path.front().text;
  const schema::table* to = nullptr;
  auto what = std::string{};
  auto spelling = std::string{};
  for (const auto& alias : s.aliases) {
    if (alias.instance == plan::instance::none)
      continue;
    const auto* table = out_.instances[alias.instance].table;
    if (same_name(alias.name, wanted)) {
      what = " names rows, not a column";
      spelling = alias.name;
      to = table;
    } else if (const auto* relation = table->find_relation(wanted)) {
      what = " is a relation of " + quoted(table->name) + ", not a column";
      spelling = relation->name;
      to = schema_.find_table(relation->to);
    }
    if (to)
      break;
  }
  if (!to)
    return false;
  auto& d = error("AUR-E0202", x.where, quoted(spelling) + what);
  for (const auto& column : to->columns) {
    d.candidates.push_back(joined_name(spelling, column.name));
    // What people mean by a thing is most often its name.
    if (d.fixes.empty() && column.type == schema::type::text)
      d.fixes.push_back({x.where, d.candidates.back(), 0.5});
  }
  return true;
}

void resolver::unknown_column(const expr& x, const context& c) {
  const auto& s = c.rows->scope;
  const auto& wanted = x.path.back();
  auto names = std::vector<std::string>{};
  for (const auto& column : s.columns)
    names.push_back(column.name);
  // What stood here a moment ago explains more than what is spelled alike.
  const auto names_it
    = [&](const auto& k) { return same_name(k.name, wanted.text); };
  const auto gone
    = std::find_if(s.former.rbegin(), s.former.rend(), [&](const auto& f) {
        return std::any_of(f.columns.begin(), f.columns.end(), names_it);
      });
  if (gone != s.former.rend() && !has_column(s, wanted.text)) {
    const auto name
      = std::find_if(gone->columns.begin(), gone->columns.end(), names_it)
          ->name;
    const auto place = std::string_view{gone->ended_by};
    if (place == "RENAME" && !gone->fix_prefix.empty()) {
      auto& d
        = error("AUR-E0202", x.where,
                quoted(name) + " was renamed to " + quoted(gone->fix_prefix));
      d.related.push_back({gone->where, "here"});
      d.fixes.push_back({x.where, spell_name(gone->fix_prefix), 0.9});
      return;
    }
    auto advice = std::string{};
    if (place == "AGGREGATE" || place == "PIVOT")
      advice = "; add it to BY";
    else if (place == "SELECT")
      advice = "; add it to SELECT";
    auto& d
      = error("AUR-E0202", x.where,
              quoted(name) + " existed before " + std::string{place} + advice);
    d.related.push_back({gone->where, "here"});
    if (!advice.empty() && gone->fix_at != 0)
      d.fixes.push_back({{gone->fix_at, gone->fix_at},
                         gone->fix_prefix + spell_name(name),
                         0.8});
    d.candidates = std::move(names);
    return;
  }
  if (x.path.size() == 1 && complain_about_a_table(x, s))
    return;
  auto place = std::string{};
  for (const auto& alias : s.aliases)
    if (x.path.size() == 1 || same_name(alias.name, x.path.front().text))
      place += (place.empty() ? "" : ", ") + quoted(alias.name);
  auto message = "column " + quoted(wanted.text) + " is not in "
                 + (place.empty() ? "the rows here" : place);
  if (auto paths = reachable(s, wanted.text); !paths.empty()) {
    auto& d = error("AUR-E0202", x.where,
                    message + "; reachable as " + joined(paths));
    for (const auto& path : paths)
      d.fixes.push_back({x.where, path, paths.size() == 1 ? 0.9 : 0.4});
    d.candidates = std::move(paths);
    return;
  }
  for (const auto* outer : outer_)
    if (has_column(*outer, wanted.text)) {
      error("AUR-E0236", x.where,
            quoted(wanted.text)
              + " is a column around the subquery; correlated subqueries are "
                "not in version 1");
      return;
    }
  if (x.path.size() == 1) {
    if (const auto ours = foreign::our_value(wanted.text); !ours.empty()) {
      error("AUR-E0202", x.where,
            wanted.text + " is written " + std::string{ours})
        .fixes.push_back({x.where, std::string{ours}, 0.95});
      return;
    }
    // A value without its quotes.
    for (const auto& column : s.columns) {
      const auto* declared = out_.columns[column.id].origin;
      for (const auto& known :
           declared ? declared->values : std::vector<schema::declared_value>{})
        if (same_name(to_display(known.stored), wanted.text)) {
          auto& d = error("AUR-E0202", x.where,
                          message + "; it is a value of " + quoted(column.name)
                            + ", and a text stands in quotes");
          d.fixes.push_back({x.where, to_literal(known.stored), 0.85});
          return;
        }
    }
  }
  const auto near = nearest(wanted.text, names);
  if (!near.empty())
    message += "; nearest is " + quoted(near);
  auto& d = error("AUR-E0202", x.where, std::move(message));
  if (!near.empty())
    d.fixes.push_back({wanted.where, spell_name(near), 0.8});
  d.candidates = std::move(names);
}

} // namespace aura::dsl
