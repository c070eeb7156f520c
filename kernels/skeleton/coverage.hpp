#pragma once

#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace aura::skeleton {

/// What queries a dataset has, and what it lacks. A plain value; feed it from
/// one thread.
class coverage {
public:
  /// Measures against the columns of `s`, which must outlive this.
  explicit coverage(const schema::schema& s);

  void add(const dsl::query& x);

  /// Numbers for a report.
  struct summary {
    std::size_t queries = 0;
    /// Different structures, and how many stand alone.
    std::size_t structures = 0;
    std::size_t single_structures = 0;
    /// Operators, functions and kinds of expression seen, with their counts.
    std::map<std::string, std::size_t> productions;
    /// Every choice of the grammar, within LETs and parentheses as well, as
    /// `count_productions` names them.
    std::map<std::string, std::size_t> choices;
    /// Ordered pairs of neighbouring operators, `FILTER > SORT`.
    std::map<std::string, std::size_t> operator_pairs;
    /// Pairs of an operator and a kind of column type within it, `SORT text`.
    std::map<std::string, std::size_t> operator_types;
    /// How often a query has 0, 1, 2, … operators.
    std::vector<std::size_t> operators;
    /// Columns of the schema by role: how many were seen filtering, grouping,
    /// in figures, sorting and shown, of how many there are.
    std::map<std::string, std::size_t> columns_by_role;
    std::size_t columns = 0;
    /// Columns that no query mentions, as `table.column`.
    std::vector<std::string> unused_columns;
  };
  summary report() const;

private:
  void mention(std::string_view role, const dsl::query& x, const dsl::expr& e);

  const schema::schema& s_;
  std::size_t queries_ = 0;
  std::unordered_map<std::string, std::size_t> structures_;
  std::map<std::string, std::size_t> productions_;
  std::map<std::string, std::size_t> choices_;
  std::map<std::string, std::size_t> pairs_;
  std::map<std::string, std::size_t> types_;
  std::vector<std::size_t> operators_;
  std::map<std::string, std::unordered_set<const schema::column*>> roles_;
};

} // namespace aura::skeleton
