#include "kernels/schema/cells.hpp"

#include "kernels/base/hash.hpp"
#include "kernels/schema/calendar.hpp"
#include "kernels/schema/words.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>

namespace aura::schema {

namespace {

/// Uniform over [low, high], however wide.
std::int64_t uniform(random_stream& random, std::int64_t low,
                     std::int64_t high) {
  const auto span
    = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  if (span < (std::uint64_t{1} << 32))
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low)
                                     + random.below(span + 1));
  const auto offset
    = static_cast<std::uint64_t>(random.uniform() * static_cast<double>(span));
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
}

} // namespace

cell_source::cell_source(const table& t, const column& c, state_kind kind,
                         std::int64_t now, random_stream random)
  : column_{&c}, table_{t.name}, kind_{kind}, now_{now} {
  if (temporal()) {
    first_ = now - 2 * 365 * day_seconds;
    last_ = now + 30 * day_seconds;
    if (c.range) {
      first_ = parse_iso(std::get<std::string>(c.range->low))->seconds;
      const auto high = *parse_iso(std::get<std::string>(c.range->high));
      last_ = high.seconds;
      if (!high.has_time && c.type == type::timestamp)
        last_ += day_seconds - 1; // the last day_seconds counts as a whole
    }
  }
  auto wanted = std::size_t{0};
  switch (kind) {
  case state_kind::ties:
  case state_kind::nearly_empty:
    wanted = 3;
    break;
  case state_kind::nulls:
  case state_kind::orphans:
    wanted = 5;
    break;
  case state_kind::boundaries:
    pool_ = boundaries();
    break;
  case state_kind::extremes:
    pool_ = extremes();
    break;
  case state_kind::realistic:
  case state_kind::skewed:
    break;
  }
  for (std::size_t i = 0; i < wanted; ++i)
    pool_.push_back(realistic(random));
}

std::pair<std::int64_t, std::int64_t> cell_source::integer_ends() const {
  if (column_->range)
    return {std::get<std::int64_t>(column_->range->low),
            std::get<std::int64_t>(column_->range->high)};
  return {0, 1000};
}

std::pair<double, double> cell_source::real_ends() const {
  if (column_->range)
    return {std::get<double>(column_->range->low),
            std::get<double>(column_->range->high)};
  return {0, 1000};
}

bool cell_source::temporal() const {
  return column_->type == type::date || column_->type == type::timestamp;
}

datum cell_source::at(std::int64_t seconds) const {
  seconds = std::clamp(seconds, first_second, last_second);
  if (column_->type == type::date)
    seconds = day_start(seconds);
  if (column_->format == date_format::epoch_seconds)
    return seconds;
  if (column_->type == type::date)
    return iso_date(seconds);
  return iso_timestamp(seconds,
                       column_->format == date_format::iso_t ? 'T' : ' ');
}

/// To cents, where the range is wide enough for cents to mean anything.
datum cell_source::rounded(double x) const {
  const auto [low, high] = real_ends();
  if (high - low >= 0.5 && std::abs(x) < 1e12)
    x = std::round(x * 100) / 100;
  return std::clamp(x, low, high) + 0.0;
}

datum cell_source::number(random_stream& random) const {
  // Half of the values gather around the middle.
  const auto gather = random.chance(0.5);
  if (column_->type == type::integer) {
    const auto [low, high] = integer_ends();
    const auto x = uniform(random, low, high);
    const auto y = uniform(random, low, high);
    return gather ? x / 2 + y / 2 + (x % 2 + y % 2) / 2 : x;
  }
  const auto [low, high] = real_ends();
  const auto x = random.uniform();
  const auto y = random.uniform();
  const auto share = gather ? (x + y) / 2 : x;
  return rounded(low * (1 - share) + high * share);
}

datum cell_source::time(random_stream& random) const {
  const auto anchor = std::clamp(now_, first_, last_);
  const auto back = [&](std::int64_t from, std::int64_t span) {
    return uniform(random, std::max(first_, from - span), from);
  };
  auto seconds = std::int64_t{};
  const auto where = random.uniform();
  if (where < 0.2)
    seconds = back(anchor, 7 * day_seconds);
  else if (where < 0.45)
    seconds = back(anchor, 60 * day_seconds);
  else if (where < 0.6)
    seconds
      = back(std::max(first_, anchor - 340 * day_seconds), 50 * day_seconds);
  else
    seconds = uniform(random, first_, last_);
  const auto place = random.uniform();
  if (place < 0.05)
    seconds = month_start(seconds);
  else if (place < 0.1)
    seconds = month_start(seconds, 1) - minute_seconds;
  else if (place < 0.15)
    seconds = day_start(seconds);
  else
    seconds -= ((seconds % minute_seconds) + minute_seconds) % minute_seconds;
  return at(std::clamp(seconds, first_, last_));
}

