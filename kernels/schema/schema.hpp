#pragma once

#include "kernels/base/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aura::schema {

enum class type : std::uint8_t {
  integer,
  real,
  text,
  boolean,
  date,
  timestamp
};

/// `integer`, `real`, … as schema files and messages spell it.
const char* to_string(type x);

/// How a date or timestamp is stored: `2024-01-31[ 08:00:00]`,
/// `2024-01-31T08:00:00`, or seconds since 1970 in an INTEGER column.
enum class date_format : std::uint8_t { iso_space, iso_t, epoch_seconds };

/// A value that a column is declared to take.
struct declared_value {
  datum stored;
  std::string description;

  bool operator==(const declared_value&) const = default;
};

/// Both ends included. For dates and timestamps the ends are ISO text.
struct value_range {
  datum low;
  datum high;

  bool operator==(const value_range&) const = default;
};

struct column {
  std::string name;
  schema::type type = type::text;
  bool nullable = false;
  std::string description;
  std::string unit;
  std::vector<std::string> synonyms;
  std::vector<declared_value> values;
  std::optional<value_range> range;
  date_format format = date_format::iso_space;

  bool operator==(const column&) const = default;
};

/// A declared to-one path from the table that holds it: every row matches at
/// most one row of `to`, since the right columns are a key there.
struct relation {
  std::string name;
  std::string to;
  /// Pairs of (column here, column of `to`).
  std::vector<std::pair<std::string, std::string>> match;

  bool operator==(const relation&) const = default;
};

struct table {
  std::string name;
  std::string description;
  std::vector<std::string> synonyms;
  std::vector<column> columns;
  std::vector<std::string> primary_key;
  /// Further keys.
  std::vector<std::vector<std::string>> unique;
  std::vector<relation> relations;

  /// Case-insensitive; null if there is none.
  const column* find_column(std::string_view column_name) const;
  const relation* find_relation(std::string_view relation_name) const;

  bool operator==(const table&) const = default;
};

/// A domain: what tables there are and what their columns mean. Frozen once
/// loaded, hence safe to read from any thread.
struct schema {
  std::string name;
  std::string description;
  std::vector<table> tables;

  /// Case-insensitive; null if there is none.
  const table* find_table(std::string_view table_name) const;

  bool operator==(const schema&) const = default;
};

/// ASCII case-insensitive equality, the rule for every name of a schema.
bool same_name(std::string_view a, std::string_view b);

} // namespace aura::schema
