#pragma once

#include "actors/stages/domain.hpp"
#include "actors/stages/scores.hpp"
#include "kernels/dsl/compile.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace aura::stages {

/// What the controls of a run need.
struct control_setting {
  std::uint64_t seed = 0;
  std::size_t threads = 1;
  dsl::compile_options compile;
};

/// Scores systems whose score is known beforehand on the test rows of `split`:
/// the golds themselves, the golds printed and parsed again, the golds
/// permuted, an answer that is always empty, and a memoriser of the training
/// rows.
nlohmann::ordered_json run_controls(const std::vector<judged>& items,
                                    const std::vector<sample>& rows,
                                    const std::string& split,
                                    const domain& context,
                                    const control_setting& setting);

} // namespace aura::stages
