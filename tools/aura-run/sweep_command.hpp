#pragma once

#include "actors/flow/pipeline.hpp"
#include "actors/session.hpp"
#include "kernels/base/expected.hpp"

#include <functional>
#include <string>
#include <vector>

namespace aura::tools {

/// What `aura-run sweep` was asked for.
struct sweep_arguments {
  /// The word that names the pipeline, for the jobs.
  std::string pipeline;
  /// `key=a,b,c`
  std::vector<std::string> axes;
  std::string folder;
  bool keep_going = false;
  bool json = false;
};

/// Plans every job before it starts the first. `on_started` gets what
/// interrupts the sweep. Returns the exit code.
int run_sweep_command(const flow::pipeline_source& source,
                      const sweep_arguments& given,
                      const std::function<void(interrupter)>& on_started);

} // namespace aura::tools
