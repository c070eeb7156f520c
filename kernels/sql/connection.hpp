#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/base/value.hpp"
#include "kernels/sql/images.hpp"

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
  /// Instructions of SQLite's machine, counted in thousands.
  std::uint64_t steps = 50'000'000;
  std::size_t rows = 10'000;
  /// Cells and their texts in the answer.
  std::size_t bytes = 8u << 20;
  /// What SQLite may allocate meanwhile.
  std::size_t memory = 64u << 20;
};

struct result {
  std::vector<std::string> columns;
  std::vector<record> rows;
};

/// What a result is like, without its cells.
struct digest {
  std::size_t rows = 0;
  /// Whether some cell is not NULL.
  bool informative = false;
  /// Equal for equal rows in any order; an INTEGER equals no REAL here.
  std::uint64_t hash = 0;

  bool operator==(const digest&) const = default;
};

struct open_options {
  /// Whether queries may read the database's own views.
  bool views = false;
  /// Turns rows around whose order nothing determines: what depends on it
  /// shows as a different answer.
  bool reverse_unordered = false;
};

/// One hardened, read-only connection to one database: nothing but SELECT over
/// the tables of `main` gets past it, neither the schema nor a clock can be
/// read, and a failed allocation or a damaged page makes it start afresh. Not
/// thread-safe; keep one per thread and database.
class connection {
public:
  connection();
  connection(connection&&) noexcept;
  connection& operator=(connection&&) noexcept;
  ~connection(); // closes the handle that only the source knows

  /// Opens a database file read-only. Fails with `missing_file`,
  /// `damaged_file`, or `io_error` (also if a writer left a journal beside it).
  static expected<connection> open(const std::filesystem::path& file,
                                   const open_options& options = {});

  /// Opens a private copy of a database image in memory.
  static expected<connection> open_image(std::string_view image,
                                         const open_options& options = {});

  /// Opens a shared image without copying it.
  static expected<connection>
  open_image(std::shared_ptr<const std::string> image,
             const open_options& options = {});

  /// Opens all images of a set at once; queries say which one they mean.
  static expected<connection>
  open_images(std::shared_ptr<const image_set> images,
              const open_options& options = {});

  /// Runs one SELECT. Prepared statements are kept by text, so running the
  /// same text again with other parameters, or on another image, is cheap.
  /// Fails with `denied`, `sql_error`, `timeout`, `resource_limit`,
  /// `damaged_file`, or `unsupported` (a BLOB in the answer).
  /// @pre image is less than the number of images
  expected<result> run(std::string_view sql,
                       const std::vector<datum>& parameters,
                       const limits& bounds = {}, std::size_t image = 0);

  /// The same without keeping the rows, which is faster.
  expected<digest> summarise(std::string_view sql,
                             const std::vector<datum>& parameters,
                             const limits& bounds = {}, std::size_t image = 0);

private:
  struct state;
  explicit connection(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

} // namespace aura::sql
