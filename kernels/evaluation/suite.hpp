#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/dsl/compile.hpp"
#include "kernels/evaluation/comparator.hpp"
#include "kernels/sql/connection.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aura::evaluation {

/// How hard a suite works on one query.
struct suite_options {
  sql::limits bounds;
  /// Row-shuffled copies of each state that a gold must agree on.
  std::size_t shuffles = 5;
  /// Probes that are remembered by statement and parameters.
  std::size_t remembered = 1 << 16;
};

/// The states of one schema: databases that a query is run on, all of them,
/// since one database lets too many wrong queries pass. The images are shared
/// and never copied, also by copies of a suite; connections are made as threads
/// need them. Immutable to its callers, hence safe to use from any thread.
class state_suite {
public:
  /// Fails with `damaged_file` if an image is no database. @pre !images.empty()
  static expected<state_suite> make(std::vector<std::string> images,
                                    const suite_options& options = {});

  std::size_t size() const noexcept;

  /// SHA-256 over the images in their order. It stands in every result, so that
  /// results of different states are never compared.
  const std::string& hash() const noexcept;

  /// The image of one state.
  std::string_view image(std::size_t state) const;

  /// The answers to `query`, one for each state.
  answers run(const dsl::compiled& query) const;

  /// Whether `query` is worth having as data: it executes on all states, some
  /// answer has a cell that is not NULL, and the answers are not all equal.
  /// Fails as `sql::connection` does, or with `degenerate`. The same statement
  /// with the same parameters is answered from memory.
  status probe(const dsl::compiled& query) const;

  /// Whether `query` may serve as gold: what `probe` asks for, and the same
  /// answers when repeated, with unordered selects turned around, and on
  /// row-shuffled copies of all states. Fails with `degenerate`, too, if they
  /// differ. @pre `query` was compiled with `expose_order`
  status check_gold(const dsl::compiled& query) const;

private:
  struct state;
  explicit state_suite(std::shared_ptr<const state> s);
  std::shared_ptr<const state> state_;
};

/// How the answers to `query` are to be read.
answer_shape shape_of(const dsl::compiled& query);

} // namespace aura::evaluation
