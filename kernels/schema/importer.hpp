#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/schema/import.hpp"
#include "kernels/schema/write.hpp"

#include <string>
#include <utility>
#include <vector>

namespace aura::schema {

/// One import from the first table to the last relation. What `import.hpp`
/// promises is made here; use that.
class importer {
public:
  importer(sql::catalog& database, const import_options& options)
    : database_{database}, options_{options} {
  }

  status run();

  imported take() {
    return std::move(result_);
  }

  remarks& notes() {
    return notes_;
  }

private:
  void read_table(const sql::catalog_table& declared);
  void read_columns(table& t, const sql::catalog_table& declared);
  void read_keys(table& t, const sql::catalog_table& declared);
  void widen(const std::vector<sql::catalog_table>& declared);
  bool widen_once(const std::vector<sql::catalog_table>& declared);
  void read_relation(std::size_t index,
                     const sql::catalog_foreign_key& declared);
  std::string obstacle(table& t, table& other, const relation& r);
  void suggest_relations(std::size_t index, const sql::catalog_table& declared);

  /// A foreign key with its parent's columns spelled out, if all is there.
  bool resolve(const table& t, const sql::catalog_foreign_key& key,
               relation& r) const;

  table* find(std::string_view name);
  void note(const std::string& place, const std::string& where,
            const std::string& text);

  sql::catalog& database_;
  import_options options_;
  imported result_;
  remarks notes_;
  /// The declared primary keys, by table, in the order of the schema.
  std::vector<sql::catalog_key> declared_keys_;
};

} // namespace aura::schema
