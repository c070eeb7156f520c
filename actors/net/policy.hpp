#pragma once

#include "actors/net/message.hpp"
#include "kernels/base/expected.hpp"
#include "kernels/base/random.hpp"

#include <chrono>

namespace aura::net {

using milliseconds = std::chrono::milliseconds;

/// What one attempt looked like, as far as a decision depends on it.
struct symptom {
  trouble kind = trouble::none;
  unsigned status = 200;
  /// The server's own word for an error, in the body: `insufficient_quota`.
  std::string error_code;
  /// A success whose body cannot be read.
  bool unreadable = false;
};

/// What to do about it.
enum class verdict : std::uint8_t {
  accept,     // it worked
  retry,      // a passing trouble
  throttled,  // the server asks for less; retry with more patience
  retry_once, // may be a glitch, but not twice
  fail_row,   // this request will never work
  fail_run,   // no request will ever work
};

const char* to_string(verdict x);

/// Decides by the lists in the comment of the source. Pure.
verdict classify(const symptom& x);

/// The errc under which a failure is counted and reported.
errc code_of(const symptom& x);

/// How long to wait, and when to stop waiting.
struct backoff_options {
  milliseconds transient_base{500};
  milliseconds throttled_base{1000};
  milliseconds cap{30'000};
  /// A server that asks for more patience than this is taken as down.
  milliseconds longest_wait{600'000};
};

/// A uniform draw from [0, min(cap, base * 2^attempt)] ("full jitter"), but
/// never less than what the server asked for. `attempt` counts from 0.
milliseconds backoff(const backoff_options& options, verdict why,
                     unsigned attempt, std::optional<milliseconds> asked,
                     random_stream& random);

/// How long the server asks to wait: `retry-after-ms`, or `Retry-After` in
/// seconds (fractions too) or as a date. A date counts from the reply's own
/// `Date`, else from `now`; one in the past is 0. Absent or senseless: nothing.
std::optional<milliseconds> retry_after(const headers& xs,
                                        std::chrono::sys_seconds now);

/// Reads the three forms of date that HTTP allows (RFC 9110, 5.6.7).
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

} // namespace aura::net
