#include "actors/flow/tally.hpp"

#include <gtest/gtest.h>

namespace aura::flow {
namespace {

std::vector<tally> good_run() {
  auto source = tally{};
  source.stage = "source";
  source.made = 12;
  source.out = 12;
  auto judge = tally{};
  judge.stage = "judge";
  judge.in = 12;
  judge.out = 12;
  auto gate = tally{};
  gate.stage = "gate";
  gate.gate = true;
  gate.in = 12;
  gate.surplus = 2;
  gate.sound = 6;
  gate.rejected
    = {{{"judge", errc::degenerate}, 3}, {{"judge", errc::network}, 1}};
  gate.dropped = 4;
  gate.out = 6;
  return {source, judge, gate};
}

std::string complaint(const std::vector<tally>& stages, bool complete = true) {
  const auto checked = check_accounts(stages, complete);
  return checked ? "" : checked.error().message;
}

TEST(Tally, SettlesWhatTheGateSaw) {
  const auto x = settle(good_run());
  EXPECT_EQ(x.generated, 10u);
  EXPECT_EQ(x.accepted, 6u);
  EXPECT_EQ(x.rejected, (std::map<errc, std::uint64_t>{{errc::degenerate, 3}}));
  EXPECT_EQ(x.failed, (std::map<errc, std::uint64_t>{{errc::network, 1}}));
  EXPECT_EQ(x.pending, 0u);
}

TEST(Tally, AcceptsARunThatAddsUp) {
  EXPECT_EQ(complaint(good_run()), "");
}

TEST(Tally, NoticesARowThatVanishedInsideAStage) {
  auto run = good_run();
  run[1].out = 11;
  EXPECT_EQ(complaint(run),
            "stage 'judge': 12 rows came, 11 went on, 0 were surplus, 0 were "
            "kept back and 0 are pending");
}

TEST(Tally, NoticesARowThatVanishedOnAnEdge) {
  auto run = good_run();
  run[2].in = 11;
  run[2].surplus = 1;
  EXPECT_EQ(complaint(run),
            "stage 'gate': 11 rows came of the 12 that 'judge' sent");
}

TEST(Tally, NoticesARowThatNobodyCounted) {
  auto run = good_run();
  run[2].sound = 5;
  EXPECT_EQ(complaint(run), "generated 10, but accepted 5 + rejected 3 + "
                            "failed 1 = 9");
}

TEST(Tally, AllowsPendingRowsOnlyInARunThatWasInterrupted) {
  auto run = good_run();
  run[1].held = 2;
  run[1].out = 10;
  run[2].in = 10;
  run[2].surplus = 0;
  EXPECT_EQ(complaint(run), "stage 'judge': 2 rows are still pending");
  EXPECT_EQ(complaint(run, false), "");
  EXPECT_EQ(settle(run).pending, 2u);
}

} // namespace
} // namespace aura::flow
