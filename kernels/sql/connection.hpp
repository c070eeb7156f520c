#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/base/value.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aura::sql {

/// What one query may use. Beyond it the outcome is `resource_limit`
/// or `timeout`, never a shortened answer.
struct limits {
  std::chrono::milliseconds deadline{2000};
  std::uint64_t steps = 50'000'000;
  std::size_t rows = 10'000;
  std::size_t bytes = 8u << 20;
};

struct result {
  std::vector<std::string> columns;
  std::vector<record> rows;
};

/// One hardened, read-only connection to one database: nothing but SELECT over
/// the tables of `main` gets past it. Not thread-safe; keep one per thread and
/// database.
class connection {
public:
  connection();
  connection(connection&&) noexcept;
  connection& operator=(connection&&) noexcept;
  ~connection(); // closes the handle that only the source knows

  /// Opens a database file read-only. Fails with `missing_file`,
  /// `damaged_file` or `io_error`.
  static expected<connection> open(const std::filesystem::path& file);

  /// Opens a private copy of a database image in memory.
  static expected<connection> open_image(std::string_view image);

  /// Runs one SELECT. Prepared statements are kept by text, so running the
  /// same text again with other parameters is cheap.
  expected<result> run(std::string_view sql,
                       const std::vector<datum>& parameters,
                       const limits& bounds = {});

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace aura::sql
