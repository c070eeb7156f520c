#include "actors/stages/report.hpp"

#include "actors/stages/domain.hpp"
#include "kernels/base/json.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/evaluation/contamination.hpp"
#include "kernels/skeleton/coverage.hpp"

#include <map>

namespace aura::stages {

namespace {

using json = nlohmann::ordered_json;

json coverage_of(const batch& x) {
  auto seen = skeleton::coverage{*x.context->schema};
  auto styles = std::map<std::string, std::size_t>{};
  for (const auto& row : x.samples) {
    const auto parsed = dsl::parse(row.query);
    if (parsed.query)
      seen.add(*parsed.query);
    ++styles[row.style];
  }
  const auto all = seen.report();
  auto result = json{{"queries", all.queries},
                     {"structures", all.structures},
                     {"structures seen once", all.single_structures},
                     {"columns", all.columns},
                     {"columns never used", all.unused_columns.size()}};
  result["styles"] = styles;
  result["columns by role"] = all.columns_by_role;
  auto depth = json::object();
  for (std::size_t i = 0; i < all.operators.size(); ++i)
    if (all.operators[i] > 0)
      depth[std::to_string(i)] = all.operators[i];
  result["queries by number of operators"] = std::move(depth);
  result["productions"] = all.productions;
  result["operator pairs"] = all.operator_pairs;
  result["operators and column types"] = all.operator_types;
  return result;
}

json contamination_of(const batch& x) {
  auto rows = std::vector<evaluation::split_row>{};
  for (const auto& row : x.samples) {
    const auto where = row.split == "train"  ? evaluation::split::train
                       : row.split == "eval" ? evaluation::split::eval
                       : row.split == "L0"   ? evaluation::split::l0
                                             : evaluation::split::l1;
    rows.push_back({where, row.question, row.query, row.structure});
  }
  auto result = json::object();
  for (auto split : {evaluation::split::l0, evaluation::split::l1}) {
    const auto found = evaluation::find_contamination(rows, split);
    result[evaluation::to_string(split)]
      = {{"rows", found.rows},
         {"same_question", found.same_question},
         {"near_question", found.near_question},
         {"same_query", found.same_query},
         {"same_structure", found.same_structure},
         {"gram_8", found.gram_8},
         {"gram_13", found.gram_13}};
  }
  return result;
}

status work(batch& x, const report_options& options,
            const flow::environment& at) {
  if (options.coverage)
    at.publish("coverage", coverage_of(x).dump());
  auto found = json::object();
  if (options.contamination) {
    found = contamination_of(x);
    at.publish("contamination", found.dump());
  }
  auto states = json::array();
  for (const auto& name : x.context->state_names)
    states.push_back(name);
  at.publish("suite", json{{"states", states.size()},
                           {"names", states},
                           {"sha256", x.context->suite->hash()},
                           {"schema", x.context->schema->name}}
                        .dump());
  if (found.contains("L1") && found["L1"]["same_structure"] != 0)
    return fault{errc::internal,
                 "rows of L1 share structures with training rows"};
  return ok;
}

} // namespace

expected<flow::stage_spec> make_stage(const report_options& options,
                                      const flow::environment& at) {
  return flow::collect_stage(at,
                             [=](batch& x) { return work(x, options, at); });
}

} // namespace aura::stages
