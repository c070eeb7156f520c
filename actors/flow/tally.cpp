#include "actors/flow/tally.hpp"

#include "actors/flow/batch.hpp"

#include <algorithm>
#include <numeric>

namespace aura::flow {

namespace {

template <class Map>
std::uint64_t sum(const Map& x) {
  return std::accumulate(
    x.begin(), x.end(), std::uint64_t{0},
    [](std::uint64_t n, const auto& entry) { return n + entry.second; });
}

std::string number(std::uint64_t x) {
  return std::to_string(x);
}

fault mismatch(const tally& x, const std::string& what) {
  return {errc::accounting, "stage '" + x.stage + "': " + what};
}

status check_stage(const tally& x, bool complete) {
  const auto came = x.in + x.made;
  const auto went
    = x.out + x.surplus + x.dropped + x.lost + (x.held - x.parked_rows);
  if (came != went)
    return mismatch(x, number(came) + " rows came, " + number(x.out)
                         + " went on, " + number(x.surplus) + " were surplus, "
                         + number(x.dropped) + " were kept back and "
                         + number(x.held + x.lost) + " are pending");
  if (complete && x.held + x.lost > 0)
    return mismatch(x, number(x.held + x.lost) + " rows are still pending");
  return ok;
}

status check_window(const tally& x) {
  if (x.granted_rows == 0)
    return ok; // the last stage sends nothing
  if (x.peak_rows > std::max(x.granted_rows, x.largest_rows))
    return mismatch(x, number(x.peak_rows) + " rows were under way at once, "
                         + number(x.granted_rows) + " may be");
  if (x.peak_bytes > std::max(x.granted_bytes, x.largest_bytes))
    return mismatch(x, number(x.peak_bytes) + " bytes were under way at once, "
                         + number(x.granted_bytes) + " may be");
  return ok;
}

/// The stage that decides what counts: the gate, or else the first that kept
/// rejected rows back, or else the last one.
const tally* judge(const std::vector<tally>& stages) {
  for (const auto& x : stages)
    if (x.gate)
      return &x;
  for (const auto& x : stages)
    if (x.dropped > 0)
      return &x;
  return stages.empty() ? nullptr : &stages.back();
}

} // namespace

accounts settle(const std::vector<tally>& stages) {
  auto result = accounts{};
  const auto* last = judge(stages);
  if (!last)
    return result;
  for (const auto& x : stages)
    result.generated += x.made - x.surplus;
  result.accepted = last->sound;
  result.by_stage = last->rejected;
  for (const auto& [by, n] : last->rejected)
    (is_failure(by.second) ? result.failed : result.rejected)[by.second] += n;
  const auto settled
    = result.accepted + sum(result.rejected) + sum(result.failed);
  result.pending = result.generated > settled ? result.generated - settled : 0;
  return result;
}

status check_accounts(const std::vector<tally>& stages, bool complete) {
  for (const auto& x : stages) {
    if (auto done = check_stage(x, complete); !done)
      return done;
    if (auto done = check_window(x); !done)
      return done;
  }
  for (std::size_t i = 1; complete && i < stages.size(); ++i)
    if (stages[i].in != stages[i - 1].out)
      return mismatch(stages[i], number(stages[i].in) + " rows came of the "
                                   + number(stages[i - 1].out) + " that '"
                                   + stages[i - 1].stage + "' sent");
  const auto total = settle(stages);
  const auto settled = total.accepted + sum(total.rejected) + sum(total.failed);
  if (complete ? total.generated != settled : total.generated < settled)
    return fault{errc::accounting,
                 "generated " + number(total.generated) + ", but accepted "
                   + number(total.accepted) + " + rejected "
                   + number(sum(total.rejected)) + " + failed "
                   + number(sum(total.failed)) + " = " + number(settled)};
  return ok;
}

std::string dump(const std::vector<tally>& stages) {
  auto text = std::string{};
  for (const auto& x : stages) {
    text += x.stage + ": " + number(x.in + x.made) + " in, " + number(x.out)
            + " out, holds " + number(x.held) + ", owed " + number(x.owed_rows)
            + " of " + number(x.granted_rows) + " rows (" + number(x.owed_bytes)
            + " of " + number(x.granted_bytes) + " bytes), parked "
            + number(x.parked_rows);
    if (x.oldest)
      text += ", oldest row " + number(*x.oldest);
    text += x.finished ? ", finished\n" : "\n";
  }
  return text;
}

} // namespace aura::flow
