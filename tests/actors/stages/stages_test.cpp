#include "actors/registry.hpp"
#include "actors/stages/domain.hpp"
#include "actors/stages/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace aura {
namespace {

/// The step of one stage, without any actor.
class Stages : public ::testing::Test {
protected:
  flow::step step_of(const char* stage, const std::string& yaml = "{}") {
    auto trouble = flow::problems{};
    const auto from = flow::parse_yaml(yaml, "f.yaml", trouble);
    const auto ready = prepare_stage(stage, from, trouble, {AURA_SOURCE_DIR});
    EXPECT_TRUE(trouble.empty());
    auto at = flow::environment{};
    at.seed = 5;
    at.now = "2024-12-31 12:00:00";
    at.stage = stage;
    at.batch_rows = 40;
    at.publish = [this](const std::string& name, const std::string& text) {
      sections[name] = text;
    };
    auto spec = ready.make(at);
    EXPECT_TRUE(spec);
    auto made = spec->make();
    EXPECT_TRUE(made);
    return *made;
  }

  void apply(const char* stage, const std::string& yaml = "{}") {
    const auto done = step_of(stage, yaml)(rows);
    ASSERT_TRUE(done) << done.error().message;
  }

  /// A domain with states, and forty questions over it.
  void fill() {
    apply("schema", "file: configs/schemas/shop.yaml");
    apply("states", "kinds: [realistic, ties, nulls]");
    apply("skeletons");
    apply("infill");
  }

  sample row(std::uint64_t id, const std::string& query) {
    auto x = sample{};
    x.id = id;
    x.query = query;
    x.question = "q" + std::to_string(id);
    return x;
  }

  batch rows;
  std::map<std::string, std::string> sections;
};

TEST_F(Stages, MakeQuestionsAndQueries) {
  fill();
  ASSERT_EQ(rows.samples.size(), 40u);
  for (const auto& x : rows.samples) {
    EXPECT_FALSE(x.query.empty());
    EXPECT_FALSE(x.structure.empty());
    EXPECT_TRUE(x.rejected != errc::none || !x.question.empty());
  }
}

TEST_F(Stages, MakeTheSameRowsInAnyOrderOfBatches) {
  fill();
  const auto first = rows;
  auto again = batch{};
  again.context = first.context;
  again.sequence = 1;
  const auto skeletons = step_of("skeletons");
  ASSERT_TRUE(skeletons(again)); // the second batch before the first
  EXPECT_EQ(again.samples.front().id, 40u);
  again.samples.clear();
  again.sequence = 0;
  ASSERT_TRUE(skeletons(again));
  for (std::size_t i = 0; i < first.samples.size(); ++i)
    EXPECT_EQ(again.samples[i].query, first.samples[i].query);
}

TEST_F(Stages, VerifyRejectsWhatTellsNothing) {
  fill();
  rows.samples = {
    row(0, "SOURCE orders |> AGGREGATE COUNT()"),
    row(1, "SOURCE orders |> FILTER FALSE"),
    row(2, "SOURCE nothing"),
    row(3, "SOURCE orders |>"),
  };
  apply("verify");
  EXPECT_EQ(rows.samples[0].rejected, errc::none) << rows.samples[0].reason;
  EXPECT_EQ(rows.samples[1].rejected, errc::degenerate);
  EXPECT_EQ(rows.samples[2].rejected, errc::resolve_error);
  EXPECT_EQ(rows.samples[3].rejected, errc::resolve_error);
}

TEST_F(Stages, VerifyRejectsWhatNeverEndsOrAnswersTooMuch) {
  fill();
  rows.samples = {
    row(0, "SOURCE orders |> AGGREGATE COUNT()"),
    row(1, "SOURCE orders |> CROSS JOIN order_items |> CROSS JOIN orders AS a "
           "|> CROSS JOIN order_items AS b |> CROSS JOIN orders AS c "
           "|> AGGREGATE COUNT()"),
    row(2, "SOURCE orders |> SELECT id "
           "|> CROSS JOIN (SOURCE payments |> SELECT id AS payment) "
           "|> CROSS JOIN (SOURCE orders |> SELECT id AS other)"),
    row(3, "SOURCE orders |> AGGREGATE COUNT() BY status"),
  };
  apply("verify");
  EXPECT_EQ(rows.samples[0].rejected, errc::none) << rows.samples[0].reason;
  EXPECT_EQ(rows.samples[1].rejected, errc::resource_limit)
    << rows.samples[1].reason;
  EXPECT_EQ(rows.samples[2].rejected, errc::resource_limit)
    << rows.samples[2].reason;
  EXPECT_EQ(rows.samples[3].rejected, errc::none) << rows.samples[3].reason;
}

TEST_F(Stages, VerifyLeavesRejectedRowsAlone) {
  fill();
  rows.samples = {row(0, "SOURCE nothing")};
  rows.samples[0].reject(errc::unfaithful, "before");
  apply("verify");
  EXPECT_EQ(rows.samples[0].reason, "before");
}

TEST_F(Stages, DedupeKeepsTheRowOfTheLowerId) {
  rows.samples = {row(0, "a"), row(1, "b"), row(2, "c")};
  rows.samples[0].question = "How many orders are there?";
  rows.samples[1].question = "how many orders  are there";
  rows.samples[2].question = "Which customers came back in March?";
  apply("dedupe");
  EXPECT_EQ(rows.samples[0].rejected, errc::none);
  EXPECT_EQ(rows.samples[1].rejected, errc::duplicate);
  EXPECT_EQ(rows.samples[1].reason, "same_question");
  EXPECT_EQ(rows.samples[2].rejected, errc::none);
}

TEST_F(Stages, ContextGivesTrainingRowsWhatRetrievalMissed) {
  fill();
  rows.samples = {row(0, "SOURCE orders |> AGGREGATE COUNT()"),
                  row(1, "SOURCE orders |> AGGREGATE COUNT()")};
  for (auto& x : rows.samples)
    x.question = "zzzz"; // tells nothing
  rows.samples[0].split = "train";
  rows.samples[1].split = "L0";
  apply("context", "{mode: top, tables: 1}");
  const auto& tables = rows.samples[0].tables;
  EXPECT_NE(std::find(tables.begin(), tables.end(), "orders"), tables.end());
  EXPECT_LE(rows.samples[1].tables.size(), tables.size());
}

TEST(ParallelFor, CallsEveryIndexOnce) {
  for (std::size_t threads : {1, 3, 16}) {
    auto calls = std::vector<std::atomic<int>>(100);
    stages::parallel_for(calls.size(), threads,
                         [&](std::size_t i) { ++calls[i]; });
    for (const auto& x : calls)
      EXPECT_EQ(x.load(), 1);
  }
}

} // namespace
} // namespace aura
