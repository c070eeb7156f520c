#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "tests/kernels/dsl/trial.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

// Laws over queries of the whole grammar: the same meaning written in two ways
// has one answer. `metamorphic_test.cpp` does so over queries that people ask.
//   AURA_LAWS=20000   how many queries, 800 if not set

namespace aura::dsl {

namespace {

using rows = std::vector<record>;

stage filter_of(expr predicate) {
  return {filter{std::move(predicate)}, {}};
}

expr truth(bool value) {
  auto result = expr{};
  result.kind = expr_kind::boolean;
  result.text = value ? "TRUE" : "FALSE";
  return result;
}

expr opposite(expr x) {
  auto result = expr{};
  result.kind = expr_kind::unary;
  result.text = "NOT";
  result.arguments = {std::move(x)};
  return result;
}

expr missing(expr x) {
  auto result = expr{};
  result.kind = expr_kind::is_null;
  result.arguments = {std::move(x)};
  return result;
}

class laws : public ::testing::Test {
protected:
  void SetUp() override {
    auto opened = trial::open_all();
    ASSERT_TRUE(opened) << opened.error().message;
    domains_ = std::move(*opened);
  }

  /// The answer as a sorted multiset. Ties that cut are broken by the options,
  /// so that one query has one answer. Nothing where there is none: a sum
  /// beyond 64 bits, a text that outgrows the limits.
  std::optional<rows> answer(const query& x) {
    auto options = compile_options{};
    options.now = trial::now;
    options.parameters = drawn_.parameters;
    options.deterministic = true;
    const auto made = compile(x, domain_->schema, options);
    if (!made.compiled) {
      ADD_FAILURE() << print(x) << "\n"
                    << render(made.diagnostics, print(x), "query");
      return std::nullopt;
    }
    auto found
      = state_->connection.run(made.compiled->sql, made.compiled->parameters);
    if (!found)
      return std::nullopt;
    std::sort(found->rows.begin(), found->rows.end());
    return std::move(found->rows);
  }

  /// Calls `check` with queries that have an answer.
  void each(const std::function<void(const query&, const rows&)>& check) {
    const auto count = trial::setting("AURA_LAWS", 800);
    auto checked = std::uint64_t{0};
    for (std::uint64_t number = 0; number < count; ++number) {
      domain_ = &domains_[trial::domain_of(number)];
      state_ = &domain_->states[number / 2 % domain_->states.size()];
      drawn_ = trial::drawn(*domain_, number + 1'000'000);
      if (const auto expected = answer(drawn_.query)) {
        check(drawn_.query, *expected);
        ++checked;
      }
      if (HasFailure())
        return;
    }
    EXPECT_GE(checked * 100, count * 95);
  }

  void same(const query& changed, const rows& expected) {
    const auto found = answer(changed);
    EXPECT_TRUE(!found || *found == expected)
      << domain_->name << " " << state_->name << "\n"
      << print(drawn_.query) << "\n"
      << print(changed);
  }

