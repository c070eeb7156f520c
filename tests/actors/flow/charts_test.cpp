#include "actors/flow/charts.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace aura::flow {
namespace {

TEST(Charts, EscapeWhatHtmlWouldRead) {
  EXPECT_EQ(escape_html("<a href=\"x\">'&'</a>"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
}

TEST(Charts, LeaveOutWhatIsNotANumber) {
  const auto svg = line_chart(
    {{"s", "red", {{1, 2}, {2, NAN}, {3, INFINITY}, {4, 1}}}}, "x", false);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
  EXPECT_NE(svg.find("<polyline"), std::string::npos);
}

TEST(Charts, AreEmptyWithoutPoints) {
  EXPECT_EQ(line_chart({}, "x", true), "");
  EXPECT_EQ(line_chart({{"s", "red", {}}}, "x", true), "");
  EXPECT_EQ(funnel_chart({}), "");
}

TEST(Charts, DrawOnePointWithoutDividingByZero) {
  const auto svg = line_chart({{"s", "red", {{5, 5}}}}, "x", true);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_NE(svg.find("<circle"), std::string::npos);
}

TEST(Charts, ScaleAFunnelByItsWidestStep) {
  const auto svg = funnel_chart({{"a", 100, 50, ""}, {"b", 50, 25, ""}});
  EXPECT_NE(svg.find("width='360'"), std::string::npos);
  EXPECT_NE(svg.find("width='90' height='24' rx='3' class='bar'"),
            std::string::npos);
}

} // namespace
} // namespace aura::flow
