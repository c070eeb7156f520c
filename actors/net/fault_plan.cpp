#include "actors/net/fault_plan.hpp"

#include "kernels/base/random.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

namespace aura::net {

namespace {

constexpr const char* names[] = {
  "ok",       "429",        "500",         "503",
  "400",      "401",        "quota",       "302",
  "hang",     "stall",      "truncate",    "reset",
  "slow",     "drop",       "broken-json", "broken-content",
  "refusal",  "error-200",  "length",      "filter",
  "no-usage", "oversize",   "two-lengths", "encoded",
  "expire",   "batch-fail", "529",
};

static_assert(std::size(names) == static_cast<int>(mishap::overloaded) + 1);

template <class T>
bool parse(std::string_view text, T& value) {
  const auto* last = text.data() + text.size();
  const auto [end, problem] = std::from_chars(text.data(), last, value);
  return problem == std::errc{} && end == last && value >= T{0};
}

/// Takes the part of `word` after `mark` off it.
std::optional<std::string_view> cut(std::string_view& word, char mark) {
  const auto at = word.find(mark);
  if (at == std::string_view::npos)
    return std::nullopt;
  const auto tail = word.substr(at + 1);
  word = word.substr(0, at);
  return tail;
}

bool read_storm(std::string_view text, fault_plan::entry& x) {
  const auto dash = text.find('-');
  return dash != std::string_view::npos && parse(text.substr(0, dash), x.from)
         && parse(text.substr(dash + 1), x.until) && x.from < x.until;
}

/// Reads what a word says about the server as a whole.
bool read_manner(std::string_view word, std::optional<int> amount,
                 fault_plan& plan) {
  if (word == "latency" && amount)
    plan.latency = milliseconds{*amount};
  else if (word == "jitter" && amount)
    plan.jitter = milliseconds{*amount};
  else if (word == "queue" && amount && *amount > 0)
    plan.slots = static_cast<std::size_t>(*amount);
  else if (word == "expired" && !amount)
    plan.certificate = certificate::expired;
  else if (word == "wrong-host" && !amount)
    plan.certificate = certificate::wrong_host;
  else
    return false;
  return true;
}

bool is_storm(const fault_plan::entry& x) {
  return x.until > 0;
}

/// Whether `x` has its turn in the list.
bool is_listed(const fault_plan::entry& x) {
  return !is_storm(x) && x.percent == 0.0 && x.about.empty();
}

} // namespace

const char* to_string(mishap x) {
  return names[static_cast<std::size_t>(x)];
}

const fault_plan::entry* fault_plan::poison(std::string_view body) const {
  for (const auto& x : entries)
    if (!x.about.empty() && body.find(x.about) != std::string_view::npos)
      return &x;
  return nullptr;
}

fault_plan::entry fault_plan::at(std::uint64_t number,
                                 std::string_view body) const {
  if (const auto* found = poison(body))
    return *found;
  for (const auto& x : entries)
    if (is_storm(x) && number >= x.from && number < x.until) {
      auto chance = random_stream{seed, "storm", number};
      return x.percent == 0.0 || chance.uniform() * 100.0 < x.percent ? x
                                                                      : entry{};
    }
  auto position = std::uint64_t{0};
  for (const auto& x : entries)
    if (is_listed(x) && position++ == number)
      return x;
  return number < position ? entry{} : by_chance(number);
}

fault_plan::entry fault_plan::by_chance(std::uint64_t number,
                                        std::string_view body) const {
  if (const auto* found = poison(body))
    return *found;
  auto chance = random_stream{seed, "mishap", number};
  auto left = chance.uniform() * 100.0;
  for (const auto& x : entries) {
    if (is_storm(x) || x.percent == 0.0)
      continue;
    if (left < x.percent)
      return x;
    left -= x.percent;
  }
  return {};
}

milliseconds fault_plan::delay(std::uint64_t number) const {
  auto chance = random_stream{seed, "jitter", number};
  return latency
         + milliseconds{static_cast<std::int64_t>(
           chance.uniform() * static_cast<double>(jitter.count() + 1))};
}

expected<fault_plan> parse_fault_plan(std::string_view text,
                                      std::uint64_t seed) {
  auto result = fault_plan{};
  result.seed = seed;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto whole = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    auto word = whole;
    while (word.starts_with(' '))
      word.remove_prefix(1);
    auto x = fault_plan::entry{};
    const auto problem
      = fault{errc::invalid_option, "no fault '" + std::string{whole} + "'"};
    const auto about = cut(word, '~');
    x.about = about.value_or("");
    if (const auto storm = cut(word, '@'); storm && !read_storm(*storm, x))
      return problem;
    if (const auto percent = cut(word, '%');
        percent
        && (!parse(*percent, x.percent) || x.percent <= 0.0
            || x.percent > 100.0))
      return problem;
    if (about && (about->empty() || x.percent > 0.0 || is_storm(x)))
      return problem;
    const auto amount = cut(word, ':');
    if (amount && !parse(*amount, x.amount))
      return problem;
    if (is_listed(x)
        && read_manner(word, amount ? std::optional{x.amount} : std::nullopt,
                       result))
      continue;
    const auto* found = std::find(std::begin(names), std::end(names), word);
    if (found == std::end(names))
      return problem;
    x.what = static_cast<mishap>(found - std::begin(names));
    result.entries.push_back(x);
  }
  return result;
}

} // namespace aura::net
