#include "actors/flow/batch.hpp"
#include "actors/flow/report.hpp"
#include "kernels/base/json.hpp"

#include <algorithm>
#include <cmath>

namespace aura::flow {

namespace {

using json = nlohmann::ordered_json;

double rounded(double x) {
  return std::round(x * 1000) / 1000;
}

json by_reason(const std::map<errc, std::uint64_t>& counts) {
  auto result = json::object();
  for (const auto& [code, n] : counts)
    result[to_string(code)] = n;
  return result;
}

/// How many rows are left after each stage that rejects some, up to the stage
/// that decides what counts.
json funnel(const report_input& input, const accounts& total) {
  auto result = json::array();
  auto left = total.generated;
  for (const auto& x : input.stages) {
    auto reasons = json::object();
    auto lost = std::uint64_t{0};
    for (const auto& [by, n] : total.by_stage)
      if (by.first == x.stage) {
        reasons[to_string(by.second)] = n;
        lost += n;
      }
    const auto before = left;
    left -= std::min(left, lost);
    if (x.made > 0 || lost > 0)
      result.push_back({{"stage", x.stage},
                        {"before", before},
                        {"after", left},
                        {"rejected", reasons}});
    if (x.gate)
      break;
  }
  return result;
}

json timings(const report_input& input) {
  auto result = json::array();
  for (const auto& x : input.stages) {
    const auto rows = x.in + x.made;
    result.push_back(
      {{"stage", x.stage},
       {"rows_in", rows},
       {"rows_out", x.out},
       {"surplus", x.surplus},
       {"seconds", rounded(x.active)},
       {"busy_seconds", rounded(x.busy)},
       {"rows_per_second",
        x.active > 0 ? std::round(static_cast<double>(rows) / x.active) : 0.0},
       {"window_rows", x.granted_rows},
       {"peak_rows_in_flight", x.peak_rows},
       {"window_bytes", x.granted_bytes},
       {"peak_bytes_in_flight", x.peak_bytes},
       {"largest_batch_rows", x.largest_rows},
       {"largest_batch_bytes", x.largest_bytes}});
  }
  return result;
}

/// Rows a second from the first row made to the gate.
json datagen(const report_input& input) {
  auto rows = std::uint64_t{0};
  auto active = 0.0;
  for (const auto& x : input.stages) {
    rows += x.made;
    if (rows > 0)
      active = std::max(active, x.gate ? 0.0 : x.active);
    if (x.gate)
      break;
  }
  return {{"rows", rows},
          {"seconds", rounded(active)},
          {"rows_per_second",
           active > 0 ? std::round(static_cast<double>(rows) / active) : 0.0},
          {"peak_rss_mb", std::round(input.datagen_peak_mb)}};
}

} // namespace

std::string report_json(const report_input& input) {
  const auto total = settle(input.stages);
  auto result = json::object();
  result["run"] = input.name;
  result["hash"] = input.hash;
  result["seed"] = input.seed;
  result["complete"] = input.complete;
  if (!input.failure.empty())
    result["failure"] = input.failure;
  result["generated"] = total.generated;
  result["accepted"] = total.accepted;
  result["rejected"] = by_reason(total.rejected);
  result["failed"] = by_reason(total.failed);
  result["pending"] = total.pending;
  // These three first, then all others by name.
  auto order = std::vector<std::string>{"dataset", "training", "evaluation"};
  for (const auto& [name, text] : input.sections)
    if (std::find(order.begin(), order.end(), name) == order.end())
      order.push_back(name);
  for (const auto& name : order) {
    const auto found = input.sections.find(name);
    if (found == input.sections.end())
      continue;
    auto value = json::parse(found->second, nullptr, false);
    if (!value.is_discarded())
      result[name] = std::move(value);
  }
  result["funnel"] = funnel(input, total);
  result["datagen"] = datagen(input);
  result["stages"] = timings(input);
  result["versions"] = input.versions;
  result["wall_seconds"] = rounded(input.wall_seconds);
  return result.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

} // namespace aura::flow
