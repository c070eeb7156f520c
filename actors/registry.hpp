#pragma once

#include "actors/flow/cost.hpp"
#include "actors/flow/options.hpp"
#include "actors/flow/pipeline.hpp"
#include "actors/flow/step.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aura {

/// A stage whose options were read and found good, not yet started.
struct prepared_stage {
  std::string name;
  /// All options with the values they have.
  std::vector<flow::option_info> options;
  /// What it is going to do, in a line: `60,000 rows`.
  std::string plan;
  /// What others are paid for a row that comes here, if they are.
  std::optional<flow::row_cost> cost;
  /// Rows that it makes at most, and accepted rows at which it ends the run; 0
  /// where a stage does neither.
  std::uint64_t most_rows = 0;
  std::uint64_t target = 0;
  std::function<expected<flow::stage_spec>(const flow::environment&)> make;
  /// What it will need, found out from the files that its options name; empty
  /// where there is nothing to find out. Fails if it cannot be had.
  std::function<expected<std::string>()> forecast;
  /// Whether it could start here and now, as far as that shows before other
  /// stages have run; empty where there is nothing to look at.
  std::function<status()> ready;
};

/// The stages that pipeline files may name.
const std::vector<std::string>& stage_names();

/// Reads the options of the stage `name`. What is wrong with them is added to
/// `trouble`. Opens nothing and starts nothing.
/// @pre `name` is one of `stage_names()`
prepared_stage prepare_stage(std::string_view name,
                             const flow::setting& options,
                             flow::problems& trouble,
                             const std::vector<std::filesystem::path>& roots);

/// Adds to `trouble` what a stage needs and none before it makes, as `verify`
/// needs database states; `stages` are in their order.
void check_needs(const std::vector<flow::stage_entry>& stages,
                 flow::problems& trouble);

/// A stage as it is documented.
struct stage_description {
  std::string name;
  std::string summary;
  /// With their defaults.
  std::vector<flow::option_info> options;
};

/// All stages, in the order in which pipelines have them.
std::vector<stage_description> describe_stages();

/// Every option of every stage with its default and its comment, as YAML.
std::string reference();

} // namespace aura
