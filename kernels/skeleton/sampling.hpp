#pragma once

#include "kernels/skeleton/build.hpp"
#include "kernels/skeleton/draw.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aura::skeleton {

/// A column of the result so far, after AGGREGATE or SELECT.
struct output {
  std::string name;
  dsl::expr made_of;
  bool is_key = false;
  bool is_number = false;
};

/// Draws the stages of one query over the table of `d`. A value for one use.
class sampling {

public:
  sampling(draw& d, std::size_t operators) : d_{d}, left_{operators} {
  }

  dsl::pipeline run();

private:
  template <class Stage>
  void push(Stage x) {
    add(query_, std::move(x));
    left_ -= std::min<std::size_t>(left_, 1);
  }

  void aggregation();
  static bool clashes(const std::vector<dsl::expr>& keys, const dsl::expr& x);
  static bool aggregates_key(const dsl::expr& x,
                             const std::vector<dsl::expr>& keys);
  void emit_aggregate(std::vector<dsl::expr> items,
                      std::vector<dsl::expr> keys);
  bool yields_number(const dsl::expr& x) const;
  void after_groups();
  const output& pick_item();
  void having();
  void sort_groups();
  static bool sorts_by(const dsl::sort& x, const std::string& name);
  void best_groups();
  void aggregate_again();
  std::vector<dsl::expr> some_columns(std::size_t count);
  dsl::select as_select(std::vector<dsl::expr> values);
  void listing();
  std::string extend();
  static bool can_sort(const reachable& x);
  void sort_rows(const std::string& extra, std::size_t room);
  static bool has_key(const dsl::sort& stage, const reachable& x);
  void add_primary_key(std::vector<dsl::sort_key>& keys);
  void distinct_values();
  void best_of_each();
  std::int64_t pick_count();
  std::optional<std::int64_t> offset();

  draw& d_;
  std::size_t left_;
  dsl::pipeline query_;
  std::vector<output> outputs_;
};

} // namespace aura::skeleton
