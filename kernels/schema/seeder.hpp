#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/base/random.hpp"
#include "kernels/schema/cells.hpp"
#include "kernels/schema/schema.hpp"
#include "kernels/schema/seed.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace aura::schema {

/// A relation with its names resolved.
struct relation_plan {
  std::size_t to = 0;
  std::vector<std::size_t> here;
  std::vector<std::size_t> there;
  bool optional = false; // one of its columns may be NULL
  bool late = false;     // its table is filled after this one
};

/// A table with its names resolved, and its rows so far.
struct table_plan {
  const table* from = nullptr;
  std::vector<relation_plan> edges; // those of many columns first
  std::vector<std::vector<std::size_t>> keys;
  std::vector<bool> in_key;   // by column
  std::vector<bool> in_edge;  // by column
  std::vector<bool> sole_key; // by column: a key all by itself
  bool referenced = false;
  std::vector<record> rows;
  std::vector<std::set<record>> seen; // by key
};

/// Fills the tables of one state, those that others refer to first.
class seeder {
public:
  seeder(const schema& s, const state_options& options, std::int64_t now);

  expected<rows_by_table> run();

private:
  void resolve();
  void visit(std::size_t index, std::vector<int>& marks,
             std::vector<std::size_t>& order);
  std::size_t row_count(const table_plan& p, random_stream& random) const;
  void fill(table_plan& p);
  void fill_late(table_plan& p);
  void plant(table_plan& p, const std::vector<cell_source>& cells);
  record row(table_plan& p, const std::vector<cell_source>& cells,
             std::int64_t number, bool widely, random_stream& random);
  void follow(const relation_plan& e, std::vector<bool>& set, record& r,
              bool widely, random_stream& random);
  const record* parent(const table_plan& to, const relation_plan& e,
                       const std::vector<bool>& set, const record& r,
                       bool widely, random_stream& random) const;
  std::size_t choose(std::size_t count, bool widely,
                     random_stream& random) const;
  void dangle(const relation_plan& e, record& r, random_stream& random) const;
  static bool add(table_plan& p, const record& r);

  random_stream stream(const table_plan& p, std::string_view purpose) const {
    return {options_.seed,
            "schema/" + std::string{purpose} + "/" + p.from->name,
            static_cast<std::uint64_t>(options_.kind), options_.variant};
  }

  std::vector<cell_source> cells_of(const table_plan& p) const {
    auto random = stream(p, "domain");
    std::vector<cell_source> cells;
    for (const auto& c : p.from->columns)
      cells.emplace_back(*p.from, c, options_.kind, now_, random);
    return cells;
  }

  const schema& schema_;
  const state_options& options_;
  std::int64_t now_;
  std::vector<table_plan> plans_;
};

} // namespace aura::schema
