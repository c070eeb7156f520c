#pragma once

#include "kernels/dsl/reference/interpret.hpp"
#include "kernels/dsl/reference/values.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// What stands between two operators: columns, rows, and where they came from.
namespace aura::dsl::interpreter {

using cells = std::vector<value>;

struct column {
  std::string alias; // empty once it ended
  std::string name;
  /// Nothing for NULLs, which give way to any type.
  std::optional<schema::type> type;
};

/// A table whose alias is alive, so that paths may start from it.
struct origin {
  std::string alias;
  const schema::table* table = nullptr;
};

struct row {
  interpreter::cells cells;
  /// The table's own row for each origin; null where an outer join found none.
  std::vector<const interpreter::cells*> origins;
  /// What the rows were sorted by, if they are in order.
  interpreter::cells keys;
};

struct relation {
  std::vector<column> columns;
  std::vector<origin> origins;
  std::vector<row> rows;
  bool ordered = false;

  /// Ends aliases and with them paths.
  void forget_aliases();

  /// The rows have no order any more.
  void forget_order();
};

/// Whether nothing in a query can tell two rows apart: neither their cells, nor
/// paths, nor their places in the order.
bool same_rows(const row& a, const row& b);

/// What all parts of an interpretation share. Not thread-safe.
struct context {
  const schema::schema& schema;
  const interpret_options& options;
  /// The rows of each table, by the name the schema gives it.
  std::map<std::string, std::vector<interpreter::cells>> tables;
  std::map<std::string, relation> lets; // by lower-case name
  std::set<std::string> open;
  std::optional<fault> trouble; // the first one
  std::uint64_t steps = 0;
  std::optional<std::int64_t> now;

  /// Keeps the first trouble. Returns false, for `return fail(…)`.
  bool fail(errc code, std::string message);

  /// Counts work; false once there is trouble or too much of it.
  bool spend(std::uint64_t n = 1);

  /// Says that the language leaves something open here.
  void leave_open(std::string what);
};

/// Lower case of ASCII letters.
std::string lowered(std::string_view x);

} // namespace aura::dsl::interpreter
