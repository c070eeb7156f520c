#pragma once

#include "actors/net/policy.hpp"
#include "kernels/base/expected.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aura::net {

/// What a server of ours can do wrong on purpose.
enum class mishap : std::uint8_t {
  none,
  too_many,       // 429:MS   with Retry-After (or retry-after-ms: MS)
  server_error,   // 500
  unavailable,    // 503
  bad_request,    // 400
  unauthorized,   // 401
  out_of_quota,   // quota    429 with code insufficient_quota
  redirect,       // 302
  hang,           // hang     no byte of a reply, ever
  stall,          // stall    half of the reply, and silence
  truncate,       // truncate half of the reply, and the end
  reset,          // reset    the end instead of a reply
  slow,           // slow:MS  the reply in ten pieces, MS between them
  drop_idle,      // drop     a reply that promises keep-alive, and the end
  broken_json,    // broken-json     200 whose body is not JSON
  broken_content, // broken-content  a completion that is not JSON
  refusal,        // refusal         content null and a refusal
  error_inside,   // error-200       200 with an error for a body
  cut_short,      // length          finish_reason length
  filtered,       // filter          finish_reason content_filter
  no_usage,       // no-usage        a completion without usage
  oversize,       // oversize:KIB    a body of that many KiB
  two_lengths,    // two-lengths     content-length and transfer-encoding
  encoded,        // encoded         content-encoding gzip, unasked
  batch_expired,  // expire:PERCENT  a batch that ends with so much of it done
  batch_failed,   // batch-fail      a batch that is refused as a whole
  overloaded,     // 529
};

/// What a server of ours proves its identity with.
enum class certificate : std::uint8_t { sound, expired, wrong_host };

/// The word for `x` in a plan: `stall`.
const char* to_string(mishap x);

/// Which request meets which mishap, and how the server is in general.
struct fault_plan {
  struct entry {
    mishap what = mishap::none;
    /// The number after the colon; -1 without.
    int amount = -1;
    /// In percent of all requests; 0: the next request in the list's order.
    double percent = 0.0;
    /// A storm: only requests from this number on, up to but without `until`.
    /// Both 0: no storm.
    std::uint64_t from = 0;
    std::uint64_t until = 0;
    /// Only requests whose bodies hold this text: rows that are poison, however
    /// often they are asked. Empty: all.
    std::string about;

    bool operator==(const entry&) const = default;
  };

  std::vector<entry> entries;
  std::uint64_t seed = 1;
  /// Before each reply, and as much more as chance wants.
  milliseconds latency{0};
  milliseconds jitter{0};
  /// So many requests are worked on at once, all others queue in silence; 0:
  /// any number.
  std::size_t slots = 0;
  net::certificate certificate = net::certificate::sound;

  /// What happens to request number `number`, counted from 0: what befalls all
  /// that hold a text like `body`; else first the entries without percentage,
  /// one after another (`ok` among them passes), then the others by chance; in
  /// a storm nothing but the storm.
  entry at(std::uint64_t number, std::string_view body = {}) const;

  /// The same without what is listed: only texts and percentages count.
  entry by_chance(std::uint64_t number, std::string_view body = {}) const;

  /// How long the reply to request number `number` takes.
  milliseconds delay(std::uint64_t number) const;

private:
  const entry* poison(std::string_view body) const;
};

/// Reads `429:20,500,ok,stall%2.5`: what goes wrong with the first requests, in
/// this order, and with so many percent of all others. `429:50@100-200` is a
/// storm: all requests from number 100 to 199, or with `%30` a part of them.
/// `400~refund` meets every request that holds the text, whenever it comes.
/// `latency:MS`, `jitter:MS`, `queue:SLOTS`, `expired` and `wrong-host` say how
/// the server is. Fails with `invalid_option` and the word that nobody knows.
expected<fault_plan> parse_fault_plan(std::string_view text,
                                      std::uint64_t seed = 1);

} // namespace aura::net
