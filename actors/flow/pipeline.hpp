#pragma once

#include "actors/flow/options.hpp"
#include "actors/flow/setting.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aura::flow {

/// What a pipeline file says beside its stages.
struct run_options {
  std::string pipeline = "run";
  std::uint64_t seed = 2024;
  std::string now = "2024-12-31 12:00:00";
  std::size_t batch = 64;
  std::size_t window_rows = 1024;
  std::size_t window_bytes = std::size_t{8} << 20;
  std::size_t patience = 600;
  std::string faults;
};

template <class Visitor>
void describe(Visitor& v, run_options& x) {
  v("pipeline", x.pipeline, "Name of the run, and of its folder under runs/.");
  v.number("seed", x.seed, 0, std::int64_t{1} << 62,
           "Every random number of the run derives from it.");
  v("now", x.now, "What NOW() means in queries, in UTC.");
  v.number("batch", x.batch, 1, 4096, "Rows that travel together.");
  v.tuning("window-rows", x.window_rows, 1, 1'000'000,
           "Rows that may be under way between two stages.");
  v.tuning("window-bytes", x.window_bytes, 1, std::int64_t{1} << 40,
           "The same in bytes. One batch is always allowed.");
  v.tuning("patience", x.patience, 0, 86'400,
           "Seconds without any progress after which a run is stopped; 0 "
           "means never.");
  v("faults", x.faults,
    "A fault plan (configs/faults.yaml, or its words) that requests to a "
    "language model meet on their way; --faults on the command line. Such a "
    "run has a folder and a journal of its own.");
}

/// A stage of a pipeline and what its file says under its name.
struct stage_entry {
  std::string name;
  setting options;
};

/// A pipeline file, read and checked: its stages in the order of its edges.
struct pipeline {
  run_options run;
  std::vector<stage_entry> stages;
  std::map<std::string, std::string> parameters;
  /// Where files are looked for.
  std::vector<std::filesystem::path> roots;
};

/// A pipeline file as text. `file` is its name in messages.
struct pipeline_source {
  std::string file;
  std::string text;
  /// Where `include` and files are looked for, in this order.
  std::vector<std::filesystem::path> roots;
};

/// Reads a pipeline with its overrides (`infill.provider=openai`): strict, and
/// without any effect. `known` are the stages that exist. All that is wrong is
/// added to `trouble`; the result means something only if nothing was.
pipeline read_pipeline(const pipeline_source& source,
                       const std::vector<std::string>& overrides,
                       const std::vector<std::string>& known,
                       problems& trouble);

} // namespace aura::flow
