#include "kernels/skeleton/productions.hpp"

#include "kernels/dsl/functions.hpp"
#include "kernels/dsl/words.hpp"
#include "kernels/skeleton/walk.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <variant>

namespace aura::skeleton {

namespace {

using dsl::expr_kind;
using dsl::unit;

constexpr auto literals = std::to_array<std::pair<expr_kind, const char*>>(
  {{expr_kind::null, "NULL"},
   {expr_kind::boolean, "boolean"},
   {expr_kind::integer, "integer"},
   {expr_kind::real, "real"},
   {expr_kind::text, "text"},
   {expr_kind::date, "DATE"},
   {expr_kind::timestamp, "TIMESTAMP"},
   {expr_kind::parameter, "parameter"},
   {expr_kind::scalar_query, "(query)"}});

constexpr auto tests = std::to_array<std::pair<expr_kind, const char*>>(
  {{expr_kind::is_null, "IS NULL"},
   {expr_kind::in_list, "IN"},
   {expr_kind::in_query, "IN (query)"},
   {expr_kind::between, "BETWEEN"},
   {expr_kind::like, "LIKE"},
   {expr_kind::during, "DURING"}});

constexpr auto joins
  = std::to_array<const char*>({"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN",
                                "CROSS JOIN", "SEMI JOIN", "ANTI JOIN"});

constexpr auto sets
  = std::to_array<const char*>({"UNION", "INTERSECT", "EXCEPT"});

constexpr auto directions
  = std::to_array<const char*>({"LAST", "THIS", "NEXT"});

std::string with_unit(std::string_view word, unit x) {
  return std::string{word} + " " + std::string{dsl::to_string(x)};
}

template <class Table>
const char* find(const Table& table, expr_kind kind) {
  for (const auto& [known, name] : table)
    if (known == kind)
      return name;
  return nullptr;
}

/// The functions whose last argument is the name of a unit.
bool names_unit(std::string_view function) {
  return function == "TRUNC" || function == "DATE_DIFF"
         || function == "DATE_ADD";
}

class counter {
public:
  counter(const dsl::query& whole, std::map<std::string, std::size_t>& into)
    : whole_{whole}, into_{into} {
  }

  void operator()(const dsl::expr& x) {
    if (const auto* name = find(literals, x.kind))
      return see(name);
    if (const auto* name = find(tests, x.kind))
      return see((x.negated ? "NOT " : "") + std::string{name});
    switch (x.kind) {
    case expr_kind::column:
      return see(x.path.size() == 1
                   ? "column"
                   : "path of " + std::to_string(x.path.size()));
    case expr_kind::duration:
      return see(with_unit("duration", x.unit));
    case expr_kind::unary:
      return see(x.text == "-" ? "unary -" : x.text);
    case expr_kind::case_when:
      return see(x.arguments.size() % 2 == 1 ? "CASE ELSE" : "CASE");
    case expr_kind::cast:
      return see("CAST AS " + x.text);
    case expr_kind::call:
      return call(x);
    default:
      return see(x.text);
    }
  }

  void operator()(const dsl::period& x) {
    using kind = dsl::period::kind;
    switch (x.form) {
    case kind::literal:
      return see(x.text.size() == 4      ? "period year"
                 : x.text.size() == 10   ? "period day"
                 : x.text.find('Q') == 5 ? "period quarter"
                                         : "period month");
    case kind::today:
      return see("period TODAY");
    case kind::yesterday:
      return see("period YESTERDAY");
    case kind::calendar:
      return see(with_unit("period " + direction(x), x.unit));
    case kind::rolling:
      return see(with_unit("period " + direction(x) + " n", x.unit));
    case kind::range:
      return see("period TO");
    }
  }

  void operator()(const dsl::reference& x) {
    if (x.alias)
      see("source AS");
    const auto* name = std::get_if<dsl::name>(&x.source);
    if (!name)
      return see("source (query)");
    const auto is_let
      = std::any_of(whole_.lets.begin(), whole_.lets.end(),
                    [&](const auto& let) { return let.name == *name; });
    see(is_let ? "source LET" : "source table");
  }

  void operator()(const dsl::stage& x) {
    std::visit([this](const auto& what) { parts(what); }, x.what);
  }

  void operator()(const auto&) {
  }

  void see(std::string name) {
    ++into_[std::move(name)];
  }

private:
  static std::string direction(const dsl::period& x) {
    return directions[static_cast<std::size_t>(x.direction + 1)];
  }

  void call(const dsl::expr& x) {
    see(x.text);
    if (x.distinct)
      see(x.text + " DISTINCT");
    if (!x.condition.empty())
      see(x.text + " WHERE");
    if (!x.sort.empty())
      see(x.text + " SORT");
    keys(x.sort);
    if (names_unit(x.text) && !x.arguments.empty())
      see(x.text + " " + dsl::upper(x.arguments.back().text));
  }

  void keys(const std::vector<dsl::sort_key>& all) {
    for (const auto& key : all) {
      see(key.descending ? "key DESC" : "key ASC");
      if (key.nulls != dsl::nulls::unspecified)
        see(key.nulls == dsl::nulls::first ? "key NULLS FIRST"
                                           : "key NULLS LAST");
    }
  }

