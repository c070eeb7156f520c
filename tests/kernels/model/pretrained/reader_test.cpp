#include "kernels/model/pretrained/reader.hpp"

#include "tests/kernels/model/pretrained/tiny.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace aura::model {
namespace {

using tokens = std::vector<std::int32_t>;

std::vector<tokens> only(tokens text) {
  return {std::move(text)};
}

const std::vector<std::size_t> first_text{0};

std::vector<float> copied(std::span<const float> x) {
  return {x.begin(), x.end()};
}

class Reader : public ::testing::TestWithParam<const char*> {
protected:
  std::unique_ptr<reader> make(std::size_t threads = 2) {
    auto made = make_reader(tiny.weights, &trained,
                            {.positions = 64, .threads = threads});
    EXPECT_TRUE(made) << made.error().message;
    return *std::move(made);
  }

  /// What comes after each prefix of `text`, read one token at a time.
  std::vector<std::vector<float>> one_by_one(const tokens& text) {
    auto x = make();
    std::vector<std::vector<float>> result;
    EXPECT_TRUE(x->start(only({text.front()})));
    result.push_back(copied(x->logits(0)));
    for (std::size_t i = 1; i < text.size(); ++i) {
      EXPECT_TRUE(x->append(first_text, only({text[i]})));
      result.push_back(copied(x->logits(0)));
    }
    return result;
  }

  tiny_decoder tiny{GetParam()};
  adapter trained = tiny.trained();
};

TEST_P(Reader, SaysWhatTransformersSays) {
  for (const auto& text : tiny.texts) {
    const auto found = one_by_one(text.ids);
    for (std::size_t i = 0; i < found.size(); ++i)
      for (std::size_t j = 0; j < 44; ++j) {
        const auto wanted = text.logits[i * 44 + j];
        ASSERT_NEAR(found[i][j], wanted, 1e-4 * (1 + std::fabs(wanted)))
          << i << " " << j;
      }
  }
}

TEST_P(Reader, DoesNotCareHowTokensWereCut) {
  const auto& text = tiny.texts.front().ids;
  const auto wanted = one_by_one(text);
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    const auto middle = text.begin() + static_cast<std::ptrdiff_t>(cut);
    auto x = make(cut % 3 + 1);
    ASSERT_TRUE(x->start(only(tokens(text.begin(), middle))));
    EXPECT_EQ(copied(x->logits(0)), wanted[cut - 1]);
    ASSERT_TRUE(x->append(first_text, only(tokens(middle, text.end()))));
    EXPECT_EQ(copied(x->logits(0)), wanted.back());
  }
}

TEST_P(Reader, DoesNotLetTextsChangeEachOther) {
  // The same beginning, and one that is the beginning of another.
  auto first = tiny.texts[0].ids, second = first;
  second.resize(9);
  second.push_back(3);
  second.push_back(5);
  const tokens third(first.begin(), first.begin() + 6);
  const std::vector texts{first, second, third};
  auto together = make();
  ASSERT_TRUE(together->start(texts));
  for (std::size_t i = 0; i < texts.size(); ++i)
    EXPECT_EQ(copied(together->logits(i)), one_by_one(texts[i]).back()) << i;
  // Some go on, by different numbers of tokens.
  ASSERT_TRUE(together->append(std::vector<std::size_t>{2, 0},
                               std::vector{tokens{7, 8}, tokens{9}}));
  auto longer = third;
  longer.insert(longer.end(), {7, 8});
  EXPECT_EQ(copied(together->logits(2)), one_by_one(longer).back());
  EXPECT_EQ(copied(together->logits(1)), one_by_one(second).back());
  EXPECT_EQ(together->room_left(2), 64 - longer.size());
  // Nothing is left of it.
  ASSERT_TRUE(together->start(only(third)));
  EXPECT_EQ(copied(together->logits(0)), one_by_one(third).back());
}

TEST_P(Reader, RefusesWhatIsLongerThanItReads) {
  auto x = make();
  const auto refused = x->start(only(tokens(65, 1)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::too_long);
  EXPECT_EQ(refused.error().message,
            "a prompt has at most 64 tokens, found 65");
}

INSTANTIATE_TEST_SUITE_P(Families, Reader,
                         ::testing::Values("phi3", "llama", "qwen2"));

TEST(ReaderShape, RefusesShapesThatTheKernelsCannotRun) {
  tiny_decoder tiny{"phi3"};
  tiny.weights.shape.hidden = 40;
  const auto made = make_reader(tiny.weights, nullptr, {});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, errc::unsupported);
  EXPECT_EQ(made.error().message,
            "the hidden size must be a multiple of 16, found 40");
}

} // namespace
} // namespace aura::model
