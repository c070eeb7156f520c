#pragma once

#include "kernels/base/box.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// The syntax tree of AuraDSL: what the parser reads, the printer writes, the
/// sampler invents and the mutator changes. It knows nothing of any schema.
namespace aura::dsl {

/// Bytes of the source, end exclusive.
struct span {
  std::uint32_t start = 0;
  std::uint32_t end = 0;
};

// A tree is equal to another whatever its place in the source.
inline bool operator==(const span&, const span&) {
  return true;
}

/// A table, column, alias or relation name, without its backticks.
struct name {
  std::string text;
  span where;

  bool operator==(const name& x) const {
    return text == x.text;
  }
};

struct pipeline;

enum class unit : std::uint8_t {
  second,
  minute,
  hour,
  day,
  week,
  month,
  quarter,
  year
};

/// What stands to the right of DURING.
struct period {
  enum class kind : std::uint8_t {
    literal, // '2024', '2024-03', '2024-Q1', '2024-03-05': `text`
    today,
    yesterday,
    calendar, // THIS|LAST|NEXT unit: `direction` 0, -1, +1
    rolling,  // LAST|NEXT n units: `direction` -1, +1 and `count`
    range,    // a TO b, both inside: `ends`
  };
  kind form = kind::literal;
  std::string text;
  int direction = 0;
  std::int64_t count = 0;
  dsl::unit unit = unit::day;
  std::vector<period> ends;
  span where;

  bool operator==(const period&) const = default;
};

struct sort_key;

enum class expr_kind : std::uint8_t {
  null,      // NULL
  boolean,   // TRUE, FALSE: `text` "TRUE" or "FALSE"
  integer,   // `text` is the digits
  real,      // `text` is the number as it reads
  text,      // `text` is the content, without quotes and doubled quotes
  date,      // DATE '…': `text` is the content
  timestamp, // TIMESTAMP '…'
  duration,  // 15 MINUTES: `text` the number, `unit`
  parameter, // $name: `text`
  column,    // a, t.a, relation.relation.a: `path`
  unary,     // `text` is "-" or "NOT"; one argument
  binary,   // `text` is the operator: * / // % + - || ?? == != < <= > >= AND OR
  is_null,  // argument IS [NOT] NULL; `negated`
  in_list,  // arguments[0] [NOT] IN (the others)
  in_query, // arguments[0] [NOT] IN (`query`)
  between,  // arguments[0] [NOT] BETWEEN arguments[1] AND arguments[2]
  like,     // arguments[0] [NOT] LIKE arguments[1]
  during,   // arguments[0] [NOT] DURING `when`
  call, // scalar, aggregate or window function: `text` is its upper-case name
  case_when, // condition, value, condition, value …; an odd last one is ELSE
  cast, // CAST(argument AS `text`): INTEGER REAL TEXT BOOLEAN DATE TIMESTAMP
  scalar_query // (`query`) as a value
};

/// An expression. One shape for every kind, so that walks, rewrites and
/// mutations need no visitor; the comments of `expr_kind` say which fields a
/// kind uses, the others stay empty.
struct expr {
  expr_kind kind = expr_kind::null;
  span where;
  std::string text;
  std::vector<name> path;
  std::vector<expr> arguments;
  bool negated = false;

  // Of a call: COUNT(DISTINCT x), SUM(x WHERE p), STRING_AGG(x, sep SORT e).
  bool distinct = false;
  std::vector<expr> condition; // none or one
  std::vector<sort_key> sort;

  dsl::unit unit = unit::day;
  std::vector<period> when; // of DURING: exactly one
  box<pipeline> query;      // of in_query and scalar_query

  bool operator==(const expr&) const;
};

enum class nulls : std::uint8_t { unspecified, first, last };

struct sort_key {
  expr value;
  bool descending = false;
  dsl::nulls nulls = nulls::unspecified;

  bool operator==(const sort_key&) const = default;
};

/// `expr [AS name]`.
struct item {
  expr value;
  std::optional<name> alias;

