#include "kernels/dsl/judge.hpp"

#include "kernels/base/utf8.hpp"
#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/scope.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>

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
  if (const auto* key = path.size() == 1 ? find_awaited(last) : nullptr)
    return column_meaning{key->type, nullptr};
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

bool judge::takes_operand(const expr& x) {
  switch (x.kind) {
  case expr_kind::column:
    if (may_name_key())
      return takes_bare(x);
    return find_column(x.path).has_value()
           && (!takes_own_only() || is_own(x.path));
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
  const auto letter = f ? argument_letter(*f, call.arguments.size()) : '\0';
  // Literals that are not there cannot be written.
  if ((letter == 'L' && !has_number(true)) || (letter == 'p' && !has_share()))
    return false;
  return letter != '\0' && (!call.distinct || f->name == "STRING_AGG");
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
  // NULL is no side of an equality.
  if (left.kind == expr_kind::null && (op == "==" || op == "!="))
    return false;
  if (!narrow(left, left_of(op)))
    return false;
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
  if (!f || !fits(type, wanted()) || !narrow(x, wanted())
      || !narrow_beside(*f, type))
    return false;
  if (f->what == slot::window || f->what == slot::aggregate)
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
  if (!keys_fit(where, last))
    return false;
  // Later items of EXTEND see earlier ones.
  if (where == slot::extended) {
    const auto end
      = std::max(last.value.where.end, last.alias ? last.alias->where.end : 0);
    if (what_.read > end)
      here.names = views_.after(text_of(here.start, end));
  }
  return here.names != nullptr;
}

} // namespace aura::dsl
