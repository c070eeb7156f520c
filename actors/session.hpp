#pragma once

#include "actors/flow/console.hpp"
#include "actors/plan.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace aura {

struct session_options {
  /// The folder of this run; empty chooses one under `base`.
  std::filesystem::path directory;
  std::filesystem::path base = "runs";
  bool fresh = false;
  flow::display display = flow::display::plain;
  std::FILE* out = stdout;
  /// Where a page shows the run while it goes on; 0 takes any free port.
  std::optional<std::uint16_t> web;
  /// How long a run that failed waits for steps that are still at work.
  std::chrono::milliseconds grace{30'000};
  /// Told where that is.
  std::function<void(const std::string& url)> on_web
    = [](const std::string&) {};
};

struct session_result {
  /// `errc::none` if all went well.
  fault failure;
  std::filesystem::path directory;
  /// A step did not come back, and its thread with it: the process can only be
  /// left by `_Exit`.
  bool stuck = false;
};

/// What a session does when it is interrupted: the first call drains the run.
/// Safe to call from any thread.
using interrupter = std::function<void()>;

/// Runs a plan to its end, writes the report, and says how it went.
/// `on_started` gets what interrupts the run.
session_result run_session(const run_plan& plan, const session_options& options,
                           const std::function<void(interrupter)>& on_started);

/// Makes `rows` rows and shows them: question, query, verdict. Writes nothing.
session_result preview_session(const run_plan& plan, std::uint64_t rows,
                               std::FILE* out);

} // namespace aura
