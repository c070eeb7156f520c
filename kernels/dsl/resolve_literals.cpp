#include "kernels/dsl/resolver.hpp"
#include "kernels/schema/calendar.hpp"

#include <charconv>

namespace aura::dsl {

using plan::data_type;
using plan::value;

value resolver::resolve_literal(const expr& x) {
  const auto* first = x.text.data();
  const auto* last = first + x.text.size();
  switch (x.kind) {
  case expr_kind::boolean:
    return literal(std::int64_t{x.text == "TRUE"}, data_type::boolean, x.where);
  case expr_kind::integer: {
    auto number = std::int64_t{0};
    if (std::from_chars(first, last, number).ec != std::errc{}) {
      auto& d
        = error("AUR-E0221", x.where, "integer beyond 64 bits: " + x.text);
      d.fixes.push_back({x.where, x.text + ".0", 0.5});
      return broken(x.where);
    }
    return literal(number, data_type::integer, x.where);
  }
  case expr_kind::real: {
    auto number = 0.0;
    if (std::from_chars(first, last, number).ec != std::errc{}) {
      error("AUR-E0221", x.where, "number out of range: " + x.text);
      return broken(x.where);
    }
    return literal(number, data_type::real, x.where);
  }
  case expr_kind::text:
    return literal(x.text, data_type::text, x.where);
  case expr_kind::date:
  case expr_kind::timestamp: {
    const auto is_date = x.kind == expr_kind::date;
    const auto moment = schema::parse_iso(x.text);
    if (!moment || (is_date && moment->has_time)) {
      error("AUR-E0216", x.where,
            is_date ? "not a date of the form 2024-01-31: " + to_literal(x.text)
                    : "not a moment of the form 2024-01-31 08:00:00: "
                        + to_literal(x.text));
      return broken(x.where);
    }
    return is_date ? literal(schema::iso_date(moment->seconds), data_type::date,
                             x.where)
                   : literal(schema::iso_timestamp(moment->seconds),
                             data_type::timestamp, x.where);
  }
  default:
    return literal({}, data_type::null, x.where);
  }
}

value resolver::resolve_parameter(const expr& x) {
  const auto found = options_.parameters.find(x.text);
  if (found == options_.parameters.end()) {
    error("AUR-E0218", x.where, "no value for parameter $" + x.text);
    return broken(x.where);
  }
  constexpr data_type types[]
    = {data_type::null, data_type::integer, data_type::real, data_type::text};
  return literal(found->second, types[found->second.index()], x.where);
}

} // namespace aura::dsl
