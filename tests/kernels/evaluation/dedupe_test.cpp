#include "kernels/evaluation/dedupe.hpp"

#include "kernels/base/random.hpp"
#include "kernels/evaluation/minhash.hpp"
#include "kernels/evaluation/normalise.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace aura::evaluation {

namespace {

TEST(Normalise, KeepsWordsAndNumbers) {
  EXPECT_EQ(normalised("  What's  the AVERAGE kWh?? "),
            "whats the average kwh");
  EXPECT_EQ(normalised("above 3.5, please."), "above 3.5 please");
  EXPECT_EQ(normalised("Büro – oben"), "büro – oben");
  EXPECT_EQ(normalised("?!"), "");
}

TEST(Normalise, HashesRunsOfWords) {
  auto words = words_of("a b c d");
  EXPECT_EQ(words.size(), 4u);
  EXPECT_EQ(grams(words, 3).size(), 2u);
  EXPECT_EQ(grams(words, 9).size(), 1u);
  EXPECT_EQ(grams({}, 3).size(), 0u);
  EXPECT_EQ(grams(words_of("x b c d"), 3)[1], grams(words, 3)[1]);
  EXPECT_NE(grams(words_of("c b a"), 3), grams(words_of("a b c"), 3));
}

TEST(Deduper, NamesTheReason) {
  dedupe_options options;
  options.per_query = 2;
  options.per_template = 3;
  deduper seen{options};
  EXPECT_EQ(seen.add("How warm is it?", "q1", "s"), duplicate::none);
  EXPECT_EQ(seen.add("how warm is it", "q2", "t"), duplicate::same_question);
  EXPECT_EQ(seen.add("What is the temperature?", "q1", "s"), duplicate::none);
  EXPECT_EQ(seen.add("Tell me how hot it is", "q1", "s"), duplicate::query_cap);
  EXPECT_EQ(seen.add("How cold was it?", "q3", "s"), duplicate::none);
  EXPECT_EQ(seen.add("How wet was it?", "q4", "s"), duplicate::template_cap);
  auto longer = std::string{"Please show me the average humidity of every "
                            "room in the house for the last seven days"};
  EXPECT_EQ(seen.add(longer, "q5", "t"), duplicate::none);
  EXPECT_EQ(seen.add(longer + " now", "q6", "t"), duplicate::near_question);
  EXPECT_EQ(seen.add("Show the humidity by room", "q7", "t"), duplicate::none);
}

TEST(Deduper, CountsOnlyWhatItKept) {
  dedupe_options options;
  options.per_query = 1;
  deduper seen{options};
  EXPECT_EQ(seen.add("a", "q", "s"), duplicate::none);
  EXPECT_EQ(seen.add("b", "q", "s"), duplicate::query_cap);
  // `b` was refused, hence it is not there to be repeated.
  EXPECT_EQ(seen.add("b", "r", "s"), duplicate::none);
}

TEST(Minhash, EstimatesTheJaccardIndex) {
  random_stream random{5, "minhash"};
  for (auto common : {10, 40, 70, 95}) {
    std::vector<std::uint64_t> a;
    std::vector<std::uint64_t> b;
    for (auto i = 0; i < 100; ++i) {
      a.push_back(random());
      b.push_back(i < common ? a.back() : random());
    }
    auto x = minhash(a);
    auto y = minhash(b);
    auto equal = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      equal += x[i] == y[i];
    auto index = common / (200.0 - common);
    EXPECT_NEAR(equal / 128.0, index, 0.13) << common;
  }
}

TEST(Minhash, ComputesTheIndexOfSortedSets) {
  std::vector<std::uint32_t> a = {1, 2, 3, 4};
  std::vector<std::uint32_t> b = {2, 3, 5};
  EXPECT_DOUBLE_EQ(jaccard(a, b), 0.4);
  EXPECT_DOUBLE_EQ(jaccard(a, a), 1);
  EXPECT_DOUBLE_EQ(jaccard(a, {}), 0);
}

TEST(SimilarityIndex, FindsWhatASearchThroughAllPairsFinds) {
  similarity_index index;
  std::vector<std::vector<std::uint64_t>> kept;
  auto agree = 0;
  auto similar = 0;
  for (std::uint64_t i = 0; i < 1500; ++i) {
    random_stream random{9, "index", i};
    std::vector<std::uint64_t> items;
    if (!kept.empty() && random.chance(0.6))
      items = kept[random.below(kept.size())];
    else
      for (auto k = 0; k < 12; ++k)
        items.push_back(random());
    for (auto& x : items)
      if (random.chance(0.1))
        x = random();
    auto sorted = [](const std::vector<std::uint64_t>& all) {
      std::vector<std::uint32_t> out;
      for (auto x : all)
        out.push_back(static_cast<std::uint32_t>(x >> 32));
      std::ranges::sort(out);
      return out;
    };
    auto slow = std::ranges::any_of(kept, [&](const auto& x) {
      return jaccard(sorted(x), sorted(items)) >= 0.7;
    });
    auto fast = !index.add_if_new(items, 0.7);
    agree += slow == fast;
    similar += slow;
    if (!fast)
      kept.push_back(items);
  }
  EXPECT_GE(agree, 1498);
  EXPECT_GT(similar, 300);
}

} // namespace

} // namespace aura::evaluation
