#include "kernels/model/pretrained/tuning_rows.hpp"

#include "kernels/text/instruction.hpp"

#include <gtest/gtest.h>

namespace aura::model {
namespace {

text::tokenizer vocabulary_of(const char* name) {
  auto loaded = text::tokenizer::load(
    std::string{AURA_SOURCE_DIR "/tests/golden/text/tokenizers/"} + name);
  EXPECT_TRUE(loaded);
  return std::move(*loaded);
}

std::string refusal(std::string_view line) {
  const auto row = read_tuning_row(line);
  EXPECT_FALSE(row) << line;
  return row ? std::string{} : row.error().message;
}

TEST(TuningRow, IsALineOfJson) {
  const auto row = read_tuning_row(
    R"~({"context":"t(a)","question":"how many?","query":"SOURCE t","id":7})~");
  ASSERT_TRUE(row);
  EXPECT_EQ(*row, (tuning_row{"t(a)", "how many?", "SOURCE t"}));
  const auto bare = read_tuning_row(R"({"question":"q","query":"s"})");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->context, "");
}

TEST(TuningRow, NamesWhatIsWrong) {
  EXPECT_EQ(refusal("{"), "no JSON object");
  EXPECT_EQ(refusal("[1]"), "no JSON object");
  EXPECT_EQ(refusal(R"({"query":"s"})"), "no field 'question'");
  EXPECT_EQ(refusal(R"({"question":"q","query":null})"), "no field 'query'");
  EXPECT_EQ(refusal(R"({"question":7,"query":"s"})"),
            "field 'question' is no text");
  EXPECT_EQ(refusal(R"({"question":"q","query":""})"),
            "field 'query' is empty");
  EXPECT_EQ(refusal(R"({"context":[],"question":"q","query":"s"})"),
            "field 'context' is no text");
}

class TuningExample : public testing::Test {
protected:
  expected<example> make(std::size_t longest = 1000) const {
    return make_tuning_example(vocabulary, *how, row, longest);
  }

  text::tokenizer vocabulary = vocabulary_of("phi.json");
  const text::chat_template* how = text::find_chat_template("phi-4");
  tuning_row row{"t(a)", "how many?", "SOURCE t |> COUNT"};
};

TEST_F(TuningExample, TrainsTheQueryAndTheEndOfTheTurn) {
  const auto x = make();
  ASSERT_TRUE(x) << x.error().message;
  EXPECT_EQ(vocabulary.decode(x->answer), "SOURCE t |> COUNT<|im_end|>");
  EXPECT_EQ(x->answer.back(), vocabulary.find_added("<|im_end|>"));
  EXPECT_TRUE(x->context.empty());
}

TEST_F(TuningExample, IsAskedAsInferenceAsks) {
  for (const auto* name : {"phi-4", "chatml"}) {
    how = text::find_chat_template(name);
    const auto smollm = vocabulary_of("smollm.json");
    if (std::string_view{name} == "chatml")
      vocabulary = smollm;
    const auto x = make();
    ASSERT_TRUE(x);
    const auto asked = text::render_chat(
      vocabulary, *how, text::instruct(row.context, row.question), true);
    ASSERT_TRUE(asked);
    EXPECT_EQ(x->question, asked->ids) << name;
  }
}

TEST_F(TuningExample, RefusesWhatIsTooLong) {
  const auto fits = make();
  ASSERT_TRUE(fits);
  const auto size = fits->question.size() + fits->answer.size();
  EXPECT_TRUE(make(size));
  const auto longer = make(size - 1);
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, errc::too_long);
  EXPECT_EQ(longer.error().message, std::to_string(size) + " tokens, more than "
                                      + std::to_string(size - 1));
}

TEST_F(TuningExample, RefusesARowWithNothingToLearn) {
  auto endless = *how;
  endless.end = "";
  row.query = "";
  const auto x = make_tuning_example(vocabulary, endless, row, 1000);
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error().code, errc::degenerate);
  EXPECT_EQ(x.error().message, "no token to learn from");
}

TEST(ShareContexts, MovesWhatQuestionsBeginWith) {
  auto x = std::vector<example>{
    {{}, {1, 2, 3, 4}, {9}}, {{}, {1, 2, 5}, {9}}, {{}, {1, 2, 3}, {9}},
    {{}, {7, 7}, {9}},       {{}, {1, 2}, {9}},
  };
  // The fourth is alone in its context, the last in another.
  share_contexts(x, {0, 0, 0, 1, 2});
  EXPECT_EQ(x[0].context, (std::vector<std::int32_t>{1, 2}));
  EXPECT_EQ(x[0].question, (std::vector<std::int32_t>{3, 4}));
  EXPECT_EQ(x[1].context, (std::vector<std::int32_t>{1, 2}));
  EXPECT_EQ(x[2].question, (std::vector<std::int32_t>{3}));
  EXPECT_TRUE(x[3].context.empty());
  EXPECT_EQ(x[4].question, (std::vector<std::int32_t>{1, 2}));
}

TEST(ShareContexts, LeavesEachQuestionAToken) {
  auto x = std::vector<example>{{{}, {1, 2, 3}, {9}}, {{}, {1, 2, 3}, {8}}};
  share_contexts(x, {0, 0});
  EXPECT_EQ(x[0].context, (std::vector<std::int32_t>{1, 2}));
  EXPECT_EQ(x[0].question, (std::vector<std::int32_t>{3}));
}

} // namespace
} // namespace aura::model
