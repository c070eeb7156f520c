#include "kernels/base/nearest.hpp"
#include "kernels/dsl/periods.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/resolver.hpp"
#include "kernels/dsl/words.hpp"
#include "kernels/schema/calendar.hpp"

#include <charconv>

namespace aura::dsl {

using plan::data_type;
using plan::op;
using plan::value;

namespace {

/// The whole number of a duration, within reason; NULL for anything else.
void try_read(const std::string& text, datum& result) {
  auto number = std::int64_t{0};
  const auto* last = text.data() + text.size();
  const auto read = std::from_chars(text.data(), last, number);
  if (read.ec == std::errc{} && read.ptr == last && number < 100'000'000'000)
    result = number;
}

} // namespace

std::int64_t resolver::now(span where) {
  const auto moment = schema::parse_iso(options_.now);
  if (moment)
    return moment->seconds;
  if (!now_missing_)
    error("AUR-E0218", where,
          options_.now.empty()
            ? "the moment of NOW() is not given"
            : "the moment of NOW() is not of the form 2024-01-31 08:00:00: "
                + to_literal(options_.now));
  now_missing_ = true;
  return 0;
}

bool resolver::literal_unit(const expr& x, unit& result) {
  if (const auto found
      = x.kind == expr_kind::text ? find_unit(x.text) : std::nullopt) {
    result = *found;
    return true;
  }
  auto& d = error("AUR-E0225", x.where,
                  "not a unit such as 'day' or 'month': " + print(x));
  for (const auto* name :
       {"second", "minute", "hour", "day", "week", "month", "quarter", "year"})
    d.candidates.emplace_back(name);
  if (x.kind == expr_kind::text)
    if (const auto near = nearest(x.text, d.candidates); !near.empty())
      d.fixes.push_back({x.where, to_literal(near), 0.85});
  return false;
}

value resolver::resolve_time_function(const expr& x, op what,
                                      const context& c) {
  if (what == op::now)
    return literal(schema::iso_timestamp(now(x.where)), data_type::timestamp,
                   x.where);
  if (what == op::today)
    return literal(schema::iso_date(now(x.where)), data_type::date, x.where);
  auto time = resolve(x.arguments[0], c);
  auto good = expect_time(time, x.arguments[0], x.text);
  switch (what) {
  case op::trunc: {
    auto to = unit::day;
    if (!literal_unit(x.arguments[1], to) || !good)
      return broken(x.where);
    if (time.type == data_type::date && to < unit::day) {
      error("AUR-E0225", x.arguments[1].where,
            "a DATE has no " + std::string{to_string(to)});
      return broken(x.where);
    }
    const auto type = time.type;
    auto result = call(what, type, x.where, {std::move(time)});
    result.unit = to;
    return result;
  }
  case op::date_diff: {
    auto other = resolve(x.arguments[1], c);
    good = expect_time(other, x.arguments[1], x.text) && good;
    auto in = unit::day;
    if (!literal_unit(x.arguments[2], in) || !good)
      return broken(x.where);
    auto result = call(what, data_type::integer, x.where,
                       {std::move(time), std::move(other)});
    result.unit = in;
    return result;
  }
  case op::date_add: {
    auto n = resolve(x.arguments[1], c);
    good = expect(n, x.arguments[1], data_type::integer, x.text) && good;
    auto in = unit::day;
    if (!literal_unit(x.arguments[2], in) || !good)
      return broken(x.where);
    const auto type = in < unit::day ? data_type::timestamp : time.type;
    if (type == data_type::timestamp)
      to_timestamp(time);
    auto result = call(what, type, x.where, {std::move(time), std::move(n)});
    result.unit = in;
    return result;
  }
  case op::format_date:
    return good ? resolve_format(x, std::move(time)) : broken(x.where);
  default:
    break;
  }
  if (!good)
    return broken(x.where);
  return call(what, data_type::integer, x.where, {std::move(time)});
}

value resolver::resolve_format(const expr& x, value time) {
  const auto& format = x.arguments[1];
  if (format.kind != expr_kind::text) {
    error("AUR-E0224", format.where,
          "the format of FORMAT_DATE is a text literal");
    return broken(x.where);
  }
  constexpr auto known = std::string_view{"YmdHMSjyBbAa%"};
  for (std::size_t i = 0; i < format.text.size(); ++i) {
    if (format.text[i] != '%')
      continue;
    const auto directive
      = i + 1 < format.text.size() ? format.text[i + 1] : ' ';
    if (known.find(directive) == std::string_view::npos) {
      // One for the quote; a doubled quote before it would shift it by one.
      auto at = format.where.start + 1 + static_cast<std::uint32_t>(i);
      for (std::size_t k = 0; k < i; ++k)
        at += format.text[k] == '\'';
      auto& d = error("AUR-E0224", {at, at + 2},
                      "FORMAT_DATE does not know " + format.text.substr(i, 2));
      d.hints.emplace_back(
        "it knows %Y %m %d %H %M %S %j %y %B %b %A %a and %%");
      return broken(x.where);
    }
    ++i;
  }
  auto result = call(
    op::format_date, data_type::text, x.where,
    {std::move(time), literal(format.text, data_type::text, format.where)});
  return result;
}

value resolver::resolve_shift(const expr& x, value time, std::int64_t sign,
                              const expr& duration) {
  const auto& source = x.arguments[&duration == &x.arguments[0] ? 1 : 0];
  auto n = literal({}, data_type::integer, duration.where);
  try_read(duration.text, n.literal);
  if (is_null(n.literal)) {
    error("AUR-E0222", duration.where,
          "a duration is a whole number of units: " + print(duration));
    return broken(x.where);
  }
  n.nullable = false;
  if (auto* count = std::get_if<std::int64_t>(&n.literal))
    *count *= sign;
  if (!expect_time(time, source, x.text))
    return broken(x.where);
  const auto type
    = duration.unit < unit::day ? data_type::timestamp : time.type;
  if (type == data_type::timestamp)
    to_timestamp(time);
  auto result
    = call(op::date_add, type, x.where, {std::move(time), std::move(n)});
  result.unit = duration.unit;
  return result;
}

value resolver::resolve_bin(const expr& x, const context& c) {
  auto a = resolve(x.arguments[0], c);
  const auto& width = x.arguments[1];
  if (width.kind != expr_kind::duration) {
    auto b = resolve(width, c);
    const auto good = expect_number(a, x.arguments[0], x.text);
    if (!expect_number(b, width, x.text) || !good)
      return broken(x.where);
    const auto* i = std::get_if<std::int64_t>(&b.literal);
    const auto* d = std::get_if<double>(&b.literal);
    if (b.form != value::kind::literal || !((i && *i > 0) || (d && *d > 0))) {
      error("AUR-E0226", width.where,
            "the width of BIN is a positive literal: " + print(width));
      return broken(x.where);
    }
    const auto type = a.type == data_type::integer && i ? data_type::integer
                                                        : data_type::real;
    return call(op::bin_number, type, x.where, {std::move(a), std::move(b)});
  }
  auto count = datum{};
  try_read(width.text, count);
  const auto* n = std::get_if<std::int64_t>(&count);
  if (!n || *n < 1 || *n > 1'000'000) {
    error("AUR-E0222", width.where,
          "the width of BIN is a whole number of units: " + print(width));
    return broken(x.where);
  }
  if (width.unit > unit::week) {
    auto& d = error("AUR-E0222", width.where,
                    "BIN takes weeks and shorter; months are TRUNC");
    if (*n == 1) {
      auto name = std::string{to_string(width.unit)};
      for (auto& letter : name)
        letter = static_cast<char>(letter - 'A' + 'a');
      d.fixes.push_back(
        {x.where, "TRUNC(" + print(x.arguments[0]) + ", '" + name + "')", 0.9});
    }
    return broken(x.where);
  }
  if (!expect_time(a, x.arguments[0], x.text))
    return broken(x.where);
  if (a.type == data_type::date && width.unit < unit::day) {
    error("AUR-E0225", width.where,
          "a DATE has no " + std::string{to_string(width.unit)});
    return broken(x.where);
  }
  const auto type = a.type;
  auto result = call(op::bin, type, x.where, {std::move(a)});
  result.unit = width.unit;
  result.count = *n;
  return result;
}

value resolver::resolve_during(const expr& x, const context& c) {
  auto time = resolve(x.arguments[0], c);
  const auto good = expect_time(time, x.arguments[0], "DURING");
  if (time.type == data_type::unknown || !good || x.when.empty())
    return broken(x.where);
  const auto is_date = time.type == data_type::date;
  const auto range = range_of(x.when.front(), is_date,
                              [&] { return now(x.when.front().where); });
  if (!range) {
    error("AUR-E0217", x.when.front().where, range.error().message);
    return broken(x.where);
  }
  const auto bound = [&](std::int64_t seconds) {
    auto result = literal(
      is_date ? schema::iso_date(seconds) : schema::iso_timestamp(seconds),
      is_date ? data_type::date : data_type::timestamp, x.when.front().where);
    store_as(result, time.format);
    // A day alone sorts before each of its moments, however those are
    // written, and before the same day without a time.
    if (auto* text = std::get_if<std::string>(&result.literal);
        text && seconds == start_of(seconds, unit::day))
      text->resize(10);
    return result;
  };
  auto result = call(op::during, data_type::boolean, x.where, {});
  result.nullable = time.nullable;
  auto low = bound(range->low);
  auto high = bound(range->high);
  result.arguments.push_back(std::move(time));
  result.arguments.push_back(std::move(low));
  result.arguments.push_back(std::move(high));
  result.negated = x.negated;
  return result;
}

} // namespace aura::dsl
