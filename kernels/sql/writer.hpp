#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/base/value.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aura::sql {

/// A database of our own making, built in memory: seeded states and tests.
/// Runs our own SQL only; what models write goes through `connection`. Not
/// thread-safe.
class writer {
public:
  static expected<writer> create();

  /// Continues with a database that was finished before.
  static expected<writer> from_image(std::string_view image);

  writer(writer&&) noexcept;
  writer& operator=(writer&&) noexcept;
  ~writer(); // closes the handle that only the source knows

  /// Runs statements without results, separated by semicolons.
  status execute(std::string_view sql);

  /// Inserts rows into `table`, whose columns come in the declared order. All
  /// rows or none.
  status insert(std::string_view table, const std::vector<record>& rows);

  /// Stores the rows of every table in another order, drawn from `seed`.
  /// Tables that are stored in key order keep it.
  status shuffle(std::uint64_t seed);

  /// The finished database, byte for byte as its file would be.
  expected<std::string> image();

private:
  struct state;
  explicit writer(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

/// `name` as SQL spells an identifier: `"a ""b"""`.
std::string quote(std::string_view name);

} // namespace aura::sql
