#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/resolver.hpp"
#include "kernels/schema/calendar.hpp"

#include <algorithm>

namespace aura::dsl {

using plan::data_type;
using plan::op;
using plan::value;

namespace {

bool is_number(data_type x) {
  return x == data_type::integer || x == data_type::real;
}

bool is_time(data_type x) {
  return x == data_type::date || x == data_type::timestamp;
}

/// `INTEGER`, or `DATE` where the name of a cast is asked for.
std::string cast_to(const expr& x, data_type type) {
  return "CAST(" + print(x) + " AS " + plan::to_string(type) + ")";
}

/// Offers CAST around `x`, unless nothing good could come of it.
void offer_cast(diagnostic& d, const expr& x, data_type type,
                double confidence = 0.5) {
  const auto number = x.kind == expr_kind::integer || x.kind == expr_kind::real;
  if (type != data_type::unknown && type != data_type::null
      && type != data_type::boolean && !(number && is_time(type)))
    d.fixes.push_back({x.where, cast_to(x, type), confidence});
}

} // namespace

value resolver::broken(span where) const {
  auto result = value{};
  result.type = data_type::unknown;
  result.where = where;
  return result;
}

value resolver::call(op what, data_type type, span where,
                     std::vector<value> arguments) const {
  auto result = value{};
  result.form = value::kind::call;
  result.what = what;
  result.type = type;
  result.where = where;
  result.nullable
    = std::any_of(arguments.begin(), arguments.end(),
                  [](const auto& argument) { return argument.nullable; });
  result.arguments = std::move(arguments);
  return result;
}

value resolver::literal(datum x, data_type type, span where) const {
  auto result = value{};
  result.type = type;
  result.nullable = is_null(x);
  result.literal = std::move(x);
  result.where = where;
  return result;
}

std::string resolver::described(const value& x, const expr& source) const {
  auto text = print(source);
  if (source.kind == expr_kind::column)
    text = "`" + text + "`";
  return text + " is " + plan::to_string(x.type);
}

void resolver::to_real(value& x) const {
  if (x.type != data_type::integer)
    return;
  if (x.form == value::kind::literal) {
    if (const auto* i = std::get_if<std::int64_t>(&x.literal))
      x.literal = static_cast<double>(*i);
    x.type = data_type::real;
    return;
  }
  const auto where = x.where;
  x = call(op::cast, data_type::real, where, {std::move(x)});
}

void resolver::normalise(value& x) const {
  store_as(x, schema::date_format::iso_space);
}

void resolver::to_timestamp(value& x) const {
  if (x.type != data_type::date)
    return;
  if (x.form == value::kind::literal) {
    normalise(x);
    if (auto* text = std::get_if<std::string>(&x.literal))
      *text += " 00:00:00";
    x.type = data_type::timestamp;
    return;
  }
  const auto where = x.where;
  normalise(x);
  x = call(op::cast, data_type::timestamp, where, {std::move(x)});
}

void resolver::store_as(value& x, schema::date_format format) const {
  using schema::date_format;
  if (!is_time(x.type) || x.format == format)
    return;
  // Without a time there is no separator to differ in.
  if (x.type == data_type::date && format != date_format::epoch_seconds
      && x.format != date_format::epoch_seconds) {
    x.format = format;
    return;
  }
  if (x.form == value::kind::literal) {
    const auto* text = std::get_if<std::string>(&x.literal);
    const auto* number = std::get_if<std::int64_t>(&x.literal);
    auto seconds = number ? *number : 0;
    if (text)
      if (const auto moment = schema::parse_iso(*text))
        seconds = moment->seconds;
    if (!text && !number) {
      x.format = format;
      return;
    }
    if (format == date_format::epoch_seconds)
      x.literal = seconds;
    else if (x.type == data_type::date)
      x.literal = schema::iso_date(seconds);
    else
      x.literal = schema::iso_timestamp(
        seconds, format == date_format::iso_t ? 'T' : ' ');
    x.format = format;
    return;
  }
  // Computed moments are ISO text with a space, whatever the column has.
  const auto where = x.where;
  x = call(op::normalise, x.type, where, {std::move(x)});
}

bool resolver::coerce_text_literal(value& x, data_type type,
                                   schema::date_format format) {
  const auto* text = std::get_if<std::string>(&x.literal);
  if (x.form != value::kind::literal || x.type != data_type::text || !text)
    return false;
  const auto moment = schema::parse_iso(*text);
  if (!moment) {
    auto& d = error("AUR-E0216", x.where,
                    "not a date of the form 2024-01-31: " + to_literal(*text));
    d.hints.push_back("a whole year, quarter or month is x DURING "
                      + to_literal(*text));
    x = broken(x.where);
    return true;
  }
  if (type == data_type::date && !moment->has_time) {
    x.literal = schema::iso_date(moment->seconds);
    x.type = data_type::date;
  } else {
    x.literal = schema::iso_timestamp(moment->seconds);
    x.type = data_type::timestamp;
  }
  x.format = schema::date_format::iso_space;
  x.count = moment->has_time ? 0 : 1;
  if (x.type == type)
    store_as(x, format);
  return true;
}

// A date literal beside a column of its type needs no DATE in front.
void resolver::note_date(const expr& x, const value& beside) {
  const auto same
    = (x.kind == expr_kind::date && beside.type == data_type::date)
      || (x.kind == expr_kind::timestamp
          && beside.type == data_type::timestamp);
  if (same && beside.form == value::kind::column)
    note(x.where, to_literal(x.text));
}

bool resolver::align(value& a, value& b, const expr& whole, const expr& left,
                     const expr& right) {
  if (is_time(a.type))
    coerce_text_literal(b, a.type, a.format);
  else if (is_time(b.type))
    coerce_text_literal(a, b.type, b.format);
  if (a.type == data_type::unknown || b.type == data_type::unknown)
    return false;
  if (spellings_) {
    note_date(a, right);
    note_date(b, left);
  }
  if (is_time(a.type) && is_time(b.type)) {
    note_date(left, b);
    note_date(right, a);
    if (a.type != b.type) {
      to_timestamp(a);
      to_timestamp(b);
    }
    if (b.form == value::kind::literal)
      store_as(b, a.format);
    else if (a.form == value::kind::literal)
      store_as(a, b.format);
    if (a.format != b.format) {
      normalise(a);
      normalise(b);
    }
    return true;
  }
  if (a.type == b.type || (is_number(a.type) && is_number(b.type))
      || a.type == data_type::null || b.type == data_type::null)
    return true;
  auto& d = error("AUR-E0208", whole.where,
                  "these do not compare: " + described(a, left) + ", "
                    + described(b, right));
  // What a subquery gives is mended in there.
  if (whole.kind == expr_kind::in_query)
    return false;
  // A literal of the wrong type is mended by its spelling, the rest by CAST.
  const auto mend = [&](const value& from, const expr& source, data_type type) {
    if (source.kind == expr_kind::text && is_number(type)
        && source.text.find_first_not_of("0123456789") == std::string::npos
        && !source.text.empty())
      d.fixes.push_back({source.where, source.text, 0.8});
    else if (type == data_type::text
             && (source.kind == expr_kind::integer
                 || source.kind == expr_kind::real))
      d.fixes.push_back({source.where, to_literal(source.text), 0.8});
    else if (type == data_type::boolean && source.kind == expr_kind::integer
             && (source.text == "0" || source.text == "1"))
      d.fixes.push_back(
        {source.where, source.text == "1" ? "TRUE" : "FALSE", 0.9});
    else if (from.type != data_type::null)
      offer_cast(d, source, type);
  };
  if (a.form == value::kind::literal)
    mend(a, left, b.type);
  else
    mend(b, right, a.type);
  return false;
}

bool resolver::unify(std::vector<value*> branches,
                     const std::vector<const expr*>& sources, data_type& type,
                     const char* place) {
  type = data_type::null;
  auto format = schema::date_format::iso_space;
  // A date anywhere decides what the plain strings beside it are.
  for (const auto* x : branches)
    if (is_time(x->type)) {
      type = x->type;
      break;
    }
  if (is_time(type))
    for (auto* x : branches)
      coerce_text_literal(*x, type, format);
  type = data_type::null;
  auto known = true;
  for (std::size_t i = 0; i < branches.size(); ++i) {
    const auto next = branches[i]->type;
    if (next == data_type::unknown) {
      known = false;
      continue;
    }
    if (next == data_type::null || next == type)
      continue;
    if (type == data_type::null || (is_number(type) && is_number(next))
        || (is_time(type) && is_time(next))) {
      type = type == data_type::null ? next
             : is_number(next)       ? data_type::real
                                     : data_type::timestamp;
      continue;
    }
    auto& d = error("AUR-E0220", sources[i]->where,
                    std::string{place} + " is " + plan::to_string(type)
                      + " so far, but " + described(*branches[i], *sources[i]));
    offer_cast(d, *sources[i], type);
    return false;
  }
  if (!known) {
    type = data_type::unknown;
    return false;
  }
  for (auto* x : branches) {
    if (type == data_type::real)
      to_real(*x);
    if (type == data_type::timestamp)
      to_timestamp(*x);
    normalise(*x);
  }
  return true;
}

bool resolver::expect(const value& x, const expr& source, data_type type,
                      std::string_view place) {
  if (x.type == type || x.type == data_type::null)
    return true;
  if (x.type == data_type::unknown)
    return false;
  auto& d = error("AUR-E0207", source.where,
                  std::string{place} + " takes " + plan::to_string(type) + ", "
                    + described(x, source));
  // Joined to a text, a number can only be meant as one.
  offer_cast(d, source, type, place == "||" || place == "CONCAT" ? 0.85 : 0.5);
  return false;
}

bool resolver::expect_number(const value& x, const expr& source,
                             std::string_view place) {
  if (is_number(x.type) || x.type == data_type::null)
    return true;
  if (x.type == data_type::unknown)
    return false;
  auto& d
    = error("AUR-E0207", source.where,
            std::string{place} + " takes a number, " + described(x, source));
  if (x.type == data_type::text)
    offer_cast(d, source, data_type::real);
  if (x.type == data_type::boolean)
    offer_cast(d, source, data_type::integer);
  return false;
}

bool resolver::expect_text(const value& x, const expr& source,
                           std::string_view place) {
  return expect(x, source, data_type::text, place);
}

bool resolver::expect_time(value& x, const expr& source,
                           std::string_view place) {
  if (x.form == value::kind::literal && x.type == data_type::text)
    coerce_text_literal(x, data_type::date, schema::date_format::iso_space);
  if (is_time(x.type) || x.type == data_type::null)
    return true;
  if (x.type == data_type::unknown)
    return false;
  auto& d = error("AUR-E0207", source.where,
                  std::string{place} + " takes a DATE or TIMESTAMP, "
                    + described(x, source));
  if (x.type == data_type::text)
    offer_cast(d, source, data_type::timestamp);
  return false;
}

} // namespace aura::dsl
