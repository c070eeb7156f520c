#include "actors/stages/control_runs.hpp"

#include "actors/stages/parallel.hpp"
#include "kernels/base/json.hpp"
#include "kernels/evaluation/controls.hpp"

#include <atomic>
#include <functional>

namespace aura::stages {

namespace {

using evaluation::outcome;
using json = nlohmann::ordered_json;

struct expectation {
  const char* text;
  double low;
  double high;
};

json entry(const char* name, const std::string& split, std::size_t k,
           std::size_t n, const expectation& wanted) {
  const auto rate
    = n == 0 ? 0.0 : static_cast<double>(k) / static_cast<double>(n);
  return {{"name", name},
          {"split", split},
          {"n", n},
          {"k", k},
          {"rate", rate},
          {"expected", wanted.text},
          {"ok", n == 0 || (rate >= wanted.low && rate <= wanted.high)}};
}

} // namespace

json run_controls(const std::vector<judged>& items,
                  const std::vector<sample>& rows, const std::string& split,
                  const domain& context, const control_setting& setting) {
  auto tests = std::vector<const judged*>{};
  auto keys = std::vector<std::string_view>{};
  for (const auto& x : items)
    if (x.row->split == split) {
      tests.push_back(&x);
      keys.push_back(x.row->query);
    }
  const auto matches
    = [&](const std::function<std::string(std::size_t)>& answer) {
        auto count = std::atomic<std::size_t>{0};
        parallel_for(tests.size(), setting.threads, [&](std::size_t i) {
          const auto verdict
            = evaluation::judge(tests[i]->gold, answer(i), *context.schema,
                                *context.suite, setting.compile);
          if (verdict.strict == outcome::match)
            ++count;
        });
        return count.load();
      };
  const auto n = tests.size();
  auto result = json::array();
  result.push_back(entry(
    "gold", split, matches([&](std::size_t i) { return tests[i]->row->query; }),
    n, {"100 %", 1, 1}));
  result.push_back(
    entry("gold, printed and parsed again", split, matches([&](std::size_t i) {
            auto text = evaluation::reprinted(tests[i]->row->query);
            return text ? *text : std::string{};
          }),
          n, {"100 %", 1, 1}));
  const auto partner = evaluation::permuted(keys, setting.seed);
  result.push_back(entry("golds permuted", split, matches([&](std::size_t i) {
                           return tests[partner[i]]->row->query;
                         }),
                         n, {"at most 3 %", 0, 0.03}));
  auto empty = std::size_t{0};
  for (const auto* x : tests)
    empty += evaluation::judge_empty(x->gold).strict == outcome::match;
  result.push_back(
    entry("always empty", split, empty, n, {"about 0", 0, 0.01}));

  auto questions = std::vector<std::string_view>{};
  auto queries = std::vector<std::string_view>{};
  for (const auto& row : rows)
    if (row.split == "train") {
      questions.push_back(row.question);
      queries.push_back(row.query);
    }
  const auto memory = evaluation::memoriser{questions, queries};
  result.push_back(
    entry("memoriser of training rows", split, matches([&](std::size_t i) {
            return std::string{memory.answer(tests[i]->row->question)};
          }),
          n, {"reported", 0, 1}));
  return result;
}

} // namespace aura::stages