  bool operator==(const item&) const = default;
};

/// What rows come from: a table, a LET name, or a pipeline in parentheses.
struct reference {
  std::variant<name, box<pipeline>> source;
  std::optional<name> alias;
  span where;

  bool operator==(const reference&) const = default;
};

struct filter {
  expr predicate;
  bool operator==(const filter&) const = default;
};

struct select {
  std::vector<item> items;
  bool operator==(const select&) const = default;
};

struct extend {
  std::vector<item> items;
  bool operator==(const extend&) const = default;
};

struct drop {
  std::vector<expr> columns;
  bool operator==(const drop&) const = default;
};

struct rename {
  struct change {
    expr from;
    name to;
    bool operator==(const change&) const = default;
  };
  std::vector<change> changes;
  bool operator==(const rename&) const = default;
};

struct set {
  struct change {
    expr column;
    expr value;
    bool operator==(const change&) const = default;
  };
  std::vector<change> changes;
  bool operator==(const set&) const = default;
};

struct aggregate {
  std::vector<item> items;
  std::vector<item> keys;
  bool operator==(const aggregate&) const = default;
};

struct sort {
  std::vector<sort_key> keys;
  bool operator==(const sort&) const = default;
};

struct limit {
  std::int64_t count = 0;
  std::optional<std::int64_t> offset;
  bool operator==(const limit&) const = default;
};

struct distinct {
  bool operator==(const distinct&) const = default;
};

struct top {
  std::int64_t count = 0;
  std::vector<sort_key> by;
  std::vector<expr> per;
  bool with_ties = false;
  bool operator==(const top&) const = default;
};

/// `AS name`: a name for the rows as they stand.
struct rename_rows {
  name alias;
  bool operator==(const rename_rows&) const = default;
};

struct join {
  enum class kind : std::uint8_t {
    inner,
    left,
    right,
    full,
    cross,
    semi,
    anti
  };
  kind how = kind::inner;
  reference other;
  std::optional<expr> on;
  std::vector<name> using_columns;
  bool operator==(const join&) const = default;
};

struct set_operation {
  enum class kind : std::uint8_t { union_rows, intersect, except };
  kind how = kind::union_rows;
  bool all = false;
  reference other;
  bool operator==(const set_operation&) const = default;
};

struct frame {
  enum class kind : std::uint8_t { running, rolling_rows, rolling_time, rows };
  kind how = kind::running;
  std::int64_t count = 0; // ROLLING n [unit]
  dsl::unit unit = unit::day;
  std::int64_t from = 0; // ROWS from TO to
  std::int64_t to = 0;
  bool operator==(const frame&) const = default;
};

struct window {
  std::vector<item> items;
  std::vector<expr> per;
  std::vector<sort_key> sort;
  std::optional<dsl::frame> frame;
  bool operator==(const window&) const = default;
};

struct pivot {
  expr value; // an aggregate call
  expr column;
  std::vector<item> cells;
  std::vector<item> keys;
  bool operator==(const pivot&) const = default;
};

struct unpivot {
  name value;
  name label;
  std::vector<expr> columns;
  bool operator==(const unpivot&) const = default;
};

/// One operator after a `|>`.
struct stage {
  std::variant<filter, select, extend, drop, rename, set, aggregate, sort,
               limit, distinct, top, rename_rows, join, set_operation, window,
               pivot, unpivot>
    what;
  span where;

  bool operator==(const stage&) const = default;
};

struct pipeline {
  reference source;
  std::vector<stage> stages;
  span where;

  bool operator==(const pipeline&) const = default;
};

struct let {
  dsl::name name;
  pipeline value;

  bool operator==(const let&) const = default;
};

/// A comment and the byte where it began.
struct comment {
  std::string text;
  span where;
};

/// A whole query.
struct query {
  std::vector<let> lets;
  pipeline main;
  std::vector<comment> comments;

  bool operator==(const query& x) const {
    return lets == x.lets && main == x.main;
  }
};

} // namespace aura::dsl