datum cell_source::realistic(random_stream& random) const {
  if (!column_->values.empty()) {
    // The first values are the common ones.
    std::vector<double> weights;
    for (std::size_t i = 0; i < column_->values.size(); ++i)
      weights.push_back(1 / (1 + 0.3 * static_cast<double>(i)));
    return column_->values[random.weighted(weights)].stored;
  }
  switch (column_->type) {
  case type::integer:
  case type::real:
    return number(random);
  case type::text:
    return invent_text(table_, column_->name, random);
  case type::boolean: {
    const auto share
      = 0.2 + 0.05 * static_cast<double>(hash64(column_->name) % 12);
    return std::int64_t{random.chance(share)};
  }
  case type::date:
  case type::timestamp:
    return time(random);
  }
  return {};
}

datum cell_source::skewed(random_stream& random) const {
  const auto dominant = random.chance(0.75);
  if (!column_->values.empty())
    return dominant
             ? column_->values.back().stored
             : column_->values[random.below(column_->values.size())].stored;
  if (column_->type == type::boolean)
    return std::int64_t{random.chance(0.95)};
  if (temporal()) {
    const auto anchor = std::clamp(now_ - 3 * hour_seconds, first_, last_);
    return dominant ? at(
             uniform(random, std::max(first_, anchor - day_seconds), anchor))
                    : time(random);
  }
  if (column_->type == type::text)
    return dominant ? datum{common_text(column_->name)}
                    : invent_text(table_, column_->name, random);
  const auto u = random.uniform();
  const auto share = dominant ? 0.1 : u > 0.9 ? 1.0 : u * u * u * u;
  if (column_->type == type::real) {
    const auto [low, high] = real_ends();
    return rounded(low * (1 - share) + high * share);
  }
  const auto [low, high] = integer_ends();
  const auto span = static_cast<double>(high) - static_cast<double>(low);
  if (share >= 1)
    return high;
  return std::clamp(stepped(low, static_cast<std::int64_t>(span * share)), low,
                    high);
}

datum cell_source::draw(random_stream& random) const {
  if (kind_ == state_kind::skewed)
    return skewed(random);
  // Even a state of edges has some ordinary values between them.
  if (pool_.empty() || (kind_ == state_kind::boundaries && random.chance(0.2)))
    return realistic(random);
  return random.pick(pool_);
}

datum cell_source::draw_widely(random_stream& random) const {
  return realistic(random);
}

datum cell_source::key(std::int64_t index) const {
  switch (column_->type) {
  case type::integer:
    return stepped(column_->range ? integer_ends().first : 1, index);
  case type::real:
    return static_cast<double>(index + 1);
  case type::boolean:
    return std::int64_t{index % 2};
  case type::text: {
    auto digits = std::to_string(index + 1);
    digits.insert(0, 3 - std::min<std::size_t>(3, digits.size()), '0');
    return singular(table_) + "-" + digits;
  }
  case type::date:
    return at(stepped(first_, index * day_seconds));
  case type::timestamp:
    return at(stepped(first_, index * hour_seconds));
  }
  return {};
}

bool cell_source::conforms(const datum& stored) const {
  if (!column_->values.empty())
    return std::any_of(column_->values.begin(), column_->values.end(),
                       [&](const auto& x) { return x.stored == stored; });
  if (!column_->range)
    return true;
  if (!temporal())
    return stored >= column_->range->low && stored <= column_->range->high;
  auto seconds = std::get_if<std::int64_t>(&stored);
  const auto* text = std::get_if<std::string>(&stored);
  const auto read = text ? parse_iso(*text) : std::nullopt;
  if (!seconds && !read)
    return false;
  const auto moment = seconds ? *seconds : read->seconds;
  return moment >= first_ && moment <= last_;
}

datum cell_source::stored_form(const datum& written) const {
  const auto* integer = std::get_if<std::int64_t>(&written);
  const auto* real = std::get_if<double>(&written);
  const auto* text = std::get_if<std::string>(&written);
  switch (column_->type) {
  case type::integer:
    return integer ? written : datum{};
  case type::real:
    return integer ? datum{static_cast<double>(*integer)}
           : real  ? written
                   : datum{};
  case type::text:
    return text ? written : datum{};
  case type::boolean:
    return integer && (*integer == 0 || *integer == 1) ? written : datum{};
  case type::date:
  case type::timestamp:
    if (const auto read = text ? parse_iso(*text) : std::nullopt)
      return at(read->seconds);
    return {};
  }
  return {};
}

} // namespace aura::schema
