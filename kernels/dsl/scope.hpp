#pragma once

#include "kernels/dsl/plan.hpp"
#include "kernels/dsl/syntax.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace aura::dsl {

inline constexpr std::uint32_t no_alias = 0xffff'ffff;

/// A column in view.
struct scope_column {
  std::string name;
  plan::column_id id = plan::no_column;
  std::uint32_t alias = no_alias; // index into scope::aliases
};

/// A name for some of the rows, until an operator ends it.
struct scope_alias {
  std::string name;
  /// Where paths start; none for rows that are not of one declared table.
  std::uint32_t instance = plan::instance::none;
};

/// What was in view before an operator that ended some of it, for a good
/// message.
struct former_names {
  std::vector<scope_column> columns;
  /// Empty if they go on.
  std::vector<scope_alias> aliases;
  const char* ended_by = ""; // the operator, such as `AGGREGATE`
  span where;                // of that operator
  /// Where `fix_prefix` and the name may be inserted to keep it; 0: nowhere.
  std::uint32_t fix_at = 0;
  /// Of RENAME the new name.
  std::string fix_prefix;
};

/// What names mean after some stages, and what is known of the rows.
struct scope {
  std::vector<scope_column> columns;
  std::vector<scope_alias> aliases;
  std::vector<former_names> former;
  /// The order in force.
  std::vector<plan::order_key> order;
  /// Sets of columns of which no two rows agree. An empty set: one row.
  std::vector<std::vector<plan::column_id>> keys;
  /// The same of rows without a NULL in these columns.
  std::vector<std::vector<plan::column_id>> loose_keys;
  /// Whether the rows are at most one by construction.
  bool one_row = false;
  /// Columns whose rows a JOIN to many may have repeated.
  std::vector<plan::column_id> multiplied;
  /// Whether an error left it unknown what columns there are.
  bool lost = false;

  /// Ends all aliases, as SELECT, AGGREGATE and others do.
  void end_aliases();

  /// Whether `order` leaves no ties.
  bool is_total(const std::vector<plan::order_key>& by) const;
};

/// What is in scope after an operator of a pipeline.
struct stage_scope {
  /// Where the pipeline is; no two begin at the same place.
  span pipeline;
  /// What the SOURCE reads, or the operator.
  std::variant<reference, stage> what;
  dsl::scope scope;
};

/// How the canonical form spells what stands in a place of the source.
struct spelling {
  span where;
  std::string text;
};

/// What the resolver notes beside the plan, for those who ask.
struct resolve_notes {
  /// After each operator of each pipeline. A pipeline is finished before the
  /// one that uses it.
  std::vector<stage_scope> stages;
  /// Names as the schema spells them, qualifiers that say nothing, and date
  /// literals that need no DATE. A place may come up more than once.
  std::vector<spelling> spellings;
};

/// The name a column takes without AS: the last part of a column or path,
/// `sum_kwh` for an aggregate of one column, `count` for COUNT(); empty where
/// AS is needed.
std::string default_name(const expr& x);

/// A name that a fix may propose for any expression.
std::string proposed_name(const expr& x);

} // namespace aura::dsl
