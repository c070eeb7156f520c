#include "kernels/dsl/judge.hpp"

#include "kernels/base/utf8.hpp"
#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/scope.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <array>

namespace aura::dsl {

namespace {

using kind = function_shape::kind;

bool contains(const std::vector<std::string>& xs, std::string_view x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

} // namespace

judge::judge(const view_cache& views, const vocabulary_in_scope& words,
             const unfinished& what)
  : views_{views}, words_{words}, what_{what} {
}

std::size_t judge::first_frame() const {
  return pipelines_.empty() ? 0 : pipelines_.back().frames;
}

const view* judge::names() const {
  return pipelines_.empty() ? nullptr : pipelines_.back().names.get();
}

std::string judge::text_of(std::size_t start, std::size_t end) const {
  auto result = std::string{};
  if (start >= lets_end_)
    result = what_.source.substr(0, lets_end_);
  while (end > start && what_.source[end - 1] == ' ')
    --end;
  result += what_.source.substr(start, end - start);
  return result;
}

bool judge::resolves(std::size_t start, std::size_t end) const {
  return views_.after(text_of(start, end)) != nullptr;
}

bool judge::may_reach(std::string_view table) const {
  return words_.tables.empty() || contains(words_.tables, table);
}

std::optional<judge::place> judge::follow(const std::vector<name>& path,
                                          std::size_t count) const {
  const auto* view = names();
  if (!view || count == 0)
    return std::nullopt;
  auto result = std::optional<place>{};
  for (const auto& t : view->names.tables)
    if (t.alias == path[0].text)
      result = place{t.table, t.alias};
  for (const auto& c : view->names.columns)
    if (!result && !c.alias.empty() && c.alias == path[0].text)
      result = place{nullptr, c.alias};
  if (!result) {
    for (const auto& t : view->names.tables) {
      const auto* r = t.table ? t.table->find_relation(path[0].text) : nullptr;
      if (!r || r->name != path[0].text)
        continue;
      if (result || !may_reach(r->to))
        return std::nullopt;
      result = place{views_.domain().find_table(r->to), {}};
    }
  }
  for (std::size_t i = 1; result && i < count; ++i) {
    const auto* r
      = result->table ? result->table->find_relation(path[i].text) : nullptr;
    if (!r || r->name != path[i].text || !may_reach(r->to))
      return std::nullopt;
    result = place{views_.domain().find_table(r->to), {}};
  }
  return result;
}

// Whether the path is a column in scope, not one that a relation leads to.
bool judge::is_own(const std::vector<name>& path) const {
  if (path.size() == 1)
    return true;
  const auto at = follow(path, path.size() - 1);
  return at && !at->alias.empty();
}

std::optional<column_meaning>
judge::find_column(const std::vector<name>& path) const {
  const auto* view = names();
  if (!view || path.empty())
    return std::nullopt;
  const auto& last = path.back().text;
  const auto& columns = view->names.columns;
  const auto at = path.size() > 1 ? follow(path, path.size() - 1)
                                  : std::optional<place>{place{}};
  if (!at)
    return std::nullopt;
  if (path.size() > 1 && at->alias.empty()) {
    const auto* c = at->table ? at->table->find_column(last) : nullptr;
    if (!c || c->name != last)
      return std::nullopt;
    return column_meaning{class_of(c->type), c};
  }
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].name == last
        && (path.size() == 1 ? view->unique[i] : columns[i].alias == at->alias))
      return column_meaning{class_of(columns[i].type), columns[i].origin};
  return std::nullopt;
}

classes judge::find_query(const expr& x) const {
  if (!x.query)
    return no_class;
  const auto where = x.query->where;
  const auto inner = views_.after(text_of(where.start, where.end));
  return inner && inner->names.columns.size() == 1
           ? class_of(inner->names.columns.front().type)
           : no_class;
}

bool judge::takes_table(const name& x) {
  if (contains(lets_, x.text))
    return source_fits(x.text);
  const auto* t = views_.domain().find_table(x.text);
  return t && t->name == x.text && may_reach(t->name) && source_fits(x.text);
}

bool judge::takes_fresh_name(const name& x) {
  if (x.text.empty() || valid_utf8(x.text) != x.text.size())
    return false;
  // Backticks where they are needed, and nowhere else.
  const auto bytes = std::string_view{what_.source}.substr(
    x.where.start, x.where.end - x.where.start);
  if (bytes != spell_name(x.text))
    return false;
  // A LET may not hide a table, a RENAME no column.
  if (pipelines_.empty())
    return !views_.domain().find_table(x.text) && !contains(lets_, x.text);
  auto& here = pipelines_.back();
  const auto* f = top();
  const auto same
    = [&](std::string_view y) { return schema::same_name(x.text, y); };
  const auto free = std::none_of(here.taken.begin(), here.taken.end(), same);
  if (f && f->what == slot::shared) {
    if (!free || !is_shared(x.text))
      return false;
    here.taken.push_back(x.text);
    return true;
  }
  if (f && f->what == slot::column && here.word == "RENAME") {
    // A name that exists may be had once its column is renamed as well.
    if (std::any_of(here.made.begin(), here.made.end(), same))
      return false;
    here.made.push_back(x.text);
    return may_come_free(x.text);
  }
  if (frames.size() > here.frames || !here.names)
    return true;
  // A name of rows, or one of those that UNPIVOT makes.
  if (here.word == "UNPIVOT") {
    if (!free)
      return false;
    here.taken.push_back(x.text);
    return true;
  }
  return here.word == "AS" || here.word == "UNION" || here.word == "INTERSECT"
         || here.word == "EXCEPT"
         || std::none_of(here.names->aliases.begin(), here.names->aliases.end(),
                         [&](const auto& a) {
                           return schema::same_name(a, spell_name(x.text));
                         });
}

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

