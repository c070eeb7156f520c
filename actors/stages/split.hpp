#pragma once

#include "actors/flow/step.hpp"

#include <string>

namespace aura::stages {

/// What a pipeline file may say under `split:`.
struct split_options {
  std::uint64_t rows = 10'000;
  std::size_t eval = 500;
  std::size_t l0 = 500;
  std::size_t l1 = 500;
  std::size_t workers = 2;
};

template <class Visitor>
void describe(Visitor& v, split_options& x) {
  v.number("rows", x.rows, 1, std::int64_t{1} << 40,
           "Accepted rows to reach; then no more are made.");
  v.number("eval", x.eval, 0, 1'000'000,
           "Rows to watch the training with, at least.");
  v.number("l0", x.l0, 0, 1'000'000,
           "Rows of the test split L0 (random), at least.");
  v.number("l1", x.l1, 0, 1'000'000,
           "Rows of the test split L1 (structures that are nowhere else), at "
           "least.");
  v.tuning("workers", x.workers, 1, 256, "Threads that check test rows.");
}

std::string plan_of(const split_options& options);

/// Accepted rows at which it ends the run.
std::uint64_t target_of(const split_options& options);

/// Keeps the first rows by id, divides them into train, eval, L0 and L1,
/// rejects test rows that cannot serve as gold, and writes the dataset.
expected<flow::stage_spec> make_stage(const split_options& options,
                                      const flow::environment& at);

} // namespace aura::stages
