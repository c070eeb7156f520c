#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/base/value.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aura::sql {

/// A database of our own making, built in memory: seeded states and tests.
/// Runs our own SQL only; what models write goes through `connection`.
class writer {
public:
  static expected<writer> create();
  writer(writer&&) noexcept;
  writer& operator=(writer&&) noexcept;
  ~writer();

  /// Runs statements without results, separated by semicolons.
  status execute(std::string_view sql);

  /// Inserts rows into `table`, whose columns come in the declared order.
  status insert(std::string_view table, const std::vector<record>& rows);

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
