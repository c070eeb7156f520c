#include "actors/net/fault_plan.hpp"

#include "kernels/base/random.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace aura::net {

namespace {

constexpr const char* names[] = {
  "ok",       "429",       "500",         "503",
  "400",      "401",       "quota",       "302",
  "hang",     "stall",     "truncate",    "reset",
  "slow",     "drop",      "broken-json", "broken-content",
  "refusal",  "error-200", "length",      "filter",
  "no-usage", "oversize",  "two-lengths", "encoded",
};

static_assert(std::size(names) == static_cast<int>(mishap::encoded) + 1);

template <class T>
bool parse(std::string_view text, T& value) {
  const auto* last = text.data() + text.size();
  const auto [end, problem] = std::from_chars(text.data(), last, value);
  return problem == std::errc{} && end == last && value >= T{0};
}

} // namespace

const char* to_string(mishap x) {
  return names[static_cast<std::size_t>(x)];
}

fault_plan::entry fault_plan::at(std::uint64_t number) const {
  auto position = std::uint64_t{0};
  for (const auto& x : entries)
    if (x.percent == 0.0 && position++ == number)
      return x;
  auto chance = random_stream{seed, "mishap", number};
  auto left = chance.uniform() * 100.0;
  for (const auto& x : entries) {
    if (number >= position && left < x.percent)
      return x;
    left -= x.percent;
  }
  return {};
}

expected<fault_plan> parse_fault_plan(std::string_view text,
                                      std::uint64_t seed) {
  auto result = fault_plan{{}, seed};
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto whole = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    auto word = whole;
    auto x = fault_plan::entry{};
    const auto problem
      = fault{errc::invalid_option, "no fault '" + std::string{whole} + "'"};
    if (const auto at = word.find('%'); at != std::string_view::npos) {
      if (!parse(word.substr(at + 1), x.percent) || x.percent <= 0.0
          || x.percent > 100.0)
        return problem;
      word = word.substr(0, at);
    }
    if (const auto at = word.find(':'); at != std::string_view::npos) {
      if (!parse(word.substr(at + 1), x.amount))
        return problem;
      word = word.substr(0, at);
    }
    const auto* found = std::find(std::begin(names), std::end(names), word);
    if (found == std::end(names))
      return problem;
    x.what = static_cast<mishap>(found - std::begin(names));
    result.entries.push_back(x);
  }
  return result;
}

} // namespace aura::net
