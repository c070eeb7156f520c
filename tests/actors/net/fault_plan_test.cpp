#include "actors/net/fault_plan.hpp"

#include <gtest/gtest.h>

namespace aura::net {
namespace {

TEST(FaultPlan, GoesThroughItsListOnce) {
  const auto plan = parse_fault_plan("429:20,ok,stall,broken-json");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->at(0).what, mishap::too_many);
  EXPECT_EQ(plan->at(0).amount, 20);
  EXPECT_EQ(plan->at(1).what, mishap::none);
  EXPECT_EQ(plan->at(2).what, mishap::stall);
  EXPECT_EQ(plan->at(2).amount, -1);
  EXPECT_EQ(plan->at(3).what, mishap::broken_json);
  for (auto i = 4u; i < 100; ++i)
    EXPECT_EQ(plan->at(i).what, mishap::none);
}

TEST(FaultPlan, HitsAShareOfTheRequests) {
  const auto plan = parse_fault_plan("reset%10,500%5");
  ASSERT_TRUE(plan);
  auto resets = 0;
  auto errors = 0;
  for (auto i = 0u; i < 10'000; ++i) {
    resets += plan->at(i).what == mishap::reset;
    errors += plan->at(i).what == mishap::server_error;
    EXPECT_EQ(plan->at(i).what, plan->at(i).what);
  }
  EXPECT_NEAR(resets, 1000, 100);
  EXPECT_NEAR(errors, 500, 75);
}

TEST(FaultPlan, IsEmptyWithoutAnyEntry) {
  const auto plan = parse_fault_plan("");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->at(0).what, mishap::none);
}

TEST(FaultPlan, NamesTheEntryThatItDoesNotKnow) {
  for (const auto* text :
       {"500,boom", "500%0", "500%101", "500%x", "429:x", "429:-1", ",500"}) {
    const auto plan = parse_fault_plan(text);
    ASSERT_FALSE(plan) << text;
    EXPECT_EQ(plan.error().code, errc::invalid_option);
  }
  EXPECT_EQ(parse_fault_plan("500,boom").error().message, "no fault 'boom'");
}

} // namespace
} // namespace aura::net
