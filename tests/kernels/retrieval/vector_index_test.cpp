#include "kernels/retrieval/vector_index.hpp"

#include "kernels/base/random.hpp"
#include "kernels/retrieval/embedding.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace aura::retrieval {
namespace {

using vectors = std::vector<std::vector<float>>;

vectors random_vectors(std::size_t count, std::size_t dimension,
                       std::uint64_t seed) {
  auto random = random_stream{seed, "vectors"};
  auto result = vectors{};
  for (std::size_t i = 0; i < count; ++i) {
    auto& x = result.emplace_back();
    auto square = 0.0;
    for (std::size_t k = 0; k < dimension; ++k) {
      x.push_back(static_cast<float>(random.uniform() - 0.5));
      square += static_cast<double>(x.back()) * x.back();
    }
    for (auto& v : x)
      v = static_cast<float>(v / std::sqrt(square));
  }
  return result;
}

TEST(VectorIndex, FindsBestFirstAndEqualOnesById) {
  auto index = vector_index::build({{1, 0}, {0, 1}, {1, 0}, {-1, 0}});
  ASSERT_TRUE(index);
  const float query[] = {1, 0};
  EXPECT_EQ(index->search(query, 3),
            (std::vector<neighbour>{{0, 1}, {2, 1}, {1, 0}}));
  EXPECT_EQ(index->search(query, 9).size(), 4u);
}

TEST(VectorIndex, OfTheGraphAgreesWithTheExactScan) {
  auto index = vector_index::build(random_vectors(2000, 24, 7), 1);
  ASSERT_TRUE(index);
  auto found = 0;
  const auto queries = random_vectors(50, 24, 8);
  for (const auto& query : queries) {
    const auto exact = index->search_exactly(query, 10);
    const auto fast = index->search(query, 10);
    ASSERT_EQ(fast.size(), 10u);
    for (const auto& x : exact)
      for (const auto& y : fast)
        found += x == y;
  }
  EXPECT_GE(found, 495); // of 500
}

TEST(VectorIndex, RefusesVectorsThatCannotBeCompared) {
  constexpr auto nan = std::numeric_limits<float>::quiet_NaN();
  const struct {
    vectors input;
    const char* message;
  } cases[] = {
    {{{1, 0}, {1}}, "vector 1 has another dimension"},
    {{{nan, 0}}, "vector 0 has no finite length above 0"},
    {{{1, 0}, {0, 0}}, "vector 1 has no finite length above 0"},
  };
  for (const auto& x : cases) {
    auto index = vector_index::build(x.input);
    ASSERT_FALSE(index);
    EXPECT_EQ(index.error().message, x.message);
  }
}

TEST(VectorIndex, OfNothingFindsNothing) {
  auto index = vector_index::build({});
  ASSERT_TRUE(index);
  EXPECT_TRUE(index->search({}, 5).empty());
}

TEST(Embedding, IsCloserToWhatSharesItsWords) {
  const auto embedder = hashed_embedder{
    {"energy consumption kwh", "humidity of the room", "water usage litres"}};
  const auto dot = [&](const char* a, const char* b) {
    const auto x = embedder.embed(a);
    const auto y = embedder.embed(b);
    auto sum = 0.0f;
    for (std::size_t i = 0; i < x.size(); ++i)
      sum += x[i] * y[i];
    return sum;
  };
  EXPECT_NEAR(dot("humidity", "humidity"), 1, 1e-5);
  EXPECT_GT(dot("humid rooms", "humidity of the room"),
            dot("humid rooms", "water usage litres"));
  // A misspelling still shares character n-grams.
  EXPECT_GT(dot("consumtion", "energy consumption kwh"), 0.2f);
}

TEST(Embedding, OfNoWordsIsZero) {
  const auto embedder = hashed_embedder{{"a b"}};
  for (auto x : embedder.embed("?!"))
    EXPECT_EQ(x, 0);
}

} // namespace
} // namespace aura::retrieval