bool judge::takes_operand(const expr& x) {
  switch (x.kind) {
  case expr_kind::column: {
    return find_column(x.path).has_value()
           && (!takes_own_only() || is_own(x.path));
  }
  case expr_kind::integer:
  case expr_kind::real:
  case expr_kind::duration:
    return number_fits(x.text);
  case expr_kind::text:
  case expr_kind::date:
  case expr_kind::timestamp:
    return text_fits(x.text);
  default:
    return true;
  }
}

bool judge::takes_call(std::string_view function) {
  const auto* f = find_shape(function);
  return f && function_fits(*f);
}

bool judge::takes_argument(const expr& call) {
  const auto* f = find_shape(call.text);
  return f && argument_letter(*f, call.arguments.size()) != '\0'
         && (!call.distinct || f->name == "STRING_AGG");
}

bool judge::takes_clause(std::string_view clause, const expr& call) {
  const auto* f = find_shape(call.text);
  if (!f || f->what != kind::aggregate || call.arguments.size() > 2)
    return false;
  if (clause == "DISTINCT")
    return f->name == "COUNT" || f->name == "STRING_AGG";
  return call.arguments.size() >= f->least
         && (clause == "WHERE"
             || (f->name == "STRING_AGG" && call.sort.empty()));
}

bool judge::may_close(const expr& call) {
  const auto* f = find_shape(call.text);
  return f && call.arguments.size() >= f->least;
}

bool judge::takes_cast(const expr& x, std::string_view type) {
  const auto from = class_of(x, *this);
  const auto to = type == "INTEGER"   ? integer_class
                  : type == "REAL"    ? real_class
                  : type == "TEXT"    ? text_class
                  : type == "BOOLEAN" ? boolean_class
                  : type == "DATE"    ? date_class
                                      : timestamp_class;
  if (from == no_class || !fits(to, wanted_operand()))
    return false;
  if (type == "DATE" || type == "TIMESTAMP")
    return from & (time_classes | text_class);
  if (type == "BOOLEAN")
    return from & (number_classes | text_class | boolean_class);
  return type == "TEXT"
         || (from & (number_classes | text_class | boolean_class));
}

bool judge::takes_operator(std::string_view op, const expr& left, int least) {
  return operator_fits(op, class_of(left, *this), least);
}

bool judge::takes_count(std::string_view digits) {
  return number_fits(digits);
}

void judge::frame_begins(std::int64_t from) {
  pipelines_.back().frame_start = from;
}

bool judge::takes_period(const dsl::period& x) {
  return x.form != period::kind::literal || text_fits(x.text);
}

bool judge::ends(const expr& x) {
  const auto type = class_of(x, *this);
  const auto* f = top();
  if (!f || !fits(type, wanted()))
    return false;
  if (f->what == slot::window)
    return has_call_over_rows(x);
  if (f->what == slot::sort_key && frames.size() == first_frame() + 1) {
    auto& here = pipelines_.back();
    ++here.sort_keys;
    here.sort_type = type;
  }
  // Nothing is ordered by a constant, and no group is made by one.
  if (f->what == slot::sort_key || f->what == slot::key)
    if (x.kind <= expr_kind::timestamp
        || (x.kind == expr_kind::unary
            && x.arguments.front().kind <= expr_kind::timestamp))
      return false;
  if (f->what == slot::column) {
    // None twice.
    auto& here = pipelines_.back();
    const auto column = own_column(x.path);
    if (!column || !may_take(*column, type))
      return false;
    here.edited.push_back(*column);
    if (here.word == "UNPIVOT")
      here.unpivoted = type;
    return true;
  }
  if (f->what == slot::pivot_column) {
    const auto column = find_column(x.path);
    return column && has_literal(type, column->origin);
  }
  if (f->what == slot::pivot_cell) {
    const auto& literal = x.kind == expr_kind::unary ? x.arguments.front() : x;
    return literal.kind <= expr_kind::timestamp
           && literal.kind != expr_kind::null;
  }
  if (f->what == slot::pivoted)
    return x.kind == expr_kind::call && has_call_over_rows(x);
  if (f->what != slot::argument)
    return true;
  const auto* shape = find_shape(f->word);
  switch (shape ? argument_letter(*shape, f->before->size()) : '\0') {
  case 'L':
    return x.kind == expr_kind::integer || x.kind == expr_kind::unary;
  case 'p':
    return (x.kind == expr_kind::integer || x.kind == expr_kind::real)
           && is_share(x.text);
  case 'U':
  case 'F':
    return x.kind == expr_kind::text;
  case 'w':
    return x.kind == expr_kind::duration || x.kind == expr_kind::integer
           || x.kind == expr_kind::real;
  default:
    return true;
  }
}

