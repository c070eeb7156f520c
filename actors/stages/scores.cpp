#include "actors/stages/scores.hpp"

#include "kernels/base/json.hpp"
#include "kernels/evaluation/statistics.hpp"

#include <algorithm>
#include <map>

namespace aura::stages {

namespace {

using evaluation::outcome;
using json = nlohmann::ordered_json;

bool is_scored(const judged& x) {
  return x.verdict.strict != outcome::infrastructure_error;
}

double share(std::size_t k, std::size_t n) {
  return n == 0 ? 0 : static_cast<double>(k) / static_cast<double>(n);
}

/// The operators of a query, in order: `FILTER`, `SORT`.
std::vector<std::string> operators_of(const std::string& query) {
  auto result = std::vector<std::string>{};
  for (auto at = query.find("|> "); at != std::string::npos;
       at = query.find("|> ", at + 3)) {
    const auto begin = at + 3;
    result.push_back(query.substr(begin, query.find(' ', begin) - begin));
  }
  return result;
}

std::vector<std::string> slices_of(const sample& row) {
  auto operators = operators_of(row.query);
  const auto count = operators.size();
  std::sort(operators.begin(), operators.end());
  operators.erase(std::unique(operators.begin(), operators.end()),
                  operators.end());
  operators.push_back(std::to_string(count)
                      + (count == 1 ? " operator" : " operators"));
  operators.push_back("style " + row.style);
  return operators;
}

json interval_of(const evaluation::interval& x) {
  return json::array({x.low, x.high});
}

} // namespace

json score(const std::vector<judged>& items, const std::string& split) {
  auto n = std::size_t{0};
  auto k = std::size_t{0};
  auto set = std::size_t{0};
  auto permuted = std::size_t{0};
  auto unscored = std::size_t{0};
  auto corrections = std::size_t{0};
  auto log_probability = 0.0;
  auto counts = std::map<std::string, std::size_t>{};
  for (const auto& x : items) {
    if (x.row->split != split)
      continue;
    ++counts[evaluation::to_string(x.verdict.strict)];
    if (!is_scored(x)) {
      ++unscored;
      continue;
    }
    ++n;
    k += x.verdict.strict == outcome::match;
    set += x.verdict.set;
    permuted += x.verdict.permuted;
    corrections += x.corrections > 0;
    log_probability += x.log_probability;
  }
  auto result = json{
    {"n", n},
    {"k", k},
    {"ex_strict", share(k, n)},
    {"ci95", interval_of(evaluation::clopper_pearson(k, n))},
    {"wilson95", interval_of(evaluation::wilson(k, n))},
    {"ex_set", share(set, n)},
    {"ex_perm", share(permuted, n)},
    {"corrected", corrections},
    {"log_probability", n == 0 ? 0 : log_probability / static_cast<double>(n)},
    {"outcomes", counts}};
  if (unscored > 0)
    result["unscored"] = unscored;
  return result;
}

json slices(const std::vector<judged>& items, const std::string& split) {
  auto counts = std::map<std::string, std::pair<std::size_t, std::size_t>>{};
  for (const auto& x : items)
    if (x.row->split == split && is_scored(x))
      for (const auto& name : slices_of(*x.row)) {
        ++counts[name].first;
        counts[name].second += x.verdict.strict == outcome::match;
      }
  auto result = json::array();
  for (const auto& [name, count] : counts)
    result.push_back({{"split", split},
                      {"slice", name},
                      {"n", count.first},
                      {"k", count.second},
                      {"ex_strict", share(count.second, count.first)}});
  return result;
}

json examples(const std::vector<judged>& items, const std::string& split,
              std::size_t most) {
  auto result = json::array();
  for (auto right : {true, false}) {
    auto count = std::size_t{0};
    for (const auto& x : items)
      if (x.row->split == split && (x.verdict.strict == outcome::match) == right
          && count < most) {
        result.push_back(to_json(x));
        ++count;
      }
  }
  return result;
}

json to_json(const judged& x) {
  auto result = json{{"id", x.row->id},
                     {"split", x.row->split},
                     {"question", x.row->question},
                     {"gold", x.row->query},
                     {"prediction", x.prediction},
                     {"outcome", evaluation::to_string(x.verdict.strict)},
                     {"set", x.verdict.set},
                     {"permuted", x.verdict.permuted},
                     {"log_probability", x.log_probability},
                     {"corrections", x.corrections}};
  if (!x.verdict.detail.empty())
    result["detail"] = x.verdict.detail;
  return result;
}

} // namespace aura::stages
