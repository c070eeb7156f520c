#include "kernels/schema/calendar.hpp"

#include <gtest/gtest.h>

namespace aura::schema {

namespace {

TEST(Calendar, ReadsWhatItWrites) {
  // Every day and some second of it, over the whole span of ISO years.
  for (auto x = first_second; x <= last_second; x += 86'400 * 13 + 3'607) {
    const auto read = parse_iso(iso_timestamp(x));
    ASSERT_TRUE(read) << iso_timestamp(x);
    ASSERT_EQ(read->seconds, x);
    ASSERT_EQ(parse_iso(iso_date(x))->seconds, day_start(x));
    ASSERT_EQ(parse_iso(iso_timestamp(x, 'T'))->separator, 'T');
  }
}

TEST(Calendar, ReadsMomentsInAllTheirSpellings) {
  struct spelling {
    const char* text;
    std::int64_t seconds;
    bool has_time;
    bool has_fraction;
  };
  const spelling cases[] = {
    {"1970-01-01", 0, false, false},
    {"2024-02-29", 1'709'164'800, false, false},
    {"1970-01-01 00:01", 60, true, false},
    {"1970-01-01T00:01:02", 62, true, false},
    {"1970-01-01T00:01:02Z", 62, true, false},
    {"1970-01-01 00:01:02.987", 62, true, true},
    {"1969-12-31 23:59:59", -1, true, false},
    {"0000-01-01", first_second, false, false},
    {"9999-12-31 23:59:59", last_second, true, false},
  };
  for (const auto& c : cases) {
    const auto read = parse_iso(c.text);
    ASSERT_TRUE(read) << c.text;
    EXPECT_EQ(read->seconds, c.seconds) << c.text;
    EXPECT_EQ(read->has_time, c.has_time) << c.text;
    EXPECT_EQ(read->has_fraction, c.has_fraction) << c.text;
  }
}

TEST(Calendar, RefusesEverythingElse) {
  for (const auto* text : {"",
                           "2024",
                           "2024-01",
                           "2024-1-1",
                           "2023-02-29",
                           "2024-13-01",
                           "2024-00-01",
                           "2024-01-32",
                           "2024-01-01x",
                           "2024-01-01 ",
                           "2024-01-01 8:00",
                           "2024-01-01 24:00:00",
                           "2024-01-01 23:60",
                           "2024-01-01 23:00:60",
                           "2024-01-01 23:00:00.",
                           "2024/01/01",
                           "2024-01-01_08:00",
                           " 2024-01-01",
                           "2024-01-01 08:00:00+01:00",
                           "20240-01-01",
                           "-2024-01-01",
                           "2024-01-01 08:00:00 Z"})
    EXPECT_FALSE(parse_iso(text)) << text;
}

TEST(Calendar, FindsWhereWeeksAndMonthsBegin) {
  const auto at = [](const char* text) { return parse_iso(text)->seconds; };
  EXPECT_EQ(iso_date(week_start(at("2024-12-31 12:00:00"))), "2024-12-30");
  EXPECT_EQ(iso_date(week_start(at("2024-12-30"))), "2024-12-30");
  EXPECT_EQ(iso_date(week_start(at("2024-12-29 23:59:59"))), "2024-12-23");
  EXPECT_EQ(iso_date(week_start(at("1969-12-31"))), "1969-12-29");
  EXPECT_EQ(iso_date(month_start(at("2024-12-31"))), "2024-12-01");
  EXPECT_EQ(iso_date(month_start(at("2024-12-31"), 2)), "2025-02-01");
  EXPECT_EQ(iso_date(month_start(at("2024-01-31"), -13)), "2022-12-01");
  EXPECT_EQ(iso_date(day_start(at("1969-12-31 23:59:59"))), "1969-12-31");
}

} // namespace

} // namespace aura::schema
