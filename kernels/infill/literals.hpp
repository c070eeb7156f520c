#pragma once

#include "kernels/base/random.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <string>

/// How values appear in a question. The forms, which a linker may rely on:
///  - numbers: the digits of the query, `3.5`; never words, never grouped
///  - text: verbatim; in single quotes (double ones if it holds a single one)
///    unless it is declared for its column and longer than two letters
///  - years `2024`; months `March 2024`, `2024-03`; quarters `Q1 2024`,
///    `2024-Q1`, `the first quarter of 2024`; days `2024-03-05`,
///    `5 March 2024`, `March 5, 2024`
///  - relative: `today`, `yesterday`, `this month`, `last quarter`,
///    `the last 7 days`, `the past 7 days`, `the next 7 days`
namespace aura::infill {

/// `x` in quotes.
std::string quoted(const std::string& x);

/// `x` as a value of `c` (null if unknown), quoted or not.
std::string text_value(const std::string& x, const schema::column* c,
                       random_stream& random);

/// An ISO date, `2024-03-05`, in one of the forms above. Anything else is
/// returned as it is.
std::string day_value(const std::string& iso, random_stream& random);

/// `March 2024` of a period, without a preposition.
std::string period_noun(const dsl::period& x, random_stream& random);

/// `in March 2024`, `on 5 March 2024`, `yesterday`, `from A to B`: what says
/// when, at the end of a sentence.
std::string period_phrase(const dsl::period& x, random_stream& random);

const char* unit_name(dsl::unit x);

} // namespace aura::infill
