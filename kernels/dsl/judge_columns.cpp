#include "kernels/dsl/judge.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <array>

/// Which rows and columns an operator may still take: those that a list has
/// not named yet, that both sides of a JOIN have, that a set operator matches.
namespace aura::dsl {

namespace {

bool contains(const std::vector<std::string>& xs, std::string_view x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

} // namespace

// Whether the column of this name, if there is one, may still be renamed by
// the RENAME at hand.
bool judge::may_come_free(std::string_view x) const {
  const auto& here = pipelines_.back();
  const auto& columns = here.names->names.columns;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (schema::same_name(columns[i].name, x) && i != here.edited.back()
        && (!here.names->unique[i] || !may_take(i, value_classes))
        && std::find(here.edited.begin(), here.edited.end(), i)
             == here.edited.end())
      return false;
  return true;
}

// Whether exactly one column of each side of the JOIN is called so.
bool judge::is_shared(std::string_view x) const {
  const auto* view = names();
  if (!view)
    return false;
  const auto& here = pipelines_.back();
  auto sides = std::array<int, 2>{};
  auto types = std::array<classes, 2>{};
  const auto& columns = view->names.columns;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (schema::same_name(columns[i].name, x)) {
      const auto side = i < here.left_columns ? 0u : 1u;
      ++sides[side];
      types[side] = class_of(columns[i].type);
    }
  return sides[0] == 1 && sides[1] == 1 && (comparable(types[0]) & types[1]);
}

// Whether columns here are those in scope, and none that paths lead to.
bool judge::takes_own_only() const {
  for (auto i = first_frame(); i < frames.size(); ++i)
    if (frames[i].what == slot::join_on || frames[i].what == slot::column)
      return true;
  return false;
}

bool judge::has_duplicates(const view& x) {
  return std::find(x.unique.begin(), x.unique.end(), false) != x.unique.end();
}

// Whether the rows of `x`, a table or LET, fit where the parser is. Those of a
// set operator have the columns of the left.
bool judge::source_fits(const std::string& x) const {
  if (pipelines_.empty())
    return true;
  const auto& here = pipelines_.back();
  if (!here.names || here.stage == here.start
      || (here.word != "UNION" && here.word != "INTERSECT"
          && here.word != "EXCEPT"))
    return true;
  return views_.after(text_of(here.start, here.stage) + " |> "
                      + std::string{here.word} + " " + spell_name(x))
         != nullptr;
}

// Whether a comma makes sense where columns are listed.
bool judge::takes_more() const {
  if (pipelines_.empty())
    return true;
  const auto& here = pipelines_.back();
  const auto* f = top();
  if (f && f->what == slot::shared)
    return std::any_of(here.names->names.columns.begin(),
                       here.names->names.columns.end(), [&](const auto& c) {
                         return is_shared(c.name)
                                && !contains(here.taken, c.name);
                       });
  const auto edits = here.word == "DROP" || here.word == "RENAME"
                     || here.word == "SET" || here.word == "UNPIVOT";
  if (frames.size() > here.frames || !edits || !here.names)
    return true;
  const auto n = here.names->names.columns.size();
  // DROP leaves a column.
  if (here.word == "DROP" && here.edited.size() + 1 >= n)
    return false;
  for (std::size_t i = 0; i < n; ++i)
    if (may_take(i, class_of(here.names->names.columns[i].type)))
      return true;
  return false;
}

// The column in scope that `path` names, by its place.
std::optional<std::size_t>
judge::own_column(const std::vector<name>& path) const {
  const auto* view = names();
  if (!view || path.empty())
    return std::nullopt;
  const auto at = path.size() > 1 ? follow(path, path.size() - 1)
                                  : std::optional<place>{place{}};
  if (!at || (path.size() > 1 && at->alias.empty()))
    return std::nullopt;
  const auto& columns = view->names.columns;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].name == path.back().text
        && (path.size() == 1 ? view->unique[i] : columns[i].alias == at->alias))
      return i;
  return std::nullopt;
}

// Whether an operator that edits columns may still edit this one.
bool judge::may_take(std::size_t column, classes type) const {
  const auto& here = pipelines_.back();
  if (std::find(here.edited.begin(), here.edited.end(), column)
      != here.edited.end())
    return false;
  return here.word != "UNPIVOT" || here.unpivoted == no_class
         || (comparable(here.unpivoted) & type);
}

// Whether a column of these rows, or one that a path from them leads to, has a
// type that fits.
bool judge::alias_leads(const std::string& alias, classes type) const {
  const auto* view = names();
  const auto edits = top() && top()->what == slot::column;
  const auto& columns = view->names.columns;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].alias == alias && fits(class_of(columns[i].type), type)
        && (!edits || may_take(i, class_of(columns[i].type))))
      return true;
  if (takes_own_only())
    return false;
  for (const auto& t : view->names.tables)
    if (t.alias == alias && t.table)
      for (const auto& r : t.table->relations)
        if (const auto* to = views_.domain().find_table(r.to);
            to && may_reach(r.to) && leads_to(*to, type, 3))
          return true;
  return false;
}

} // namespace aura::dsl
