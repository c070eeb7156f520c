#include "kernels/dsl/grammar.hpp"

#include "kernels/base/value.hpp"
#include "kernels/dsl/functions.hpp"
#include "kernels/dsl/print_expression.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>

namespace aura::dsl {

namespace {

struct row {
  const char* name;
  const char* body;
  const char* heading = "";
};

// What is the same for every schema. `%…` is filled in.
constexpr auto table = std::to_array<row>({
  {"query", "let* pipeline", "Queries"},
  {"let", R"~("LET" _ new-name _ "=" _ pipeline ";" _)~"},
  {"pipeline", R"~("SOURCE" _ reference (_ "|>" _ operator)*)~"},
  {"reference", R"~((table | "(" pipeline ")") (_ "AS" _ new-name)?)~"},
  {"operator", R"~(filter | select | extend | drop | rename | set | aggregate |
     sort | limit | distinct | top | rename-rows | join | set-operation |
     window | pivot | unpivot)~",
   "Operators"},
  {"filter", R"~("FILTER" _ expression)~"},
  {"select", R"~("SELECT" _ items)~"},
  {"extend", R"~("EXTEND" _ items)~"},
  {"drop", R"~("DROP" _ columns)~"},
  {"rename", R"~("RENAME" _ renaming ("," _ renaming)*)~"},
  {"renaming", R"~(column _ "AS" _ new-name)~"},
  {"set", R"~("SET" _ assignment ("," _ assignment)*)~"},
  {"assignment", R"~(column _ "=" _ expression)~"},
  {"aggregate", R"~("AGGREGATE" _ items (_ "BY" _ items)?)~"},
  {"sort", R"~("SORT" _ sort-keys)~"},
  {"limit", R"~("LIMIT" _ count (_ "OFFSET" _ count)?)~"},
  {"distinct", R"~("DISTINCT")~"},
  {"top", R"~("TOP" _ count _ "BY" _ top-key ("," _ top-key)*
     (_ "PER" _ expressions)? (_ "WITH" _ "TIES")?)~"},
  {"rename-rows", R"~("AS" _ new-name)~"},
  {"join", R"~((join-kind _)? "JOIN" _ reference
     (_ "ON" _ expression | _ "USING" _ "(" using-columns ")")?
     | "CROSS" _ "JOIN" _ reference)~"},
  {"join-kind", R"~("LEFT" | "RIGHT" | "FULL" | "SEMI" | "ANTI")~"},
  {"using-columns", R"~(own-column ("," _ own-column)*)~"},
  {"set-operation",
   R"~(("UNION" | "INTERSECT" | "EXCEPT") _ ("ALL" _)? reference)~"},
  {"window", R"~("WINDOW" _ items (_ "PER" _ expressions)?
     (_ "SORT" _ sort-keys)? (_ frame)?)~"},
  {"frame", R"~("RUNNING" | "ROLLING" _ count (_ units)?
     | "ROWS" _ "-"? count _ "TO" _ "-"? count)~"},
  {"pivot", R"~("PIVOT" _ expression _ "FOR" _ path _ "IN" _
     "(" cell ("," _ cell)* ")" (_ "BY" _ items)?)~"},
  {"cell", R"~("-"? literal (_ "AS" _ new-name)?)~"},
  {"unpivot", R"~("UNPIVOT" _ new-name _ "FOR" _ new-name _ "IN" _
     "(" columns ")")~"},
  {"items", R"~(item ("," _ item)*)~", "Parts of operators"},
  {"item", R"~(expression (_ "AS" _ new-name)?)~"},
  {"expressions", R"~(expression ("," _ expression)*)~"},
  {"columns", R"~(column ("," _ column)*)~"},
  {"sort-keys", R"~(sort-key ("," _ sort-key)*)~"},
  {"sort-key", R"~(expression (_ "DESC")? (_ nulls)?)~"},
  {"top-key", R"~(expression _ ("ASC" | "DESC") (_ nulls)?)~"},
  {"nulls", R"~("NULLS" _ ("FIRST" | "LAST"))~"},
  // NULL is written out at each level, since it is no side of == and !=.
  {"expression", R"~(disjunction | "NULL")~", "Expressions"},
  {"disjunction", R"~(conjunction (_ "OR" _ (conjunction | "NULL"))*
     | "NULL" (_ "OR" _ (conjunction | "NULL"))+)~"},
  {"conjunction", R"~(negation (_ "AND" _ (negation | "NULL"))*
     | "NULL" (_ "AND" _ (negation | "NULL"))+)~"},
  {"negation", R"~("NOT" _ (negation | "NULL") | comparison)~"},
  {"comparison", R"~(value (_ ("==" | "!=") _ value | _ test)?
     | "NULL" _ test)~"},
  {"test", R"~(("<" | "<=" | ">" | ">=") _ (value | "NULL")
     | "IS" _ ("NOT" _)? "NULL"
     | ("NOT" _)? (membership | "LIKE" _ (value | "NULL") | range
     | "DURING" _ period))~"},
  {"membership", R"~("IN" _ "(" (expressions | pipeline) ")")~"},
  {"range", R"~("BETWEEN" _ (value | "NULL") _ "AND" _ (value | "NULL"))~"},
  {"value", R"~(joined (_ "??" _ (joined | "NULL"))*
     | "NULL" (_ "??" _ (joined | "NULL"))+)~"},
  {"joined", R"~(sum (_ "||" _ (sum | "NULL"))*
     | "NULL" (_ "||" _ (sum | "NULL"))+)~"},
  {"sum", R"~(product (_ ("+" | "-") _ (product | "NULL"))*
     | "NULL" (_ ("+" | "-") _ (product | "NULL"))+)~"},
  {"product", R"~(unary (_ factor (unary | "NULL"))*
     | "NULL" (_ factor (unary | "NULL"))+)~"},
  {"factor", R"~(("*" | "/" | "//" | "%") _)~"},
  {"unary", R"~("-" (operand | "NULL") | operand)~"},
  {"operand", R"~(literal | duration | parameter | path | call | case | cast
     | "(" (disjunction | pipeline) ")")~"},
  {"call", R"~(scalar-function "(" expressions? ")"
     | aggregate-function "(" aggregated? ")"
     | window-function "(" expressions? ")")~"},
  {"aggregated", R"~(("DISTINCT" _)? expressions (_ "WHERE" _ expression)?
     (_ "SORT" _ sort-keys)? | "WHERE" _ expression)~"},
  {"case", R"~("CASE" (_ "WHEN" _ expression _ "THEN" _ expression)+
     (_ "ELSE" _ expression)? _ "END")~"},
  {"cast", R"~("CAST" "(" expression _ "AS" _ type ")")~"},
  {"type",
   R"~("INTEGER" | "REAL" | "TEXT" | "BOOLEAN" | "DATE" | "TIMESTAMP")~"},
  {"scalar-function", "%scalar"},
  {"aggregate-function", "%aggregate"},
  {"window-function", "%window"},
  {"period", R"~(simple-period (_ "TO" _ simple-period)?)~", "Periods"},
  {"simple-period", R"~(period-text | "TODAY" | "YESTERDAY"
     | ("THIS" | "LAST" | "NEXT") _ unit | ("LAST" | "NEXT") _ count _ units)~"},
  {"unit", "%units"},
  {"units", R"~(unit "S"?)~"},
  {"period-text", R"~("'" (year | year "-" month | year "-Q" [1-4]
     | year-month-day) "'")~"},
  {"year-month-day", R"~(year "-" month "-" ("0" [1-9] | "1" [0-9] | "2" [0-8])
     | year "-" ("0" [13-9] | "1" [0-2]) "-" ("29" | "30")
     | year "-" ("0" [13578] | "1" [02]) "-31"
     | leap-year "-02-29")~"},
  {"year", "[0-9] [0-9] [0-9] [0-9]"},
  {"leap-year", R"~([0-9] [0-9] ("0" [48] | [2468] [048] | [13579] [26])
     | ([02468] [048] | [13579] [26]) "00")~"},
  {"month", R"~("0" [1-9] | "1" [0-2])~"},
  {"literal", R"~(number | text | "TRUE" | "FALSE" | "DATE" _ any-text
     | "TIMESTAMP" _ any-text)~",
   "Literals"},
  {"duration", "count _ units"},
  {"count", R"~("0" | [1-9] [0-9]{0,17})~"},
  {"number", R"~(("0" | [1-9] [0-9]*) ("." [0-9]+)? exponent?)~"},
  {"exponent", R"~([eE] [+-]? [0-9]+)~"},
  {"any-text", R"~("'" ([^'] | "''")* "'")~"},
  {"parameter", R"~("$" letter (letter | [0-9])*)~"},
});

