#pragma once

#include "kernels/dsl/classes.hpp"
#include "kernels/dsl/resolve.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What an editor asks of a query that is being written. Everything here takes
/// any bytes: errors before a place cost at most the operator they are in.
namespace aura::dsl::editor {

/// What a query may name somewhere, and what the parser would take there.
struct place {
  /// The columns and tables in scope.
  visible names;
  /// The LETs above.
  std::vector<std::string> lets;

  // What the parser would take.
  std::vector<std::string> keywords;
  bool takes_operator = false; // after `|>`
  bool takes_table = false;
  bool takes_new_name = false;
  bool takes_operand = false;
  bool takes_column = false; // and nothing else
  bool takes_count = false;
  bool takes_unit = false;
  bool takes_period = false;
  /// The names before the dot that stands here.
  std::vector<name> behind;
  /// The types that fit; of an operand.
  classes wanted = value_classes;
  bool takes_aggregate = false; // the functions that fit
  bool takes_window = false;
  /// The function whose argument stands here, and which.
  std::string function;
  std::size_t argument = 0;
  /// Texts that the place knows: declared values, names of units.
  std::vector<schema::declared_value> values;
  /// The column that has these values.
  std::string values_of;
  /// A name for the item that ends here.
  std::string proposed_name;
};

/// Reads `text` up to `offset`, which is where a token begins or may begin.
/// Reading stops there, so that what follows need not make sense. `s` may be
/// null: then no names are known.
place look_at(std::string_view text, std::size_t offset,
              const schema::schema* s);

/// The column that `path` names at `x`, and null if it names none. Looks
/// through aliases and relations.
struct found_column {
  std::string name;
  std::optional<visible_column> own; // in scope
  const schema::table* table = nullptr;
  const schema::column* declared = nullptr;
};
std::optional<found_column> find_column(const place& x,
                                        const std::vector<name>& path,
                                        const schema::schema& s);

/// The table that a path of an alias and relations leads to, all of `path`.
struct found_table {
  const schema::table* table = nullptr; // null: an alias of other rows
  std::string alias;                    // set if the path is one alias
  const schema::relation* relation = nullptr;
};
std::optional<found_table> find_table(const place& x,
                                      const std::vector<name>& path,
                                      const schema::schema& s);

} // namespace aura::dsl::editor
