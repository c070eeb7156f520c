#pragma once

#include <sqlite3.h>

namespace aura::sql {

/// Adds the aggregates that SQLite lacks. All of them skip NULL, return NULL
/// over nothing if not said otherwise, and work as window functions with any
/// frame.
///
/// | function | result |
/// | --- | --- |
/// | aura_median(x) | REAL, the mean of the two middle values if even |
/// | aura_percentile(x, p) | REAL, p in [0, 1], linear between neighbours |
/// | aura_variance(x), aura_stddev(x) | of a sample; NULL for one row |
/// | aura_variance_pop(x), aura_stddev_pop(x) | 0 for one row |
/// | aura_arg_max(x, by), aura_arg_min(x, by) | x of the row where `by` is
/// greatest or least, the smallest x of several; rows whose `by` is NULL are
/// skipped, an x may be NULL |
/// | aura_count_distinct(x) | INTEGER, how many different values; 0 for none |
/// | aura_string_agg(x, sep) | texts ordered by x |
/// | aura_string_agg(x, sep, key, mode, …) | ordered by the keys, then by x |
///
/// A `mode` is 0, plus 1 for descending, plus 4 for NULL keys first instead of
/// last. The first mode plus 2 keeps each text once, where it comes first.
///
/// And functions of single values, where SQLite's own are too kind or not
/// exact: aura_log10(x) is 3.0 of 1000, and NULL of what has no logarithm;
/// aura_moment(x) is `2024-01-31 00:00:00` of a text that is a date, alone or
/// before a space or T and a time (minutes at least, then perhaps seconds, a
/// fraction, a Z), else NULL.
///
/// Returns a result code of SQLite.
int add_functions(sqlite3* db);

} // namespace aura::sql
