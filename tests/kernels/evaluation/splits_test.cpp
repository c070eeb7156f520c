#include "kernels/evaluation/splits.hpp"

#include "kernels/base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace aura::evaluation {

namespace {

struct sample {
  std::string family;
  std::string structure;
};

// Structures of very different frequency, families of one to four rows.
std::vector<sample> samples(std::size_t count) {
  std::vector<sample> out;
  for (std::uint64_t f = 0; out.size() < count; ++f) {
    random_stream random{1, "family", f};
    auto x = random.uniform();
    auto structure = static_cast<int>(x * x * x * 300);
    auto rows = 1 + random.below(4);
    for (std::uint64_t i = 0; i < rows; ++i)
      out.push_back({"f" + std::to_string(f), "s" + std::to_string(structure)});
  }
  return out;
}

std::vector<split> splits_of(const std::vector<sample>& rows,
                             const split_options& options) {
  std::vector<split_key> keys;
  for (auto& x : rows)
    keys.push_back({x.family, x.structure});
  return assign_splits(keys, options);
}

std::map<split, std::size_t> sizes(const std::vector<split>& x) {
  std::map<split, std::size_t> out;
  for (auto s : x)
    ++out[s];
  return out;
}

TEST(Splits, ReachTheirTargets) {
  auto rows = samples(10'000);
  auto found = sizes(splits_of(rows, {1, 500, 600, 700}));
  EXPECT_GE(found[split::eval], 500u);
  EXPECT_LT(found[split::eval], 504u);
  EXPECT_GE(found[split::l0], 600u);
  EXPECT_LT(found[split::l0], 604u);
  EXPECT_GE(found[split::l1], 700u);
  EXPECT_LT(found[split::l1], 840u);
}

TEST(Splits, KeepFamiliesTogetherAndL1StructuresApart) {
  auto rows = samples(10'000);
  auto found = splits_of(rows, {});
  std::map<std::string, split> families;
  std::map<std::string, std::set<bool>> in_l1;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto [place, added] = families.emplace(rows[i].family, found[i]);
    EXPECT_EQ(place->second, found[i]);
    in_l1[rows[i].structure].insert(found[i] == split::l1);
  }
  std::size_t held_out = 0;
  for (auto& [structure, where] : in_l1) {
    EXPECT_EQ(where.size(), 1u) << structure;
    held_out += where.contains(true);
  }
  EXPECT_GT(held_out, 5u);
}

TEST(Splits, DoNotDependOnTheOrderOfRows) {
  auto rows = samples(2000);
  auto forward = splits_of(rows, {});
  auto turned = rows;
  std::reverse(turned.begin(), turned.end());
  auto backward = splits_of(turned, {});
  std::reverse(backward.begin(), backward.end());
  EXPECT_EQ(forward, backward);
  EXPECT_NE(forward, splits_of(rows, {2, 500, 500, 500}));
}

TEST(Splits, LeaveHalfOfTheRowsToTraining) {
  auto rows = samples(400);
  auto found = sizes(splits_of(rows, {}));
  EXPECT_GE(found[split::train] * 2, rows.size());
  EXPECT_GT(found[split::l1], 0u);
}

TEST(Splits, HoldOutALargeStructureIfThereIsNoOther) {
  std::vector<sample> rows;
  for (auto i = 0; i < 1000; ++i)
    rows.push_back({"f" + std::to_string(i), "s" + std::to_string(i % 4)});
  auto found = sizes(splits_of(rows, {1, 100, 100, 100}));
  EXPECT_EQ(found[split::l1], 250u);
}

TEST(Splits, OfNothingAreNothing) {
  EXPECT_TRUE(splits_of({}, {}).empty());
}

} // namespace

} // namespace aura::evaluation
