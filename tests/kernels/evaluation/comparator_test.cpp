#include "kernels/evaluation/comparator.hpp"

#include "kernels/base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace aura::evaluation {

namespace {

using rows = std::vector<record>;

datum n(std::int64_t x) {
  return x;
}

datum t(const char* x) {
  return std::string{x};
}

sql::result table(std::size_t columns, rows content) {
  return {std::vector<std::string>(columns, "c"), std::move(content)};
}

verdict one_state(const answer_shape& shape, rows gold, rows prediction) {
  return compare(shape,
                 {table(shape.columns + shape.order_columns, std::move(gold))},
                 {table(shape.columns, std::move(prediction))});
}

struct cell_case {
  datum a;
  datum b;
  bool same;
};

TEST(Comparator, ComparesCellsAsItsTableSays) {
  const std::vector<cell_case> cases = {
    {{}, {}, true},
    {{}, n(0), false},
    {{}, t(""), false},
    {n(1), 1.0, true},
    {n(1), t("1"), false},
    {1.0, t("1.0"), false},
    {t("a"), t("a"), true},
    {t("a"), t("A"), false},
    {t("a"), t("a "), false},
    {0.1 + 0.2, 0.3, true},
    {1e-10, 0.0, true},
    {1e-8, 0.0, false},
    {1e12, 1e12 + 100, true},
    {1e12, 1e12 + 10'000, false},
    {0.0, -0.0, true},
    {HUGE_VAL, HUGE_VAL, true},
    {HUGE_VAL, -HUGE_VAL, false},
    {HUGE_VAL, 1e308, false},
    // A REAL could not tell these apart, INTEGERs can.
    {n((std::int64_t{1} << 53) + 1), n(std::int64_t{1} << 53), false},
    {n(9'223'372'036'854'775'807), n(9'223'372'036'854'775'806), false},
  };
  for (auto& x : cases) {
    EXPECT_EQ(same_cell(x.a, x.b), x.same)
      << to_literal(x.a) << " " << to_literal(x.b);
    EXPECT_EQ(same_cell(x.b, x.a), x.same)
      << to_literal(x.b) << " " << to_literal(x.a);
  }
}

TEST(Comparator, ComparesUnorderedRowsAsMultisets) {
  answer_shape shape{1, 0};
  EXPECT_EQ(one_state(shape, {{n(1)}, {n(2)}}, {{n(2)}, {n(1)}}).strict,
            outcome::match);
  auto more = one_state(shape, {{n(1)}, {n(1)}}, {{n(1)}});
  EXPECT_EQ(more.strict, outcome::mismatch);
  EXPECT_EQ(more.detail, "1 rows instead of 2");
  EXPECT_TRUE(more.set);
  EXPECT_FALSE(more.permuted);
  EXPECT_FALSE(one_state(shape, {{n(1)}, {n(1)}}, {{n(1)}, {n(2)}}).set);
}

TEST(Comparator, DoesNotTearRowsApartOverARoundingError) {
  auto x = 0.1 + 0.2;
  // Sorted by raw values, (0.3, 1) would meet (0.30000000000000004, 2).
  EXPECT_EQ(
    one_state({2, 0}, {{0.3, n(2)}, {x, n(1)}}, {{0.3, n(1)}, {x, n(2)}})
      .strict,
    outcome::match);
}

TEST(Comparator, JudgesTheOrderByTheGoldsKeys) {
  answer_shape shape{1, 1};
  rows gold = {{t("a"), n(9)}, {t("b"), n(5)}, {t("c"), n(5)}, {t("d"), n(1)}};
  auto verdict_of = [&](std::vector<const char*> names) {
    rows prediction;
    for (auto* x : names)
      prediction.push_back({t(x)});
    return one_state(shape, gold, prediction);
  };
  EXPECT_EQ(verdict_of({"a", "b", "c", "d"}).strict, outcome::match);
  EXPECT_EQ(verdict_of({"a", "c", "b", "d"}).strict, outcome::match);
  auto swapped = verdict_of({"b", "a", "c", "d"});
  EXPECT_EQ(swapped.strict, outcome::mismatch);
  EXPECT_EQ(swapped.detail, "the rows in another order");
  EXPECT_TRUE(swapped.set);
  EXPECT_EQ(verdict_of({"a", "b", "b", "d"}).strict, outcome::mismatch);
}

TEST(Comparator, TakesEmptyForAMatchOnlyBesideAStateWithRows) {
  answer_shape shape{1, 0};
  auto none = compare(shape, {table(1, {}), table(1, {})},
                      {table(1, {}), table(1, {})});
  EXPECT_EQ(none.strict, outcome::mismatch);
  EXPECT_EQ(none.detail, "no state has rows");
  EXPECT_FALSE(none.set);
  EXPECT_FALSE(none.permuted);
  auto some = compare(shape, {table(1, {}), table(1, {{n(1)}})},
                      {table(1, {}), table(1, {{n(1)}})});
  EXPECT_EQ(some.strict, outcome::match);
}

TEST(Comparator, NamesTheStateThatTellsThemApart) {
  answer_shape shape{1, 0};
  auto x = compare(shape, {table(1, {{n(1)}}), table(1, {{n(2)}})},
                   {table(1, {{n(1)}}), table(1, {{n(3)}})});
  EXPECT_EQ(x.strict, outcome::mismatch);
  EXPECT_EQ(x.state, 1u);
  EXPECT_EQ(x.detail, "other rows");
}

TEST(Comparator, ReportsPermutedColumnsOnlyIfAllStatesAgreeOnThem) {
  answer_shape shape{2, 0};
  auto permuted
    = compare(shape, {table(2, {{n(1), t("x")}}), table(2, {{n(2), t("y")}})},
              {table(2, {{t("x"), n(1)}}), table(2, {{t("y"), n(2)}})});
  EXPECT_EQ(permuted.strict, outcome::mismatch);
  EXPECT_TRUE(permuted.permuted);
  EXPECT_FALSE(permuted.set);
  auto inconsistent
    = compare(shape, {table(2, {{n(1), n(2)}}), table(2, {{n(3), n(4)}})},
              {table(2, {{n(1), n(2)}}), table(2, {{n(4), n(3)}})});
  EXPECT_EQ(inconsistent.strict, outcome::mismatch);
  EXPECT_FALSE(inconsistent.permuted);
}

TEST(Comparator, GivesTheOutcomeOfWhatFailed) {
  answer_shape shape{1, 0};
  auto failing = [&](errc code) {
    return compare(shape, {table(1, {{n(1)}})}, {fault{code, "reason"}});
  };
  EXPECT_EQ(failing(errc::timeout).strict, outcome::timeout);
  EXPECT_EQ(failing(errc::resource_limit).strict, outcome::resource_limit);
  EXPECT_EQ(failing(errc::sql_error).strict, outcome::runtime_error);
  EXPECT_EQ(failing(errc::io_error).strict, outcome::infrastructure_error);
  EXPECT_EQ(failing(errc::sql_error).detail, "reason");
  auto invalid
    = compare(shape, {fault{errc::timeout, "slow"}}, {table(1, {{n(1)}})});
  EXPECT_EQ(invalid.strict, outcome::gold_invalid);
}

TEST(Comparator, SeesAMissingColumn) {
  auto x = compare({2, 0}, {table(2, {{n(1), n(2)}})}, {table(1, {{n(1)}})});
  EXPECT_EQ(x.strict, outcome::mismatch);
  EXPECT_EQ(x.detail, "1 columns instead of 2");
}

// The obvious comparator: tries to give every gold row a partner of its own,
// by augmenting paths, within every tie.
class oracle {
public:
  oracle(const answer_shape& shape, const rows& gold, const rows& prediction)
    : shape_{shape}, gold_{gold}, prediction_{prediction} {
  }

  bool match() {
    if (gold_.size() != prediction_.size())
      return false;
    for (std::size_t first = 0; first < gold_.size();) {
      auto last = first + 1;
      while (last < gold_.size() && tied(last - 1, last))
        ++last;
      partner_.assign(gold_.size(), none);
      for (auto g = first; g < last; ++g) {
        std::vector<bool> tried(gold_.size());
        if (!place(g, first, last, tried))
          return false;
      }
      first = last;
    }
    return true;
  }

private:
  static constexpr auto none = ~std::size_t{0};

  bool tied(std::size_t a, std::size_t b) const {
    for (auto c = shape_.columns; c < gold_[a].size(); ++c)
      if (!same_cell(gold_[a][c], gold_[b][c]))
        return false;
    return true;
  }

  bool place(std::size_t g, std::size_t first, std::size_t last,
             std::vector<bool>& tried) {
    for (auto p = first; p < last; ++p) {
      if (tried[p] || !same(g, p))
        continue;
      tried[p] = true;
      if (partner_[p] == none || place(partner_[p], first, last, tried)) {
        partner_[p] = g;
        return true;
      }
    }
    return false;
  }

  bool same(std::size_t g, std::size_t p) const {
    for (std::size_t c = 0; c < shape_.columns; ++c)
      if (!same_cell(gold_[g][c], prediction_[p][c]))
        return false;
    return true;
  }

  const answer_shape& shape_;
  const rows& gold_;
  const rows& prediction_;
  std::vector<std::size_t> partner_;
};

// Few different values, among them numbers that are equal up to a rounding
// error, so that duplicates and near misses are frequent.
datum any_cell(random_stream& random) {
  switch (random.below(8)) {
  case 0:
    return {};
  case 1:
    return n(random.between(0, 2));
  case 2:
    return static_cast<double>(random.between(0, 2));
  case 3:
    return 0.3;
  case 4:
    return 0.1 + 0.2;
  case 5:
    return 0.3 + 1e-8;
  case 6:
    return t("0");
  default:
    return t(random.chance(0.5) ? "a" : "b");
  }
}

TEST(Comparator, AgreesWithTheObviousOneOnRandomRows) {
  auto matches = 0;
  auto mismatches = 0;
  for (std::uint64_t round = 0; round < 20'000; ++round) {
    random_stream random{11, "comparator", round};
    answer_shape shape{1 + random.below(3), random.below(3)};
    rows gold(random.below(8));
    for (auto& row : gold)
      for (std::size_t c = 0; c < shape.columns + shape.order_columns; ++c)
        row.push_back(c < shape.columns ? any_cell(random)
                                        : n(random.between(0, 1)));
    rows prediction;
    for (auto& row : gold)
      prediction.push_back(
        {row.begin(),
         row.begin() + static_cast<std::ptrdiff_t>(shape.columns)});
    if (random.chance(0.7))
      random.shuffle(prediction);
    for (auto& row : prediction)
      for (auto& cell : row)
        if (random.chance(0.05))
          cell = any_cell(random);
    auto fast = same_answer(shape, gold, prediction);
    auto slow = oracle{shape, gold, prediction}.match();
    ASSERT_EQ(fast, slow) << "round " << round;
    (fast ? matches : mismatches) += 1;
  }
  EXPECT_GT(matches, 3000);
  EXPECT_GT(mismatches, 3000);
}

} // namespace

} // namespace aura::evaluation
