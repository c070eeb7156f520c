#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/schema/schema.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace aura::schema {

/// How a real database is cut down to a state.
struct sample_options {
  std::uint64_t seed = 1;
  /// Rows drawn per table, before those that relations of drawn rows ask for.
  std::size_t rows = 120;
  /// Rows per table in all.
  std::size_t most_rows = 600;
};

/// A small database of real rows with the tables of `s`: some rows of each
/// table, and as far as `most_rows` goes whatever their relations lead to.
/// Tables that are empty in `file` get two invented rows, so that no table is
/// empty. Equal options give equal bytes, and the layout is that of `seed`.
/// Fails as `sql::catalog::open`, or if `s` does not fit the database.
expected<std::string> sample_database(const std::filesystem::path& file,
                                      const schema& s,
                                      const sample_options& options = {});

} // namespace aura::schema