bool judge::ends_items(slot where, const std::vector<item>& items) {
  auto& here = pipelines_.back();
  const auto& last = items.back();
  if (where == slot::pivot_cell) {
    const auto cell = last.alias ? last.alias->text : last.value.text;
    if (contains(here.taken, cell))
      return false;
    here.taken.push_back(cell);
    return true;
  }
  if (where == slot::window)
    here.framed = here.framed || may_have_frame(last.value);
  const auto text = last.alias ? last.alias->text : default_name(last.value);
  if (text.empty())
    return false;
  const auto same
    = [&](std::string_view x) { return schema::same_name(x, text); };
  if (std::any_of(here.taken.begin(), here.taken.end(), same))
    return false;
  if ((where == slot::extended || where == slot::window) && here.names)
    for (const auto& c : here.names->names.columns)
      if (same(c.name))
        return false;
  here.taken.push_back(text);
  // Later items of EXTEND see earlier ones.
  if (where == slot::extended) {
    const auto end
      = std::max(last.value.where.end, last.alias ? last.alias->where.end : 0);
    if (what_.read > end)
      here.names = views_.after(text_of(here.start, end));
  }
  return here.names != nullptr;
}

void judge::pipeline_begins(std::size_t at) {
  auto fresh = open_pipeline{};
  fresh.start = fresh.stage = at;
  fresh.frames = frames.size();
  pipelines_.push_back(std::move(fresh));
}

bool judge::stage_begins(std::size_t at) {
  auto& here = pipelines_.back();
  const auto start = here.start;
  const auto first = here.frames;
  here = open_pipeline{};
  here.start = start;
  here.frames = first;
  here.stage = at;
  here.names = views_.after(text_of(start, at));
  // The operator, by its first word.
  auto rest = what_.source.substr(at);
  rest.remove_prefix(std::min<std::size_t>(rest.size(), 3));
  here.word = rest.substr(0, rest.find(' '));
  return here.names != nullptr;
}

bool judge::joins(const join& x) {
  auto& here = pipelines_.back();
  here.left_columns = here.names ? here.names->names.columns.size() : 0;
  here.names = views_.after(
    text_of(here.start, here.stage) + " |> CROSS JOIN "
    + std::string{what_.source.substr(
      x.other.where.start, x.other.where.end - x.other.where.start)});
  return here.names != nullptr;
}

bool judge::pipeline_ends(std::size_t at) {
  ended_start_ = pipelines_.back().start;
  ended_at_ = at;
  ended_is_operand_ = false;
  pipelines_.pop_back();
  // At the end of the input, symbol() asks when it has to know.
  return at == what_.read || resolves(ended_start_, at);
}

bool judge::operand_pipeline_ends() {
  ended_is_operand_ = true;
  return ended_at_ == what_.read || ended_fits();
}

// Whether the pipeline that ended last can be closed.
bool judge::ended_fits() const {
  const auto text = text_of(ended_start_, ended_at_);
  const auto inner = views_.after(text);
  if (!inner)
    return false;
  if (!ended_is_operand_) {
    if (has_duplicates(*inner))
      return false;
    // A pipeline in parentheses is what its operator takes.
    if (pipelines_.empty() || ended_start_ <= pipelines_.back().start)
      return true;
    const auto& here = pipelines_.back();
    return here.stage == here.start
           || (here.word != "UNION" && here.word != "INTERSECT"
               && here.word != "EXCEPT")
           || views_.after(text_of(here.start, ended_at_) + ")") != nullptr;
  }
  if (inner->names.columns.size() != 1)
    return false;
  const auto type = class_of(inner->names.columns.front().type);
  const auto* f = top();
  if (f && f->what == slot::member)
    return fits(type, wanted());
  // One row by construction: the resolver knows.
  const auto& tables = views_.domain().tables;
  if (tables.empty() || !fits(type, wanted_operand()))
    return false;
  const auto lets = std::string{what_.source.substr(0, lets_end_)};
  return views_.after(lets + "SOURCE " + spell_name(tables.front().name)
                      + " |> SELECT ("
                      + std::string{what_.source.substr(
                        ended_start_, ended_at_ - ended_start_)}
                      + ") AS one")
         != nullptr;
}

void judge::let_ends(const let& x, std::size_t at) {
  lets_.push_back(x.name.text);
  lets_end_ = at;
}

} // namespace aura::dsl
