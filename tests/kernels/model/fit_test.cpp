#include "kernels/model/pretrained/fit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace aura::model {
namespace {

constexpr auto gib = std::size_t{1} << 30;

architecture phi4() {
  auto x = architecture{};
  x.vocabulary = 100352;
  x.hidden = 5120;
  x.layers = 40;
  x.heads = 40;
  x.kv_heads = 10;
  x.head_size = 128;
  x.intermediate = 17920;
  x.positions = 16384;
  return x;
}

tuner_options recipe() {
  auto x = tuner_options{};
  x.device = "cuda:0";
  x.lora.rank = 64;
  x.lora.train_embedding = x.lora.train_head = true;
  return x;
}

TEST(Cards, HaveNamesOfTheirOwnAndLessThanTheBoxSays) {
  auto names = std::set<std::string_view>{};
  for (const auto& x : cards()) {
    EXPECT_TRUE(names.insert(x.name).second) << x.name;
    EXPECT_EQ(find_card(x.name), &x);
  }
  EXPECT_EQ(find_card("abacus"), nullptr);
  EXPECT_LT(find_card("h100-80")->bytes, 80 * gib);
}

TEST(Remedies, EachIsEnough) {
  const auto x = phi4();
  const auto options = recipe();
  const auto batch = micro_batch{8192, 8192, 2048};
  const auto total
    = plan_memory(x, *lay_out(x, options.lora), options, batch).total();
  const auto room = total - gib;
  const auto found = remedies(x, options, batch, room);
  ASSERT_FALSE(found.empty());
  for (const auto& way : found)
    EXPECT_LE(way.total, room) << way.change;
  EXPECT_EQ(found.front().change, "pass-tokens: 4096");
  EXPECT_EQ(std::count_if(found.begin(), found.end(),
                          [](const auto& way) {
                            return way.change.starts_with("pass-tokens");
                          }),
            1);
}

TEST(Remedies, AreTakenTogetherWhereNoneIsEnough) {
  const auto x = phi4();
  const auto found
    = remedies(x, recipe(), {8192, 8192, 2048}, std::size_t{11} * gib);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NE(found[0].change.find("train-embedding: false"), std::string::npos);
  EXPECT_NE(found[0].change.find("pass-tokens: 512, length: 512"),
            std::string::npos);
  EXPECT_LE(found[0].total, 11 * gib);
}

TEST(Remedies, AreNoneWhereNothingHelps) {
  EXPECT_TRUE(remedies(phi4(), recipe(), {8192, 8192, 2048}, gib).empty());
}

} // namespace
} // namespace aura::model
