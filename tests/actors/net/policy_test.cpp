#include "actors/net/policy.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace aura::net {
namespace {

using namespace std::chrono_literals;

struct row {
  symptom seen;
  verdict expected;
  errc code;
};

symptom of(trouble kind, unsigned status = 0) {
  return {kind, status, "", false};
}

symptom of(unsigned status, std::string code = "") {
  return {trouble::none, status, std::move(code), false};
}

TEST(Policy, ClassifiesWhatHappened) {
  const row rows[] = {
    {of(200), verdict::accept, errc::none},
    {of(204), verdict::accept, errc::none},
    {{trouble::none, 200, "", true}, verdict::retry_once, errc::invalid_reply},
    // Passing trouble.
    {of(trouble::resolve_temporary), verdict::retry, errc::network},
    {of(trouble::connect), verdict::retry, errc::network},
    {of(trouble::reset), verdict::retry, errc::network},
    {of(trouble::truncated), verdict::retry, errc::network},
    {of(trouble::stalled), verdict::retry, errc::timeout},
    {of(trouble::proxy, 502), verdict::retry, errc::network},
    {of(trouble::malformed), verdict::retry_once, errc::invalid_reply},
    {of(408), verdict::retry, errc::http_status},
    {of(409), verdict::retry, errc::http_status},
    {of(425), verdict::retry, errc::http_status},
    {of(500), verdict::retry, errc::http_status},
    {of(502), verdict::retry, errc::http_status},
    {of(504), verdict::retry, errc::http_status},
    // The server wants less.
    {of(429), verdict::throttled, errc::http_status},
    {of(503), verdict::throttled, errc::http_status},
    {of(529), verdict::throttled, errc::http_status},
    // This request will not do.
    {of(301), verdict::fail_row, errc::http_status},
    {of(302), verdict::fail_row, errc::http_status},
    {of(400), verdict::fail_row, errc::http_status},
    {of(404), verdict::fail_row, errc::http_status},
    {of(405), verdict::fail_row, errc::http_status},
    {of(413), verdict::fail_row, errc::http_status},
    {of(415), verdict::fail_row, errc::http_status},
    {of(422), verdict::fail_row, errc::http_status},
    {of(501), verdict::fail_row, errc::http_status},
    {of(trouble::too_large), verdict::fail_row, errc::resource_limit},
    {of(trouble::deadline), verdict::fail_row, errc::timeout},
    // No request will do.
    {of(401), verdict::fail_run, errc::authentication},
    {of(402), verdict::fail_run, errc::budget_exhausted},
    {of(403), verdict::fail_run, errc::authentication},
    {of(429, "insufficient_quota"), verdict::fail_run, errc::budget_exhausted},
    {of(200, "insufficient_quota"), verdict::fail_run, errc::budget_exhausted},
    {of(trouble::resolve), verdict::fail_run, errc::network},
    {of(trouble::tls), verdict::fail_run, errc::network},
    {of(trouble::tls_verification), verdict::fail_run, errc::tls_verification},
    {of(trouble::proxy, 407), verdict::fail_run, errc::authentication},
    {of(trouble::proxy, 403), verdict::fail_run, errc::network},
    {of(trouble::cancelled), verdict::fail_run, errc::cancelled},
  };
  for (const auto& x : rows) {
    const auto name = std::string{to_string(x.seen.kind)} + " "
                      + std::to_string(x.seen.status) + x.seen.error_code;
    EXPECT_STREQ(to_string(classify(x.seen)), to_string(x.expected)) << name;
    EXPECT_STREQ(to_string(code_of(x.seen)), to_string(x.code)) << name;
  }
}

TEST(Policy, DrawsTheWaitFromAWindowThatDoublesUpToTheCap) {
  const auto options = backoff_options{100ms, 1000ms, 1500ms, 10min};
  struct {
    verdict why;
    unsigned attempt;
    milliseconds ceiling;
  } const rows[] = {
    {verdict::retry, 0, 100ms},      {verdict::retry, 1, 200ms},
    {verdict::retry, 3, 800ms},      {verdict::retry, 4, 1500ms},
    {verdict::retry, 4000, 1500ms},  {verdict::retry_once, 0, 100ms},
    {verdict::throttled, 0, 1000ms}, {verdict::throttled, 1, 1500ms},
  };
  for (const auto& x : rows) {
    auto random = random_stream{7, "backoff", x.attempt};
    auto least = x.ceiling;
    auto most = 0ms;
    for (auto i = 0; i < 2000; ++i) {
      const auto wait
        = backoff(options, x.why, x.attempt, std::nullopt, random);
      least = std::min(least, wait);
      most = std::max(most, wait);
    }
    EXPECT_GE(least, 0ms);
    EXPECT_LE(least, x.ceiling / 20) << "full jitter begins at zero";
    EXPECT_LE(most, x.ceiling);
    EXPECT_GE(most, x.ceiling * 19 / 20);
  }
}

TEST(Policy, NeverWaitsLessThanTheServerAsks) {
  auto random = random_stream{7, "backoff"};
  for (auto i = 0; i < 100; ++i)
    EXPECT_GE(backoff({}, verdict::throttled, 0, 5s, random), 5s);
  EXPECT_EQ(backoff({}, verdict::throttled, 0, 40s, random), 40s);
}

constexpr auto noon
  = std::chrono::sys_days{std::chrono::year{1994} / 11 / 6} + 12h;

TEST(Policy, ReadsHowLongToWait) {
  using expected_wait = std::optional<milliseconds>;
  struct {
    net::headers headers;
    expected_wait wait;
  } const rows[] = {
    {{}, std::nullopt},
    {{{"Retry-After", "3"}}, 3s},
    {{{"RETRY-AFTER", "0"}}, 0ms},
    {{{"Retry-After", "1.5"}}, 1500ms},
    {{{"retry-after-ms", "250"}}, 250ms},
    {{{"Retry-After", "3"}, {"retry-after-ms", "250"}}, 250ms},
    {{{"Retry-After", "3"}, {"retry-after-ms", "soon"}}, 3s},
    {{{"Retry-After", "Sun, 06 Nov 1994 12:00:30 GMT"}}, 30s},
    {{{"Retry-After", "Sun, 06 Nov 1994 11:00:00 GMT"}}, 0ms},
    {{{"Retry-After", "Sun, 06 Nov 1994 12:00:30 GMT"},
      {"Date", "Sun, 06 Nov 1994 12:00:20 GMT"}},
     10s},
    {{{"Retry-After", "-1"}}, std::nullopt},
    {{{"Retry-After", "nan"}}, std::nullopt},
    {{{"Retry-After", "inf"}}, std::nullopt},
    {{{"Retry-After", ""}}, std::nullopt},
    {{{"Retry-After", "tomorrow"}}, std::nullopt},
    {{{"Retry-After", "1e300"}}, 8760h},
  };
  for (const auto& x : rows)
    EXPECT_EQ(retry_after(x.headers, noon), x.wait)
      << (x.headers.empty() ? "" : x.headers.front().value);
}

TEST(Policy, ReadsTheThreeFormsOfADate) {
  const auto expected = std::chrono::sys_days{std::chrono::year{1994} / 11 / 6}
                        + 8h + 49min + 37s;
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), expected);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), expected);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), expected);
}

TEST(Policy, RefusesWhatIsNoDate) {
  for (const auto* text :
       {"", "GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 ovD 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 08:49:37",
        "1 2 3 4 5 6 7", "06 Nov 1994"})
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
}

} // namespace
} // namespace aura::net
