#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/base/value.hpp"
#include "kernels/schema/schema.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aura::dsl::interpreter {

/// One value while a query is worked out. Unlike a stored cell it knows that it
/// is a boolean or a moment; how a moment is stored is forgotten.
struct value {
  enum class kind : std::uint8_t {
    null,
    boolean,   // `number` 0 or 1
    integer,   // `number`
    real,      // `real`, never NaN
    text,      // `text`
    date,      // `number`: seconds since 1970 of its midnight
    timestamp, // `number`: seconds since 1970
  };
  kind what = kind::null;
  std::int64_t number = 0;
  double real = 0;
  std::string text;
};

inline bool is_null(const value& x) {
  return x.what == value::kind::null;
}

inline bool is_true(const value& x) {
  return x.what == value::kind::boolean && x.number != 0;
}

inline bool is_moment(const value& x) {
  return x.what == value::kind::date || x.what == value::kind::timestamp;
}

value of_boolean(bool x);
value of_integer(std::int64_t x);
/// NaN is NULL.
value of_real(double x);
value of_text(std::string x);
/// A moment outside the years 0000 to 9999 is NULL.
value of_date(std::int64_t midnight);
value of_timestamp(std::int64_t seconds);

/// An integer or a real as a real. @pre x is a number
double as_real(const value& x);

/// Below, equal to or above 0. Numbers compare by value, texts by bytes,
/// moments by time (a date is its midnight), FALSE before TRUE; NULL equals
/// NULL and comes first.
int compare(const value& a, const value& b);

/// Whether rows agree cell by cell, NULL with NULL: the rule of DISTINCT, BY,
/// PER and the set operators.
bool same_cells(const std::vector<value>& a, const std::vector<value>& b);

/// What SELECT shows of `x`: dates as ISO text, booleans as 0 and 1.
datum to_datum(const value& x);

/// `x` as CAST(… AS TEXT) spells it: reals with up to 15 digits and always with
/// a point, booleans as true and false. @pre x is not NULL
std::string to_cast_text(const value& x);

/// A stored cell of `c`. Fails with `damaged_file` if the type or the date
/// format of the column does not allow it.
expected<value> from_stored(const datum& x, const schema::column& c);

} // namespace aura::dsl::interpreter
