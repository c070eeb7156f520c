#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/schema/seed.hpp"
#include "kernels/skeleton/sampler.hpp"
#include "kernels/sql/connection.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// Laws that hold whatever a query asks: they need no expected rows, only the
// same query written in two ways.

namespace aura::dsl {

namespace {

constexpr auto now = "2024-12-31 12:00:00";

class metamorphic : public ::testing::Test {
protected:
  void SetUp() override {
    auto loaded = schema::load(std::filesystem::path{AURA_SOURCE_DIR}
                               / "configs/schemas/smart_home.yaml");
    ASSERT_TRUE(loaded) << loaded.error().message;
    schema_ = *loaded;
    for (auto kind : {schema::state_kind::realistic, schema::state_kind::nulls,
                      schema::state_kind::boundaries}) {
      auto options = schema::state_options{};
      options.kind = kind;
      options.now = now;
      const auto image = schema::seed(schema_, options);
      ASSERT_TRUE(image) << image.error().message;
      auto opened = sql::connection::open_image(*image);
      ASSERT_TRUE(opened) << opened.error().message;
      states_.push_back(std::move(*opened));
    }
  }

  query drawn(std::uint64_t row) {
    auto random = random_stream{7, "metamorphic", row};
    auto options = skeleton::sampler_options{};
    options.now = now;
    return skeleton::sample(schema_, options, random);
  }

  /// The rows of each state, as a sorted multiset.
  std::optional<std::vector<std::vector<record>>> answers(const query& x) {
    auto options = compile_options{};
    options.now = now;
    options.deterministic = true;
    const auto made = compile(x, schema_, options);
    EXPECT_TRUE(made.compiled) << print(x) << "\n"
                               << render(made.diagnostics, print(x), "query");
    if (!made.compiled)
      return std::nullopt;
    auto result = std::vector<std::vector<record>>{};
    for (auto& state : states_) {
      auto rows = state.run(made.compiled->sql, made.compiled->parameters);
      EXPECT_TRUE(rows) << print(x) << "\n"
                        << made.compiled->sql << "\n"
                        << rows.error().message;
      if (!rows)
        return std::nullopt;
      std::sort(rows->rows.begin(), rows->rows.end());
      result.push_back(std::move(rows->rows));
    }
    return result;
  }

  schema::schema schema_;
  std::vector<sql::connection> states_;
};

stage filter_of(expr predicate) {
  return {filter{std::move(predicate)}, {}};
}

expr truth() {
  auto result = expr{};
  result.kind = expr_kind::boolean;
  result.text = "TRUE";
  return result;
}

TEST_F(metamorphic, AFilterThatKeepsEverythingChangesNothing) {
  for (std::uint64_t row = 0; row < 300; ++row) {
    const auto original = drawn(row);
    const auto expected = answers(original);
    ASSERT_TRUE(expected) << print(original);
    for (std::size_t i = 0; i <= original.main.stages.size(); ++i) {
      auto changed = original;
      changed.main.stages.insert(changed.main.stages.begin()
                                   + static_cast<std::ptrdiff_t>(i),
                                 filter_of(truth()));
      const auto found = answers(changed);
      ASSERT_TRUE(found) << print(changed);
      ASSERT_EQ(*found, *expected) << print(changed);
    }
  }
}

TEST_F(metamorphic, APredicateItsOppositeAndItsNullPartitionTheRows) {
  auto checked = 0;
  for (std::uint64_t row = 0; row < 600; ++row) {
    const auto original = drawn(row);
    const auto& stages = original.main.stages;
    const auto at
      = std::find_if(stages.begin(), stages.end(), [](const auto& stage) {
          return std::holds_alternative<filter>(stage.what);
        });
    if (at == stages.end())
      continue;
    auto before = original;
    before.main.stages.erase(before.main.stages.begin() + (at - stages.begin()),
                             before.main.stages.end());
    const auto predicate = std::get<filter>(at->what).predicate;
    auto opposite = expr{};
    opposite.kind = expr_kind::unary;
    opposite.text = "NOT";
    opposite.arguments = {predicate};
    auto missing = expr{};
    missing.kind = expr_kind::is_null;
    missing.arguments = {predicate};
    const auto whole = answers(before);
    ASSERT_TRUE(whole);
    auto parts = std::vector<std::vector<record>>(states_.size());
    for (const auto& part : {predicate, opposite, missing}) {
      auto one = before;
      one.main.stages.push_back(filter_of(part));
      const auto found = answers(one);
      ASSERT_TRUE(found) << print(one);
      for (std::size_t i = 0; i < parts.size(); ++i)
        parts[i].insert(parts[i].end(), (*found)[i].begin(), (*found)[i].end());
    }
    for (auto& part : parts)
      std::sort(part.begin(), part.end());
    ASSERT_EQ(parts, *whole) << print(original);
    ++checked;
  }
  EXPECT_GT(checked, 100);
}

TEST_F(metamorphic, WrappingAWholeQueryInLetOrParenthesesChangesNothing) {
  for (std::uint64_t row = 0; row < 300; ++row) {
    const auto original = drawn(row);
    const auto expected = answers(original);
    ASSERT_TRUE(expected);
    auto in_let = query{};
    in_let.lets.push_back({{"wrapped", {}}, original.main});
    in_let.main.source.source = name{"wrapped", {}};
    auto in_parentheses = query{};
    in_parentheses.main.source.source = box<pipeline>{original.main};
    for (const auto& changed : {in_let, in_parentheses}) {
      const auto found = answers(changed);
      ASSERT_TRUE(found) << print(changed);
      ASSERT_EQ(*found, *expected) << print(changed);
    }
  }
}

TEST_F(metamorphic, ParsedTextMeansWhatItsTreeMeans) {
  for (std::uint64_t row = 0; row < 300; ++row) {
    const auto original = drawn(row);
    const auto read = parse(print(original));
    ASSERT_TRUE(read.query) << print(original);
    auto options = compile_options{};
    options.now = now;
    const auto a = compile(original, schema_, options);
    const auto b = compile(*read.query, schema_, options);
    ASSERT_TRUE(a.compiled && b.compiled) << print(original);
    EXPECT_EQ(a.compiled->sql, b.compiled->sql);
    EXPECT_EQ(a.compiled->parameters, b.compiled->parameters);
  }
}

} // namespace

} // namespace aura::dsl
