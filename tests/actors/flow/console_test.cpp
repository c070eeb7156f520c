#include "actors/flow/console.hpp"

#include <gtest/gtest.h>

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

TEST(Console, WritesEventsForPrograms) {
  const auto text
    = shown(display::json, [](console& x) { x.finished(verify()); });
  EXPECT_NE(text.find("\"event\":\"finished\""), std::string::npos);
  EXPECT_NE(text.find("\"out\":12000"), std::string::npos);
  EXPECT_EQ(text.back(), '\n');
}

TEST(Console, RedrawsInPlaceOnATerminal) {
  const auto text = shown(display::live, [](console& x) {
    x.progress({verify()});
    x.progress({verify()});
  });
  EXPECT_NE(text.find("\x1b[1A"), std::string::npos);
}

TEST(Console, CanBeQuiet) {
  EXPECT_EQ(shown(display::quiet, [](console& x) { x.progress({verify()}); }),
            "");
}

} // namespace
} // namespace aura::flow
