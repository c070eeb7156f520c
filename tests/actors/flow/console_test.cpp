#include "actors/flow/console.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace aura::flow {
namespace {

std::string shown(display how, const std::function<void(console&)>& talk) {
  char* text = nullptr;
  auto size = std::size_t{0};
  auto* stream = open_memstream(&text, &size);
  auto screen = console{how, stream, {"verify"}};
  talk(screen);
  std::fclose(stream);
  auto result = std::string{text, size};
  std::free(text);
  return result;
}

tally verify() {
  auto x = tally{};
  x.stage = "verify";
  x.in = x.out = 12'000;
  x.rejected_here = 3;
  x.batches = 5;
  x.active = 2;
  return x;
}

TEST(Console, GroupsDigits) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
}

TEST(Console, WritesDurationsAsPeopleDo) {
  EXPECT_EQ(duration_text(3.14), "3.1 s");
  EXPECT_EQ(duration_text(65.9), "1m 05s");
}

TEST(Console, WritesALineForAStageThatEnded) {
  EXPECT_EQ(shown(display::plain, [](console& x) { x.finished(verify()); }),
            "verify          12,000 rows     6,000/s  3 rejected  2.0 s\n");
}

// A language model that has everything in hand has not answered anything.
TEST(Console, CountsOnlyWhatIsDoneAsSpeed) {
  auto x = verify();
  x.out = 0;
  x.held = 12'000;
  const auto lines
    = shown(display::live, [&](console& y) { y.progress({x}, {}); });
  EXPECT_EQ(lines.find("/s"), std::string::npos) << lines;
  x.out = 6000;
  x.held = 6000;
  const auto half
    = shown(display::live, [&](console& y) { y.progress({x}, {}); });
  EXPECT_NE(half.find(" 3,000/s  6,000 in work"), std::string::npos) << half;
}

TEST(Console, ShowsAtTheEndThatItIsTheEnd) {
  auto done = verify();
  done.finished = true;
  const auto lines = shown(display::live, [&](console& y) {
    y.progress({verify()}, {});
    y.finished(done);
    y.close();
  });
  const auto last = lines.substr(lines.rfind("verify") - 5);
  EXPECT_NE(last.find("✓ verify"), std::string::npos) << lines;
}

TEST(Console, WritesEventsForPrograms) {
  const auto text
    = shown(display::json, [](console& x) { x.finished(verify()); });
  EXPECT_NE(text.find("\"event\":\"finished\""), std::string::npos);
  EXPECT_NE(text.find("\"out\":12000"), std::string::npos);
  EXPECT_EQ(text.back(), '\n');
}

TEST(Console, RedrawsInPlaceOnATerminal) {
  const auto text = shown(display::live, [](console& x) {
    auto all = totals{};
    all.seconds = 12;
    all.accepted = 1200;
    all.target = 10'000;
    all.tokens = 45'000;
    all.dollars = 0.12;
    all.waiting_for = "split";
    all.seconds_left = 65;
    x.progress({verify()}, {});
    x.progress({verify()}, all);
  });
  EXPECT_NE(text.find("\x1b[2A"), std::string::npos);
  EXPECT_NE(text.find("12.0 s · 1,200 of 10,000 accepted · 45,000 tokens · "
                      "$0.1200 · split in 1m 05s\n"),
            std::string::npos)
    << text;
}

TEST(Console, ClipsLinesToTheTerminal) {
  EXPECT_EQ(clipped("verify", 6), "verify");
  EXPECT_EQ(clipped("verify", 5), "veri…");
  EXPECT_EQ(clipped("✓ äöü", 5), "✓ äöü");
  EXPECT_EQ(clipped("✓ äöü", 4), "✓ ä…");
  EXPECT_EQ(clipped("a", 0), "");
}

TEST(Console, ShowsWhatIsAtWorkWhereNotAllFits) {
  auto stages = std::vector<tally>(5);
  stages[0].batches = 1;
  stages[0].finished = true;
  stages[1].batches = stages[2].batches = stages[3].batches = 1;
  EXPECT_EQ(fitting(stages, 5), (std::vector<std::size_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(fitting(stages, 4), (std::vector<std::size_t>{1, 2, 3}));
  EXPECT_EQ(fitting(stages, 2), (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(fitting(stages, 0), (std::vector<std::size_t>{}));
}

TEST(Console, TellsHowManyOfTheRejectedRowsFailed) {
  auto x = verify();
  x.rejected[{"verify", errc::network}] = 2;
  x.rejected[{"before", errc::network}] = 7;
  EXPECT_EQ(shown(display::plain, [&](console& c) { c.finished(x); }),
            "verify          12,000 rows     6,000/s  3 rejected, 2 of them "
            "failed  2.0 s\n");
}

// What a server says may come through here.
TEST(Console, ShowsWhateverBytesItIsGiven) {
  const auto hostile = note{"ask", "status 500: \x1b[2J\n\xff", 0, 0};
  const auto events
    = shown(display::json, [&](console& x) { x.tell(hostile); });
  EXPECT_NE(events.find(R"(status 500: \u001b[2J\n)"), std::string::npos)
    << events;
  EXPECT_EQ(std::count(events.begin(), events.end(), '\n'), 1);
  auto asking = verify();
  asking.stage = "ask";
  const auto lines = shown(display::live, [&](console& x) {
    x.progress({asking}, {});
    x.tell(hostile);
  });
  EXPECT_EQ(lines.find("\x1b[2J"), std::string::npos);
  EXPECT_NE(lines.find("status 500:  [2J "), std::string::npos) << lines;
}

TEST(Console, CanBeQuiet) {
  EXPECT_EQ(
    shown(display::quiet, [](console& x) { x.progress({verify()}, {}); }), "");
}

} // namespace
} // namespace aura::flow
