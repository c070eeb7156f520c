#include "actors/flow/place_table.hpp"

#include "kernels/base/random.hpp"

#include <gtest/gtest.h>

#include <map>

namespace aura::flow {
namespace {

// Hashes are used from their top bits down.
constexpr auto spread = std::uint64_t{0x0010000000000001};

TEST(PlaceTable, FindsWhatWasAddedAndNothingElse) {
  auto random = random_stream{1, "table", 1};
  auto table = place_table{};
  auto reference = std::multimap<std::uint64_t, std::uint64_t>{};
  for (auto number = std::uint64_t{1}; number < 20'000; ++number) {
    // Few hashes: many keys share one.
    const auto hash = random.below(4000) * spread;
    table.add(hash, number);
    reference.emplace(hash, number);
  }
  EXPECT_EQ(table.size(), reference.size());
  for (const auto& [hash, number] : reference) {
    const auto slot
      = table.find(hash, [&](std::uint64_t x) { return x == number; });
    ASSERT_TRUE(slot);
    EXPECT_EQ(table.at(*slot), number);
    EXPECT_FALSE(table.find(hash, [](std::uint64_t x) { return x >= 20'000; }));
  }
  EXPECT_FALSE(table.find(4000 * spread, [](std::uint64_t) { return true; }));
}

TEST(PlaceTable, ChangesNumbersInPlace) {
  auto table = place_table{};
  EXPECT_FALSE(table.find(1, [](std::uint64_t) { return true; }));
  table.add(1, 10);
  table.add(1, 11);
  const auto is_ten = [](std::uint64_t x) { return x == 10; };
  table.set(*table.find(1, is_ten), 20);
  EXPECT_FALSE(table.find(1, is_ten));
  EXPECT_TRUE(table.find(1, [](std::uint64_t x) { return x == 20; }));
  EXPECT_TRUE(table.find(1, [](std::uint64_t x) { return x == 11; }));
}

} // namespace
} // namespace aura::flow
