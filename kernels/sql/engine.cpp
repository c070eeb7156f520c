#include "kernels/sql/engine.hpp"

#include "kernels/sql/functions.hpp"
#include "kernels/sql/memory.hpp"
#include "kernels/sql/vfs.hpp"

#include <malloc.h>

#include <array>
#include <cctype>
#include <cstdlib>
#include <string>

namespace aura::sql {

namespace {

int block_size(void* block) {
  return block ? static_cast<int>(malloc_usable_size(block)) : 0;
}

void* allocate(int bytes) {
  if (!memory_budget::take(bytes))
    return nullptr;
  auto* block = std::malloc(static_cast<std::size_t>(bytes));
  // The budget counts what lies in the block, not what was asked for.
  memory_budget::give(bytes - block_size(block));
  return block;
}

void release(void* block) {
  memory_budget::give(block_size(block));
  std::free(block);
}

void* reallocate(void* block, int bytes) {
  auto before = block_size(block);
  if (!memory_budget::take(bytes - before))
    return nullptr;
  auto* grown = std::realloc(block, static_cast<std::size_t>(bytes));
  auto after = grown ? block_size(grown) : before;
  memory_budget::give(bytes - after);
  return grown;
}

int round_up(int bytes) {
  return (bytes + 7) & ~7;
}

int start(void*) {
  return SQLITE_OK;
}

void stop(void*) {
}

status configure() {
  static const sqlite3_mem_methods memory = {
    allocate, release, reallocate, block_size, round_up, start, stop, nullptr};
  // Allocation statistics take a mutex that makes two threads slower than one.
  auto done = sqlite3_config(SQLITE_CONFIG_MULTITHREAD) == SQLITE_OK
              && sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK
              && sqlite3_config(SQLITE_CONFIG_MALLOC, &memory) == SQLITE_OK
              && sqlite3_initialize() == SQLITE_OK
              && register_file_systems() == SQLITE_OK;
  if (!done)
    return fault{errc::internal,
                 "sqlite was in use before its limits could be set"};
  return ok;
}

std::string percent_encoded(const std::string& path) {
  static constexpr auto digits = "0123456789ABCDEF";
  std::string out;
  for (auto c : path) {
    auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '/' || c == '.' || c == '_' || c == '-') {
      out += c;
      continue;
    }
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

// An immutable connection ignores journals: what they hold would be missing.
status check_settled(const std::filesystem::path& file) {
  for (auto* suffix : {"-wal", "-journal"}) {
    auto beside = file;
    beside += suffix;
    std::error_code trouble;
    auto size = std::filesystem::file_size(beside, trouble);
    if (!trouble && size > 0)
      return fault{errc::io_error, "a writer has not finished with "
                                     + file.string() + ": there is "
                                     + beside.string()};
  }
  return ok;
}

expected<handle> open_as(const char* name, int flags, const char* system) {
  auto ready = initialise();
  if (!ready)
    return ready.error();
  sqlite3* raw = nullptr;
  auto code = sqlite3_open_v2(
    name, &raw, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, system);
  handle db{raw};
  if (code != SQLITE_OK)
    return to_fault(raw, code);
  if (code = add_functions(raw); code != SQLITE_OK)
    return to_fault(raw, code);
  return expected<handle>{std::move(db)};
}

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// SQLite reports these limits as plain errors.
bool is_limit(std::string_view message) {
  static constexpr std::array<std::string_view, 8> prefixes
    = {"too many",
       "parser stack overflow",
       "Expression tree is too large",
       "string or blob too big",
       "LIKE or GLOB pattern too complex",
       "at most",
       "statement too long",
       "variable number must be"};
  for (auto prefix : prefixes)
    if (starts_with(message, prefix))
      return true;
  return false;
}

// What the authorizer denies comes as a plain error, too, if it is a function.
bool is_denial(std::string_view message) {
  return starts_with(message, "not authorized")
         || starts_with(message, "access to ");
}

} // namespace

status initialise() {
  static const auto outcome = configure();
  return outcome;
}

expected<handle> open_file(const std::filesystem::path& file) {
  std::error_code trouble;
  auto kind = std::filesystem::status(file, trouble);
  if (kind.type() == std::filesystem::file_type::not_found)
    return fault{errc::missing_file, "no database at " + file.string()};
  if (!std::filesystem::is_regular_file(kind))
    return fault{errc::io_error, "not a file: " + file.string()};
  auto settled = check_settled(file);
  if (!settled)
    return settled.error();
  auto name = "file:" + percent_encoded(file.string()) + "?immutable=1";
  auto db = open_as(name.c_str(), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                    disk_system);
  if (!db)
    return fault{db.error().code,
                 "cannot open " + file.string() + ": " + db.error().message};
  return db;
}

expected<handle> open_window() {
  return open_as("image", SQLITE_OPEN_READONLY, image_system);
}

void show(sqlite3* db, std::string_view image) {
  sqlite3_file_control(db, "main", show_image, &image);
}

expected<handle> open_memory() {
  return open_as(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY,
                 nullptr);
}

status harden(sqlite3* db, bool views) {
  struct flag {
    int operation;
    int value;
  };
  const std::array<flag, 8> flags = {{
    {SQLITE_DBCONFIG_DEFENSIVE, 1},
    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    {SQLITE_DBCONFIG_DQS_DML, 0},
    {SQLITE_DBCONFIG_DQS_DDL, 0},
    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
    {SQLITE_DBCONFIG_ENABLE_VIEW, views ? 1 : 0},
  }};
  for (auto [operation, value] : flags) {
    auto now = -1;
    auto code = sqlite3_db_config(db, operation, value, &now);
    if (code != SQLITE_OK || now != value)
      return fault{errc::internal, "sqlite kept its switch "
                                     + std::to_string(operation) + " at "
                                     + std::to_string(now)};
  }
  return execute(db, "PRAGMA query_only = 1;"
                     "PRAGMA cell_size_check = ON;"
                     "PRAGMA mmap_size = 0;"
                     "PRAGMA temp_store = MEMORY;");
}

fault to_fault(sqlite3* db, int code) {
  std::string message = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  switch (code & 0xff) {
  case SQLITE_NOMEM:
    return {errc::resource_limit, "the memory budget is spent"};
  case SQLITE_INTERRUPT:
    return {errc::resource_limit, "the step budget is spent"};
  case SQLITE_TOOBIG:
    return {errc::resource_limit, std::move(message)};
  case SQLITE_AUTH:
  case SQLITE_PERM:
  case SQLITE_READONLY:
    return {errc::denied, std::move(message)};
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
  case SQLITE_FORMAT:
    return {errc::damaged_file, std::move(message)};
  case SQLITE_IOERR:
  case SQLITE_CANTOPEN:
  case SQLITE_FULL:
    return {errc::io_error, std::move(message)};
  case SQLITE_MISUSE:
    return {errc::internal, std::move(message)};
  default:
    if (is_denial(message))
      return {errc::denied, std::move(message)};
    return {is_limit(message) ? errc::resource_limit : errc::sql_error,
            std::move(message)};
  }
}

expected<statement> prepare(sqlite3* db, std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  auto code = sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()),
                                 0, &raw, nullptr);
  if (code != SQLITE_OK)
    return to_fault(db, code);
  return statement{raw};
}

status execute(sqlite3* db, const char* sql) {
  auto code = sqlite3_exec(db, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK)
    return to_fault(db, code);
  return ok;
}

} // namespace aura::sql
