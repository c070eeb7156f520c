#pragma once

#include "actors/flow/tally.hpp"

#include <map>
#include <string>
#include <vector>

namespace aura::flow {

/// What a report is made of.
struct report_input {
  std::string name;
  std::string hash;
  std::uint64_t seed = 0;
  /// Whether the run ended by itself, with all accounts settled.
  bool complete = false;
  /// Why not, if not.
  std::string failure;
  std::vector<tally> stages;
  /// Sections that stages published, as JSON: `dataset`, `training`,
  /// `evaluation` and so on.
  std::map<std::string, std::string> sections;
  /// Library and program versions.
  std::map<std::string, std::string> versions;
  double wall_seconds = 0;
  double datagen_peak_mb = 0;
};

/// `report.json`: the sections, the accounts, the funnel and the timings.
std::string report_json(const report_input& input);

/// A page that needs nothing but itself, drawn from `report.json`. What it does
/// not find there it leaves out. Fails with `damaged_file` if it is no JSON.
expected<std::string> report_html(const std::string& report);

} // namespace aura::flow
