#include "actors/net/mock_answer.hpp"

#include "kernels/infill/prompt.hpp"
#include "kernels/infill/reply.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/skeleton/sampler.hpp"

#include <gtest/gtest.h>

#include <set>

namespace aura::net {
namespace {

constexpr auto now = "2024-06-30T12:00:00";

std::shared_ptr<const schema::schema> load(const std::string& name) {
  auto loaded
    = schema::load(AURA_SOURCE_DIR "/configs/schemas/" + name + ".yaml");
  EXPECT_TRUE(loaded) << loaded.error().message;
  return std::make_shared<const schema::schema>(loaded ? *std::move(loaded)
                                                       : schema::schema{});
}

TEST(MockAnswer, SatisfiesTheJudgeOfReplies) {
  const auto home = load("smart_home");
  const auto shop = load("shop");
  const auto answer = make_mock_answer({shop, home});
  auto good = 0;
  auto questions = std::set<std::string>{};
  for (auto row = 0U; row < 200; ++row) {
    auto random = random_stream{5, "mock-answer", row};
    const auto query = skeleton::sample(*home, {}, random);
    const auto chat = infill::prompt(
      query, *home,
      random.pick(std::vector{infill::register_kind::formal,
                              infill::register_kind::concise}));
    const auto text = answer(chat.messages.back().content);
    if (!text)
      continue; // a query that the verbaliser itself cannot put into words
    const auto judged = infill::reply(*text, query, *home, now);
    ASSERT_TRUE(judged) << judged.error().message << "\n" << *text;
    questions.insert(judged->question);
    ++good;
  }
  EXPECT_GE(good, 190);
  EXPECT_GE(questions.size(), 150u);
}

TEST(MockAnswer, DependsOnTheMessageAlone) {
  const auto home = load("smart_home");
  const auto answer = make_mock_answer({home});
  auto random = random_stream{5, "mock-answer"};
  const auto chat = infill::prompt(skeleton::sample(*home, {}, random), *home,
                                   infill::register_kind::casual);
  const auto& message = chat.messages.back().content;
  const auto first = answer(message);
  const auto second = answer(message);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
}

TEST(MockAnswer, SaysWhatItCannotAnswer) {
  const auto answer = make_mock_answer({load("smart_home")});
  EXPECT_EQ(answer("hello").error(),
            (fault{errc::unsupported, "the message holds no query"}));
  EXPECT_EQ(answer("```auradsl\nSELECT 1\n```").error().code,
            errc::syntax_error);
  EXPECT_FALSE(answer("```auradsl\nSOURCE nowhere |> LIMIT 3\n```"));
  EXPECT_EQ(make_mock_answer({})("```auradsl\nSOURCE devices\n```").error(),
            (fault{errc::invalid_schema, "the server knows no schema"}));
}

} // namespace
} // namespace aura::net