  void parts(const dsl::filter&) {
    see("FILTER");
  }
  void parts(const dsl::select&) {
    see("SELECT");
  }
  void parts(const dsl::extend&) {
    see("EXTEND");
  }
  void parts(const dsl::drop&) {
    see("DROP");
  }
  void parts(const dsl::rename&) {
    see("RENAME");
  }
  void parts(const dsl::set&) {
    see("SET");
  }
  void parts(const dsl::aggregate& x) {
    see(x.keys.empty() ? "AGGREGATE" : "AGGREGATE BY");
  }
  void parts(const dsl::sort& x) {
    see("SORT");
    keys(x.keys);
  }
  void parts(const dsl::limit& x) {
    see(x.offset ? "LIMIT OFFSET" : "LIMIT");
  }
  void parts(const dsl::distinct&) {
    see("DISTINCT");
  }
  void parts(const dsl::top& x) {
    see(x.per.empty() ? "TOP" : "TOP PER");
    if (x.with_ties)
      see("TOP WITH TIES");
    keys(x.by);
  }
  void parts(const dsl::rename_rows&) {
    see("AS");
  }
  void parts(const dsl::join& x) {
    see(joins[static_cast<std::size_t>(x.how)]);
    if (x.how != dsl::join::kind::cross)
      see(x.on                      ? "JOIN ON"
          : x.using_columns.empty() ? "JOIN by relation"
                                    : "JOIN USING");
  }
  void parts(const dsl::set_operation& x) {
    see(std::string{sets[static_cast<std::size_t>(x.how)]}
        + (x.all ? " ALL" : ""));
  }
  void parts(const dsl::window& x) {
    using kind = dsl::frame::kind;
    see("WINDOW");
    if (!x.per.empty())
      see("WINDOW PER");
    if (!x.sort.empty())
      see("WINDOW SORT");
    keys(x.sort);
    if (!x.frame)
      return;
    switch (x.frame->how) {
    case kind::running:
      return see("RUNNING");
    case kind::rolling_rows:
      return see("ROLLING n");
    case kind::rolling_time:
      return see(with_unit("ROLLING", x.frame->unit));
    case kind::rows:
      return see("ROWS");
    }
  }
  void parts(const dsl::pivot& x) {
    see(x.keys.empty() ? "PIVOT" : "PIVOT BY");
  }
  void parts(const dsl::unpivot&) {
    see("UNPIVOT");
  }

  const dsl::query& whole_;
  std::map<std::string, std::size_t>& into_;
};

} // namespace

void count_productions(const dsl::query& x,
                       std::map<std::string, std::size_t>& into) {
  auto count = counter{x, into};
  if (!x.lets.empty())
    count.see("LET");
  walk(x, count);
}

std::vector<std::string> every_production() {
  auto all = std::vector<std::string>{"LET",
                                      "source table",
                                      "source LET",
                                      "source (query)",
                                      "source AS",
                                      "FILTER",
                                      "SELECT",
                                      "EXTEND",
                                      "DROP",
                                      "RENAME",
                                      "SET",
                                      "AGGREGATE",
                                      "AGGREGATE BY",
                                      "SORT",
                                      "LIMIT",
                                      "LIMIT OFFSET",
                                      "DISTINCT",
                                      "TOP",
                                      "TOP PER",
                                      "TOP WITH TIES",
                                      "AS",
                                      "JOIN ON",
                                      "JOIN USING",
                                      "JOIN by relation",
                                      "WINDOW",
                                      "WINDOW PER",
                                      "WINDOW SORT",
                                      "RUNNING",
                                      "ROLLING n",
                                      "ROWS",
                                      "PIVOT",
                                      "PIVOT BY",
                                      "UNPIVOT",
                                      "key ASC",
                                      "key DESC",
                                      "key NULLS FIRST",
                                      "key NULLS LAST",
                                      "column",
                                      "path of 2",
                                      "path of 3",
                                      "path of 4",
                                      "unary -",
                                      "NOT",
                                      "CASE",
                                      "CASE ELSE",
                                      "period year",
                                      "period quarter",
                                      "period month",
                                      "period day",
                                      "period TODAY",
                                      "period YESTERDAY",
                                      "period TO",
                                      "COUNT DISTINCT",
                                      "STRING_AGG DISTINCT",
                                      "STRING_AGG SORT"};
  for (const auto* symbol : {"*", "/", "//", "%", "+", "-", "||", "\?\?",
                             "==", "!=", "<", "<=", ">", ">=", "AND", "OR"})
    all.emplace_back(symbol);
  for (const auto& [kind, name] : literals)
    all.emplace_back(name);
  for (const auto& [kind, name] : tests) {
    all.emplace_back(name);
    all.push_back("NOT " + std::string{name});
  }
  for (const auto* name : joins)
    all.emplace_back(name);
  for (const auto* name : sets) {
    all.emplace_back(name);
    all.push_back(std::string{name} + " ALL");
  }
  for (const auto* type :
       {"INTEGER", "REAL", "TEXT", "BOOLEAN", "DATE", "TIMESTAMP"})
    all.push_back("CAST AS " + std::string{type});
  for (auto i = 0; i <= static_cast<int>(unit::year); ++i) {
    const auto u = static_cast<unit>(i);
    for (const auto* word : {"duration", "ROLLING", "TRUNC", "DATE_DIFF",
                             "DATE_ADD", "period LAST n", "period NEXT n"})
      all.push_back(with_unit(word, u));
    for (const auto* word : directions)
      all.push_back(with_unit("period " + std::string{word}, u));
  }
  for (const auto& f : dsl::functions()) {
    all.emplace_back(f.name);
    if (f.group == dsl::function_group::aggregate)
      all.push_back(std::string{f.name} + " WHERE");
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

} // namespace aura::skeleton
