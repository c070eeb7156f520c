#include "kernels/sql/authorizer.hpp"

#include "kernels/sql/engine.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace aura::sql {

namespace {

// Sorted. Whatever can allocate at will (zeroblob), look around
// (sqlite_version, load_extension) or differ from call to call is not here.
constexpr auto functions = std::to_array<std::string_view>({
  "abs",
  "aura_arg_max",
  "aura_arg_min",
  "aura_count_distinct",
  "aura_log10",
  "aura_median",
  "aura_moment",
  "aura_percentile",
  "aura_stddev",
  "aura_stddev_pop",
  "aura_string_agg",
  "aura_variance",
  "aura_variance_pop",
  "avg",
  "ceil",
  "ceiling",
  "char",
  "coalesce",
  "count",
  "cume_dist",
  "date",
  "datetime",
  "dense_rank",
  "exp",
  "first_value",
  "floor",
  "glob",
  "group_concat",
  "ifnull",
  "iif",
  "instr",
  "julianday",
  "lag",
  "last_value",
  "lead",
  "length",
  "like",
  "ln",
  "log10",
  "lower",
  "ltrim",
  "max",
  "min",
  "mod",
  "nth_value",
  "ntile",
  "nullif",
  "percent_rank",
  "pow",
  "power",
  "printf",
  "rank",
  "replace",
  "round",
  "row_number",
  "rtrim",
  "sign",
  "sqrt",
  "strftime",
  "substr",
  "substring",
  "sum",
  "time",
  "total",
  "trim",
  "trunc",
  "typeof",
  "unicode",
  "unixepoch",
  "upper",
});
static_assert(std::ranges::is_sorted(functions));

// Writes `name` in lower case; empty if it is longer than any name we know.
std::string_view folded(const char* name, std::array<char, 64>& out) {
  std::string_view x{name};
  if (x.size() > out.size())
    return {};
  std::ranges::transform(x, out.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return {out.data(), x.size()};
}

bool is_function(const char* name) {
  std::array<char, 64> lower;
  return std::ranges::binary_search(functions, folded(name, lower));
}

std::string text_at(sqlite3_stmt* row, int column) {
  auto* data = reinterpret_cast<const char*>(sqlite3_column_text(row, column));
  auto size = static_cast<std::size_t>(sqlite3_column_bytes(row, column));
  return data ? std::string{data, size} : std::string{};
}

expected<text_set> names(sqlite3* db, const char* sql,
                         std::string_view argument) {
  auto query = prepare(db, sql);
  if (!query)
    return query.error();
  auto* row = query->get();
  sqlite3_bind_text(row, 1, argument.data(), static_cast<int>(argument.size()),
                    SQLITE_STATIC);
  text_set out;
  auto code = SQLITE_ROW;
  while ((code = sqlite3_step(row)) == SQLITE_ROW)
    out.insert(text_at(row, 0));
  if (code != SQLITE_DONE)
    return to_fault(db, code);
  return out;
}

constexpr auto table_names
  = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 "
    "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND ?1 = ''";
constexpr auto view_names
  = "SELECT name FROM sqlite_schema WHERE type = 'view' AND ?1 = ''";
constexpr auto column_names = "SELECT name FROM pragma_table_xinfo(?1)";
constexpr auto module_names
  = "SELECT name FROM pragma_module_list WHERE ?1 = ''";

} // namespace

expected<std::unique_ptr<authorizer>> authorizer::learn(sqlite3* db,
                                                        bool views) {
  auto out = std::make_unique<authorizer>();
  auto modules = names(db, module_names, "");
  if (!modules)
    return modules.error();
  out->modules_ = *std::move(modules);
  auto tables = names(db, table_names, "");
  if (!tables)
    return tables.error();
  for (auto& table : *tables) {
    auto columns = names(db, column_names, table);
    if (!columns)
      return columns.error();
    out->tables_.emplace(table, *std::move(columns));
  }
  if (!views)
    return out;
  auto declared = names(db, view_names, "");
  if (!declared)
    return declared.error();
  // A broken view has no columns, and is not to be read.
  for (auto& view : *declared)
    if (auto columns = names(db, column_names, view))
      out->tables_.emplace(view, *std::move(columns));
  return out;
}

void authorizer::guard(sqlite3* db) const {
  sqlite3_set_authorizer(db, decide, const_cast<authorizer*>(this));
}

int authorizer::decide(void* self, int action, const char* first,
                       const char* second, const char* database, const char*) {
  auto& x = *static_cast<const authorizer*>(self);
  auto allowed = false;
  switch (action) {
  case SQLITE_SELECT:
    allowed = true;
    break;
  case SQLITE_READ:
    allowed = first && second && x.readable(first, second, database);
    break;
  case SQLITE_FUNCTION:
    allowed = second && is_function(second);
    break;
  default:
    break;
  }
  return allowed ? SQLITE_OK : SQLITE_DENY;
}

bool authorizer::readable(const char* table, const char* column,
                          const char* database) const {
  if (database && std::string_view{database} != "main")
    return false;
  auto found = tables_.find(std::string_view{table});
  if (found != tables_.end())
    return *column == '\0' || found->second.contains(std::string_view{column});
  // Without a column SQLite names what FROM names, in whatever case: a CTE of
  // the query itself is fine, a table that a module makes up is not.
  std::array<char, 64> lower;
  auto name = folded(table, lower);
  return *column == '\0' && !name.empty() && !name.starts_with("sqlite_")
         && !name.starts_with("pragma_") && !modules_.contains(name);
}

} // namespace aura::sql
