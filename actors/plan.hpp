#pragma once

#include "actors/flow/pipeline.hpp"
#include "actors/flow/run_directory.hpp"
#include "actors/registry.hpp"

#include <string>
#include <vector>

namespace aura {

/// A pipeline that was read, checked and found good. Nothing was started yet.
struct run_plan {
  flow::pipeline pipeline;
  std::vector<prepared_stage> stages;
  flow::run_identity identity;
};

/// Reads a pipeline file with its overrides. What is wrong is added to
/// `trouble`; the result means something only if nothing was. With `replay`,
/// every stage that could buy something is told to use what was bought.
run_plan make_plan(const flow::pipeline_source& source,
                   const std::vector<std::string>& overrides,
                   flow::problems& trouble, bool replay = false);

/// Which stages are as they were in an earlier run, and why the others are not;
/// empty if there was none.
std::string changes_since(const run_plan& plan,
                          const std::filesystem::path& earlier);

/// The plan for people: stages, what they will do, their options, and what it
/// will cost.
std::string to_text(const run_plan& plan);

} // namespace aura
