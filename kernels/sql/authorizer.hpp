#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/base/text_hash.hpp"

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace aura::sql {

using text_set = std::unordered_set<std::string, text_hash, std::equal_to<>>;

/// What untrusted SQL may touch: SELECT, the columns of the tables of `main`,
/// and the functions that our translator emits. All else is denied.
class authorizer {
public:
  /// Learns the tables from `db`. @pre `db` is hardened
  static expected<std::unique_ptr<authorizer>> learn(sqlite3* db, bool views);

  /// Puts itself in charge of `db`, which must not outlive it.
  void guard(sqlite3* db) const;

private:
  static int decide(void* self, int action, const char* first,
                    const char* second, const char* database,
                    const char* inside);
  bool readable(const char* table, const char* column,
                const char* database) const;

  std::unordered_map<std::string, text_set, text_hash, std::equal_to<>> tables_;
  text_set modules_;
};

} // namespace aura::sql