  std::vector<trial::domain> domains_;
  trial::domain* domain_ = nullptr;
  trial::state* state_ = nullptr;
  skeleton::grammar_query drawn_;
};

TEST_F(laws, PrintingIsReadingBackwards) {
  each([&](const query& x, const rows&) {
    for (auto form : {layout::one_line, layout::pretty}) {
      const auto text = print(x, form);
      const auto read = parse(text);
      ASSERT_TRUE(read.query) << text;
      EXPECT_TRUE(*read.query == canonical(x)) << text;
      EXPECT_EQ(print(*read.query, form), text);
    }
  });
}

TEST_F(laws, TheFormattedQueryHasTheSameAnswer) {
  each([&](const query& x, const rows& expected) {
    const auto read = parse(print(x, layout::pretty));
    ASSERT_TRUE(read.query);
    same(*read.query, expected);
  });
}

TEST_F(laws, AFilterThatKeepsEverythingChangesNothing) {
  each([&](const query& x, const rows& expected) {
    for (std::size_t i = 0; i <= x.main.stages.size(); ++i) {
      auto changed = x;
      changed.main.stages.insert(changed.main.stages.begin()
                                   + static_cast<std::ptrdiff_t>(i),
                                 filter_of(truth(true)));
      same(changed, expected);
    }
  });
}

TEST_F(laws, ANameForWhatComesSoFarChangesNothing) {
  each([&](const query& x, const rows& expected) {
    auto in_let = x;
    in_let.lets.push_back({{"all of it", {}}, x.main});
    in_let.main = {};
    in_let.main.source.source = name{"all of it", {}};
    same(in_let, expected);
    auto in_parentheses = x;
    in_parentheses.main = {};
    in_parentheses.main.source.source = box<pipeline>{x.main};
    same(in_parentheses, expected);
  });
}

TEST_F(laws, APredicateItsOppositeAndItsNullPartitionTheRows) {
  each([&](const query& x, const rows&) {
    // The first FILTER; what stands before it is what is parted.
    const auto& stages = x.main.stages;
    const auto at
      = std::find_if(stages.begin(), stages.end(), [](const auto& s) {
          return std::holds_alternative<filter>(s.what);
        });
    if (at == stages.end())
      return;
    auto before = x;
    before.main.stages.resize(static_cast<std::size_t>(at - stages.begin()));
    // Columns of one name may end a query only by chance.
    auto options = compile_options{};
    options.now = trial::now;
    options.parameters = drawn_.parameters;
    if (!compile(before, domain_->schema, options).compiled)
      return;
    const auto whole = answer(before);
    const auto predicate = std::get<filter>(at->what).predicate;
    auto parts = rows{};
    for (const auto& part :
         {predicate, opposite(predicate), missing(predicate)}) {
      auto one = before;
      one.main.stages.push_back(filter_of(part));
      const auto found = answer(one);
      if (!found || !whole)
        return;
      parts.insert(parts.end(), found->begin(), found->end());
    }
    std::sort(parts.begin(), parts.end());
    EXPECT_TRUE(parts == *whole) << print(before) << "\n" << print(x);
  });
}

TEST_F(laws, SetOperatorsWithNothingKnowTheirPlace) {
  each([&](const query& x, const rows& expected) {
    auto nothing = x.main;
    nothing.stages.push_back(filter_of(truth(false)));
    const auto with = [&](set_operation::kind how, bool all) {
      auto changed = x;
      auto other = reference{};
      other.source = box<pipeline>{nothing};
      changed.main.stages.push_back(
        {set_operation{how, all, std::move(other)}, {}});
      return changed;
    };
    same(with(set_operation::kind::union_rows, true), expected);
    same(with(set_operation::kind::except, true), expected);
    same(with(set_operation::kind::intersect, true), {});
    auto distinct_rows = expected;
    distinct_rows.erase(std::unique(distinct_rows.begin(), distinct_rows.end()),
                        distinct_rows.end());
    auto changed = x;
    changed.main.stages.push_back({dsl::distinct{}, {}});
    // Numbers that are equal and not alike (1 and 1.0, 0.0 and -0.0) leave
    // open which one stays; how many stay is sure.
    const auto once = answer(changed);
    const auto united = answer(with(set_operation::kind::union_rows, false));
    if (once && united) {
      EXPECT_EQ(once->size(), distinct_rows.size()) << print(changed);
      EXPECT_EQ(united->size(), distinct_rows.size()) << print(changed);
    }
  });
}

TEST_F(laws, SortingKeepsTheRows) {
  each([&](const query& x, const rows& expected) {
    auto options = compile_options{};
    options.now = trial::now;
    options.parameters = drawn_.parameters;
    const auto made = compile(x, domain_->schema, options);
    ASSERT_TRUE(made.compiled);
    auto changed = x;
    auto order = dsl::sort{};
    for (const auto& column : made.compiled->columns) {
      auto key = sort_key{};
      key.value.kind = expr_kind::column;
      key.value.path = {name{column.name, {}}};
      key.descending = order.keys.size() % 2 == 1;
      key.nulls = order.keys.size() % 3 == 1 ? nulls::first : nulls::last;
      order.keys.push_back(std::move(key));
    }
    changed.main.stages.push_back({std::move(order), {}});
    same(changed, expected);
  });
}

} // namespace

} // namespace aura::dsl
