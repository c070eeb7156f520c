#pragma once

#include "actors/flow/batch.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace aura::flow {

/// What a stage does to a batch, in place. Bad rows are marked with
/// `sample::reject`; an error stops the run. Runs on a worker thread.
using step = std::function<status(batch&)>;

/// Makes one step. Called once for each worker, on that worker's thread, so
/// that steps may own what must not be shared, such as a connection.
using step_factory = std::function<expected<step>()>;

/// How a stage meets its rows.
enum class shape : std::uint8_t {
  /// Each batch by itself; several workers may run at once, and what leaves
  /// keeps the order in which it came. A step must neither add nor drop rows.
  map,
  /// All rows at once, after the last has come. The step may drop rows that it
  /// or others rejected, and the rest goes on in batches.
  collect,
  /// Makes rows out of the context. The step is asked for batch number
  /// `sequence` and must be a function of it; an empty batch is the end.
  source,
};

/// Where a long step has come to, for whoever watches.
struct note {
  std::string stage;
  /// A short line for people: `step 120 of 2,000, loss 0.31`.
  std::string text;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  /// Numbers for machines and charts: `{"loss", 0.31}`.
  std::vector<std::pair<std::string, double>> values = {};
};

/// What a stage may know about the run it is part of.
struct environment {
  /// Every random number of the run derives from it.
  std::uint64_t seed = 0;
  /// What NOW() means in every query of the run.
  std::string now;
  /// Rows a batch.
  std::size_t batch_rows = 64;
  /// Where files go. Empty in a run that writes nothing.
  std::filesystem::path directory;
  /// The stage's own name.
  std::string stage;
  /// Asked to stop soon: long steps save what they have and return
  /// `errc::cancelled`.
  std::stop_token stop;
  /// Says that enough rows were accepted after this stage: none that it still
  /// has is needed, and what they would cost can be saved.
  std::stop_token enough;
  /// Tells whoever watches. Thread-safe; never empty.
  std::function<void(note)> tell = [](note) {};
  /// Adds a section (a JSON value) to the run's report. Thread-safe; never
  /// empty.
  std::function<void(const std::string& section, const std::string& json)>
    publish = [](const std::string&, const std::string&) {};
  /// Ignore what earlier runs left in `directory`.
  bool fresh = false;
  /// A fault plan that whoever speaks to a server carries out, as `--faults`
  /// names it; empty: none.
  std::string faults;
  /// Identifies the configuration, the input files and the program.
  std::string run_hash;
  /// The folders of earlier runs of this pipeline, the newest first, for
  /// whoever may take something over from them.
  std::vector<std::filesystem::path> earlier;
};

struct worker_spawner;
class row_store;

/// A stage, ready to be started: what the author of a stage hands over.
struct stage_spec {
  std::string name;
  flow::shape shape = flow::shape::map;
  /// Threads that run the step.
  std::size_t workers = 1;
  step_factory make;
  /// Keeps the first `target` sound rows by row id, then ends the source.
  /// Zero means no limit.
  std::uint64_t target = 0;
  /// Of a collecting stage: where its rows are kept instead of in memory. The
  /// step is called with a batch that holds none, reads them there, and leaves
  /// there what goes on.
  std::shared_ptr<row_store> store;
  /// Instead of `make`: an actor that answers batches at its own pace (a
  /// language model behind a network). See worker.hpp.
  std::shared_ptr<worker_spawner> spawner;
};

/// A stage that changes each batch by itself, on `workers` threads.
inline stage_spec map_stage(const environment& at, std::size_t workers,
                            step_factory make) {
  auto spec = stage_spec{};
  spec.name = at.stage;
  spec.workers = workers;
  spec.make = std::move(make);
  return spec;
}

/// A stage that makes batches, on `workers` threads.
inline stage_spec source_stage(const environment& at, std::size_t workers,
                               step_factory make) {
  auto spec = map_stage(at, workers, std::move(make));
  spec.shape = shape::source;
  return spec;
}

/// A stage that needs all rows at once.
inline stage_spec collect_stage(const environment& at, step work) {
  auto spec = map_stage(
    at, 1, [work = std::move(work)] { return expected<step>{work}; });
  spec.shape = shape::collect;
  return spec;
}

/// A step that calls `work(row, batch)` for each row that is still sound.
template <class Work>
step for_each_row(Work work) {
  return [work = std::move(work)](batch& x) mutable -> status {
    for (auto& row : x.samples)
      if (row.rejected == errc::none)
        work(row, x);
    return ok;
  };
}

} // namespace aura::flow
