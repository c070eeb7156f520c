// A row that nothing can be had for costs that row, and nothing else.

#include "kernels/infill/prompt.hpp"
#include "tests/pipelines/ask.hpp"

#include <map>

namespace aura::testing {
namespace {

using Poison = Ask;

std::uint64_t sum(const json& counts) {
  auto result = std::uint64_t{0};
  for (const auto& [reason, n] : counts.items())
    result += n.get<std::uint64_t>();
  return result;
}

/// How often `reason` is counted, as a fault of the row or of the machinery.
std::uint64_t count(const json& report, const std::string& reason) {
  return report["rejected"].value(reason, 0u)
         + report["failed"].value(reason, 0u);
}

TEST_F(Poison, CostsItsRowWhateverItIs) {
  auto asked = std::map<std::string, int>{};
  on_question = [&](const std::string& text) {
    if (const auto query = infill::query_of(text))
      ++asked[*query];
  };
  const auto few = std::vector<std::string>{"rows=60", "split.eval=4",
                                            "split.l0=4", "split.l1=4"};
  serve("");
  ASSERT_EQ(run(words("calm", few)).code, 0);
  server.reset();
  on_question = [](const std::string&) {};
  const auto calm = report("calm");
  // A row that was accepted, and that one request alone is about.
  auto poison = std::string{};
  for (const auto& row : rows_of("calm/dataset/train.jsonl")) {
    const auto query = row["query"].get<std::string>();
    if (asked[query] == 1 && query.find_first_of("\"\\") == std::string::npos)
      poison = query;
  }
  ASSERT_FALSE(poison.empty());

  const struct {
    net::mishap what;
    int amount;
    const char* code;
    const char* reason;
  } cases[] = {
    {net::mishap::bad_request, -1, "http_status", "status 400"},
    {net::mishap::broken_json, -1, "invalid_reply", "not JSON"},
    {net::mishap::broken_content, -1, "invalid_reply", "JSON"},
    {net::mishap::refusal, -1, "refusal", "I cannot help with that."},
    {net::mishap::filtered, -1, "refusal", "filter"},
    {net::mishap::cut_short, -1, "too_long", "limit of tokens"},
    {net::mishap::oversize, 11 << 10, "resource_limit", "limit"},
    {net::mishap::two_lengths, -1, "invalid_reply", ""},
    {net::mishap::encoded, -1, "invalid_reply", ""},
  };
  for (const auto& x : cases) {
    const auto name = std::string{net::to_string(x.what)};
    auto plan = net::fault_plan{};
    auto& entry = plan.entries.emplace_back();
    entry.what = x.what;
    entry.amount = x.amount;
    entry.about = "auradsl\\n" + poison + "\\n```"; // as JSON has it
    serve(plan, net::issue_identity({"localhost"}));
    const auto result = run(words(name, few));
    ASSERT_EQ(result.code, 0) << name << ": " << result.err;
    EXPECT_GE(server->stats().mishaps[name], 1u) << name;
    server.reset();
    auto hit = std::vector<json>{};
    for (const auto& row : rows_of(name + "/rejected.jsonl"))
      if (row["query"] == poison)
        hit.push_back(row);
    ASSERT_EQ(hit.size(), 1u) << name;
    EXPECT_EQ(hit[0]["rejected"], x.code) << name;
    EXPECT_EQ(hit[0]["stage"], "infill") << name;
    const auto reason = hit[0]["reason"].get<std::string>();
    EXPECT_FALSE(reason.empty()) << name;
    EXPECT_NE(reason.find(x.reason), std::string::npos)
      << name << ": " << reason;
    const auto told = report(name);
    EXPECT_EQ(count(told, x.code), count(calm, x.code) + 1) << name;
    EXPECT_EQ(told["generated"].get<std::uint64_t>(),
              told["accepted"].get<std::uint64_t>() + sum(told["rejected"])
                + sum(told["failed"]))
      << name;
    EXPECT_EQ(told["pending"], 0) << name;
    EXPECT_GE(told["accepted"], 57) << name;
  }
}

TEST_F(Poison, LosesOnlyTheRowsThatTheModelDeclines) {
  serve("refusal%10,length%5");
  const auto result = run(words("run"));
  ASSERT_EQ(result.code, 0) << result.err;
  const auto x = report("run");
  expect_wanted(x);
  EXPECT_GT(x["rejected"].value("refusal", 0), 0) << x["rejected"];
  EXPECT_GT(x["rejected"].value("too_long", 0), 0) << x["rejected"];
}

} // namespace
} // namespace aura::testing
