#include "kernels/model/translator.hpp"

#include "kernels/dsl/compile.hpp"
#include "kernels/model/checkpoint.hpp"
#include "kernels/model/generation.hpp"
#include "tests/kernels/model/samples.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace aura::model {
namespace {

using pointers = std::vector<const example*>;

pointers all(const std::vector<example>& examples) {
  pointers result;
  for (const auto& x : examples)
    result.push_back(&x);
  return result;
}

TEST(Generation, EqualsReadingEverythingAgain) {
  const auto shape = small_shape();
  const auto parameters = lively_parameters(shape, 1);
  auto examples = random_examples(6, 2);
  generation model{shape, parameters};
  model.start(all(examples));
  decoder reader{shape};
  for (int step = 0; step < 5; ++step) {
    std::vector<std::size_t> which;
    std::vector<std::int32_t> tokens;
    for (std::size_t i = 0; i < examples.size(); ++i) {
      auto again = examples[i];
      again.answer = {0};
      const auto wanted = reader.logits(parameters, pack(pointers{&again}));
      const auto found = model.logits(i);
      for (std::size_t j = 0; j < wanted.size(); ++j)
        ASSERT_NEAR(found[j], wanted[j], 1e-4) << step << " " << i;
      // Questions fall out one by one.
      if (i < static_cast<std::size_t>(step))
        continue;
      const auto token = static_cast<std::int32_t>((7 * i + 3) % 48);
      which.push_back(i);
      tokens.push_back(token);
      examples[i].question.push_back(token);
    }
    model.append(which, tokens);
  }
}

TEST(Generation, DoesNotDependOnTheCompany) {
  const auto shape = small_shape();
  const auto parameters = lively_parameters(shape, 1);
  const auto examples = random_examples(7, 2);
  generation together{shape, parameters};
  together.start(all(examples));
  together.append(std::vector<std::size_t>{0, 3, 5},
                  std::vector<std::int32_t>{4, 5, 6});
  generation alone{shape, parameters};
  alone.start(pointers{&examples[3]});
  alone.append(std::vector<std::size_t>{0}, std::vector<std::int32_t>{5});
  const auto a = together.logits(3), b = alone.logits(0);
  EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end()));
}

schema::schema house() {
  schema::schema s;
  schema::table devices;
  devices.name = "devices";
  devices.primary_key = {"id"};
  for (auto name : {"id", "room"}) {
    schema::column c;
    c.name = name;
    devices.columns.push_back(c);
  }
  devices.columns[1].values.push_back({std::string{"Living Room"}, ""});
  schema::column power;
  power.name = "power";
  power.type = schema::type::integer;
  devices.columns.push_back(power);
  s.tables = {devices};
  return s;
}

class Translator : public testing::Test {
protected:
  void SetUp() override {
    folder = std::filesystem::path{testing::TempDir()}
             / testing::UnitTest::GetInstance()->current_test_info()->name();
    auto vocabulary = text::bpe::train(
      {" SOURCE devices |> FILTER power > #1 AND room == $1 |> LIMIT #1",
       " SOURCE devices |> FILTER power > #1 AND room == $1 |> LIMIT #1",
       " SOURCE devices |> AGGREGATE COUNT( ) , AVG( power ) BY room",
       " SOURCE devices |> AGGREGATE COUNT( ) , AVG( power ) BY room"},
      360);
    auto shape = small_shape();
    shape.vocabulary = (vocabulary->size() + 15) / 16 * 16;
    shape.positions = 256;
    std::filesystem::create_directories(folder);
    ASSERT_TRUE(vocabulary->save(folder / "tokenizer.json"));
    ASSERT_TRUE(save_checkpoint(folder, shape, lively_parameters(shape, 3)));
  }

  void TearDown() override {
    std::filesystem::remove_all(folder);
  }

  std::filesystem::path folder;
  const std::vector<translation_request> requests{
    {{"devices"}, "devices with more than 24 W in the living room"},
    {{}, "average power"},
    {{"devices"}, "the 3 rooms of 7"},
  };
};

TEST_F(Translator, OnlyWritesQueriesThatCompile) {
  // A model that learned nothing says anything; the grammar makes it a query.
  const auto model = translator::load(folder);
  ASSERT_TRUE(model) << model.error().message;
  const auto s = house();
  for (const auto& found : model->translate_batch(s, requests)) {
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_GT(found->corrections, 0u);
    if (!found->complete)
      continue;
    dsl::compile_options clock;
    clock.now = "2024-12-31 12:00:00";
    const auto compiled = dsl::compile(found->query, s, clock);
    EXPECT_TRUE(compiled.compiled) << found->query;
  }
  const auto free
    = model->translate(s, {}, "average power", {.constrained = false});
  ASSERT_TRUE(free);
  EXPECT_EQ(free->corrections, 0u);
}

TEST_F(Translator, AnswersAloneAsInABatch) {
  const auto model = translator::load(folder);
  ASSERT_TRUE(model);
  const auto s = house();
  const auto together = model->translate_batch(s, requests, {.batch = 2});
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto alone
      = model->translate(s, requests[i].tables, requests[i].question);
    ASSERT_TRUE(alone);
    EXPECT_EQ(alone->query, together[i]->query);
    EXPECT_EQ(alone->log_probability, together[i]->log_probability);
    EXPECT_EQ(alone->complete, together[i]->complete);
  }
}

TEST_F(Translator, StopsAtTheLongestAnswer) {
  const auto model = translator::load(folder);
  ASSERT_TRUE(model);
  const auto found = model->translate(house(), {}, "average power",
                                      {.constrained = false, .max_tokens = 4});
  ASSERT_TRUE(found);
  EXPECT_LE(found->tokens, 4u);
}

TEST_F(Translator, RefusesQuestionsWithoutRoomForAnAnswer) {
  const auto model = translator::load(folder);
  ASSERT_TRUE(model);
  std::string question;
  for (int i = 0; i < 200; ++i)
    question += "xyzzy ";
  const auto found = model->translate(house(), {}, question);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, errc::too_long);
}

TEST_F(Translator, RefusesFoldersThatAreNotWhole) {
  std::filesystem::remove(folder / "config.json");
  EXPECT_EQ(translator::load(folder).error().code, errc::missing_file);
  std::filesystem::remove(folder / "tokenizer.json");
  EXPECT_EQ(translator::load(folder).error().message,
            "cannot open " + (folder / "tokenizer.json").string());
}

} // namespace
} // namespace aura::model