// Names where no schema says what there is.
constexpr auto free_names = std::to_array<row>({
  {"table", "new-name", "Names"},
  {"path", R"~(path-name ("." path-name)*)~"},
  {"column", R"~((path-name ".")? path-name)~"},
  {"own-column", "new-name"},
});

std::string quoted(std::string_view x) {
  auto result = std::string{"\""};
  for (auto c : x) {
    if (c == '"' || c == '\\')
      result += '\\';
    result += c;
  }
  return result + '"';
}

std::string either(const std::set<std::string>& words) {
  auto result = std::string{};
  for (const auto& x : words)
    result += (result.empty() ? "" : " | ") + quoted(x);
  return result;
}

std::string functions_of(function_group group) {
  auto words = std::set<std::string>{};
  for (const auto& f : functions())
    if (f.group == group)
      words.emplace(f.name);
  return either(words);
}

std::string filled(std::string_view body) {
  if (body == "%scalar")
    return functions_of(function_group::scalar);
  if (body == "%aggregate")
    return functions_of(function_group::aggregate);
  if (body == "%window")
    return functions_of(function_group::window);
  if (body == "%units") {
    auto result = std::string{};
    for (auto u = 0; u <= static_cast<int>(unit::year); ++u)
      result
        += (u > 0 ? " | " : "") + quoted(to_string(static_cast<dsl::unit>(u)));
    return result;
  }
  return std::string{body};
}

