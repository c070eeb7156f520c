#include "actors/net/policy.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>

namespace aura::net {

namespace {

constexpr const char* names[] = {
  "accept", "retry", "throttled", "retry_once", "fail_row", "fail_run",
};

static_assert(std::size(names) == static_cast<int>(verdict::fail_run) + 1);

// Retried: 408 409 425 500 502-504. Throttling: 429 503 529. Fatal for the run:
// 401 402 403 and an exhausted quota under any status. Everything else that is
// not 2xx costs its row: 3xx, 400 404 405 413 415 422 and what nobody knows.
verdict classify_status(unsigned status) {
  switch (status) {
  case 401:
  case 402:
  case 403:
    return verdict::fail_run;
  case 429:
  case 503:
  case 529:
    return verdict::throttled;
  case 408:
  case 409:
  case 425:
  case 500:
  case 502:
  case 504:
    return verdict::retry;
  default:
    return verdict::fail_row;
  }
}

bool is_success(unsigned status) {
  return status >= 200 && status < 300;
}

bool is_out_of_money(const symptom& x) {
  return x.error_code == "insufficient_quota"
         || x.error_code == "billing_hard_limit_reached";
}

template <class T>
std::optional<T> number(std::string_view text) {
  auto result = T{};
  const auto* last = text.data() + text.size();
  const auto [end, problem] = std::from_chars(text.data(), last, result);
  if (problem != std::errc{} || end != last)
    return std::nullopt;
  return result;
}

std::optional<milliseconds> wait_of(std::string_view text, double unit) {
  const auto count = number<double>(text);
  if (!count || !std::isfinite(*count) || *count < 0.0)
    return std::nullopt;
  // A year is more than anybody waits, and fits.
  return milliseconds{static_cast<std::int64_t>(
    std::ceil(std::min(*count * unit, 365.0 * 86'400'000.0)))};
}

} // namespace

const char* to_string(verdict x) {
  return names[static_cast<std::size_t>(x)];
}

verdict classify(const symptom& x) {
  switch (x.kind) {
  case trouble::none:
    break;
  case trouble::resolve:
  case trouble::tls:
  case trouble::tls_verification:
  case trouble::cancelled:
    return verdict::fail_run;
  case trouble::too_large:
  case trouble::deadline:
    return verdict::fail_row;
  case trouble::malformed:
    return verdict::retry_once;
  case trouble::proxy:
    return x.status == 407 || x.status == 403 ? verdict::fail_run
                                              : verdict::retry;
  case trouble::resolve_temporary:
  case trouble::connect:
  case trouble::reset:
  case trouble::truncated:
  case trouble::stalled:
    return verdict::retry;
  }
  if (is_out_of_money(x))
    return verdict::fail_run;
  if (!is_success(x.status))
    return classify_status(x.status);
  return x.unreadable ? verdict::retry_once : verdict::accept;
}

errc code_of(const symptom& x) {
  switch (x.kind) {
  case trouble::none:
    break;
  case trouble::tls_verification:
    return errc::tls_verification;
  case trouble::stalled:
  case trouble::deadline:
    return errc::timeout;
  case trouble::too_large:
    return errc::resource_limit;
  case trouble::cancelled:
    return errc::cancelled;
  case trouble::proxy:
    return x.status == 407 ? errc::authentication : errc::network;
  case trouble::malformed:
    return errc::invalid_reply;
  case trouble::resolve:
  case trouble::resolve_temporary:
  case trouble::connect:
  case trouble::tls:
  case trouble::reset:
  case trouble::truncated:
    return errc::network;
  }
  if (is_out_of_money(x) || x.status == 402)
    return errc::budget_exhausted;
  if (x.status == 401 || x.status == 403)
    return errc::authentication;
  if (!is_success(x.status))
    return errc::http_status;
  return x.unreadable ? errc::invalid_reply : errc::none;
}

milliseconds backoff(const backoff_options& options, verdict why,
                     unsigned attempt, std::optional<milliseconds> asked,
                     random_stream& random) {
  const auto base = why == verdict::throttled ? options.throttled_base
                                              : options.transient_base;
  // 2^20 bases are above any cap.
  const auto factor = std::int64_t{1} << std::min(attempt, 20U);
  const auto ceiling = std::min(base * factor, options.cap);
  const auto draw = milliseconds{static_cast<std::int64_t>(
    random.uniform() * static_cast<double>(ceiling.count() + 1))};
  return std::max(draw, asked.value_or(milliseconds{0}));
}

std::optional<milliseconds> retry_after(const headers& xs,
                                        std::chrono::sys_seconds now) {
  if (const auto text = find(xs, "retry-after-ms"))
    if (const auto wait = wait_of(*text, 1.0))
      return wait;
  const auto text = find(xs, "retry-after");
  if (!text)
    return std::nullopt;
  if (const auto wait = wait_of(*text, 1000.0))
    return wait;
  const auto until = parse_http_date(*text);
  if (!until)
    return std::nullopt;
  if (const auto date = find(xs, "date"))
    now = parse_http_date(*date).value_or(now);
  return std::max(milliseconds{0}, milliseconds{*until - now});
}

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  // Sun, 06 Nov 1994 08:49:37 GMT | Sunday, 06-Nov-94 08:49:37 GMT
  // | Sun Nov  6 08:49:37 1994
  static constexpr auto separators = std::string_view{" ,-:"};
  auto words = std::array<std::string_view, 8>{};
  auto count = std::size_t{0};
  while (!text.empty() && count < words.size()) {
    const auto skipped = text.find_first_not_of(separators);
    if (skipped == std::string_view::npos)
      break;
    text.remove_prefix(skipped);
    const auto length = std::min(text.find_first_of(separators), text.size());
    words[count++] = text.substr(0, length);
    text.remove_prefix(length);
  }
  const auto asctime = count == 7;
  if (!asctime && (count != 8 || words[7] != "GMT"))
    return std::nullopt;
  static constexpr auto months
    = std::string_view{"JanFebMarAprMayJunJulAugSepOctNovDec"};
  const auto day = number<unsigned>(words[asctime ? 2 : 1]);
  const auto month = words[asctime ? 1 : 2];
  auto year = number<int>(words[asctime ? 6 : 3]);
  const auto first = asctime ? 3U : 4U;
  const auto hour = number<int>(words[first]);
  const auto minute = number<int>(words[first + 1]);
  const auto second = number<int>(words[first + 2]);
  const auto at = months.find(month);
  if (!day || !year || !hour || !minute || !second || month.size() != 3
      || at == std::string_view::npos || at % 3 != 0)
    return std::nullopt;
  // Two digits are of the century that makes the date current.
  if (*year < 100)
    *year += *year < 70 ? 2000 : 1900;
  const auto date = std::chrono::year{*year}
                    / std::chrono::month{static_cast<unsigned>(at / 3 + 1)}
                    / std::chrono::day{*day};
  if (!date.ok() || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59
      || *second < 0 || *second > 60)
    return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{*hour}
         + std::chrono::minutes{*minute} + std::chrono::seconds{*second};
}

} // namespace aura::net