// A rule name of its own for a table.
std::string paths_of(const schema::table& t, std::size_t index) {
  auto result = std::string{"path-"};
  for (auto c : t.name)
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      result += c;
    else if (c >= 'A' && c <= 'Z')
      result += static_cast<char>(c - 'A' + 'a');
    else
      result += '-';
  return result + "-" + std::to_string(index + 1);
}

// A name as the printer writes it in a path.
std::string in_path(const std::string& x) {
  auto column = expr{};
  column.kind = expr_kind::column;
  column.path = {{x, {}}};
  return print(column);
}

// Names that a schema has, and those that a query makes up.
void add_names(const schema::schema& s, bool closed, grammar& out) {
  auto tables = std::set<std::string>{};
  auto aliases = std::set<std::string>{};
  auto columns = std::set<std::string>{};
  auto plain_columns = std::set<std::string>{};
  auto starts = std::string{};
  auto numbers = std::map<std::string, std::size_t>{};
  for (std::size_t i = 0; i < s.tables.size(); ++i)
    numbers[s.tables[i].name] = i;
  const auto add
    = [&](std::string name, std::string body, const char* heading = "") {
        out.rules.push_back({std::move(name), std::move(body), heading});
      };
  for (std::size_t i = 0; i < s.tables.size(); ++i) {
    const auto& t = s.tables[i];
    tables.insert(spell_name(t.name));
    aliases.insert(in_path(t.name));
    for (const auto& c : t.columns) {
      columns.insert(in_path(c.name));
      if (spell_name(c.name) == c.name)
        plain_columns.insert(c.name);
    }
    if (!t.relations.empty())
      starts += " | " + paths_of(t, i);
  }
  // Without LETs and aliases of its own a query names what the schema has.
  add("table", either(tables) + " | new-name", "Names");
  add("own-column", either(columns)
                      + std::string{closed ? " | default-name" : ""}
                      + " | path-name");
  add("alias", either(aliases) + " | path-name");
  add("column", R"((alias ".")? own-column)");
  add("path", starts.empty() ? R"((alias ".")? own-column)"
                             : R"((alias ".")? (own-column)" + starts + ")");
  if (closed)
    add("default-name",
        R"("count" | default-function "_" ()" + either(plain_columns) + ")");
  if (closed) {
    auto words = std::set<std::string>{};
    for (const auto& f : functions())
      if (f.group == function_group::aggregate && f.most > 0) {
        auto word = std::string{f.name};
        std::transform(word.begin(), word.end(), word.begin(), [](char c) {
          return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        words.insert(std::move(word));
      }
    add("default-function", either(words));
  }
  for (std::size_t i = 0; i < s.tables.size(); ++i) {
    const auto& t = s.tables[i];
    auto body = std::string{};
    for (const auto& r : t.relations) {
      const auto to = numbers.find(r.to);
      if (to == numbers.end())
        continue;
      const auto& target = s.tables[to->second];
      auto inner = std::set<std::string>{};
      for (const auto& c : target.columns)
        inner.insert(in_path(c.name));
      body
        += (body.empty() ? "" : " | ") + quoted(in_path(r.name)) + " \".\" ("
           + either(inner)
           + (target.relations.empty() ? ""
                                       : " | " + paths_of(target, to->second))
           + ")";
    }
    if (!body.empty())
      add(paths_of(t, i), std::move(body));
  }
}

std::string texts_of(const grammar_options& options) {
  auto result = std::set<std::string>{};
  for (const auto& x : options.texts)
    result.insert(print_text(x));
  for (const auto& t : options.schema->tables)
    for (const auto& c : t.columns)
      for (const auto& v : c.values)
        if (const auto* text = std::get_if<std::string>(&v.stored))
          result.insert(print_text(*text));
  // Units and formats of dates are texts of the language.
  for (const auto* x : {"'second'", "'minute'", "'hour'", "'day'", "'week'",
                        "'month'", "'quarter'", "'year'"})
    result.insert(x);
  return either(result) + " | period-text";
}

} // namespace

grammar make_grammar(const grammar_options& options) {
  auto result = grammar{};
  const auto add = [&](const row& x) {
    result.rules.push_back({x.name, filled(x.body), x.heading});
  };
  for (const auto& x : table)
    add(x);
  const auto closed_texts = options.schema && !options.texts.empty();
  result.rules.push_back(
    {"text", closed_texts ? texts_of(options) : "any-text", ""});
  if (options.schema)
    add_names(*options.schema, !options.new_names.empty(), result);
  else
    for (const auto& x : free_names)
      add(x);
  if (!options.new_names.empty()) {
    auto names = std::set<std::string>{};
    for (const auto& x : options.new_names)
      names.insert(spell_name(x));
    result.rules.push_back({"new-name", either(names), ""});
    names.clear();
    for (const auto& x : options.new_names)
      names.insert(in_path(x));
    result.rules.push_back({"path-name", either(names), ""});
  } else {
    result.rules.push_back({"new-name", "word | quoted-name", ""});
    result.rules.push_back({"path-name", "path-word | quoted-name", ""});
    result.rules.push_back({"word", "%word", ""});
    result.rules.push_back({"path-word", "%path-word", ""});
    result.rules.push_back({"quoted-name", R"~("`" ([^`] | "``")+ "`")~", ""});
  }
  result.rules.push_back({"letter", "[A-Za-z_\\x80-\\U0010FFFF]", ""});
  return result;
}

} // namespace aura::dsl
