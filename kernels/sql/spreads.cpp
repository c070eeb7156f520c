#include "kernels/sql/aggregate.hpp"

#include <algorithm>
#include <cmath>

namespace aura::sql {

namespace {

// MEDIAN and PERCENTILE: values, sorted from the first answer on.
template <bool Median>
class percentile {
public:
  void step(sqlite3_context* context, arguments x) {
    if constexpr (!Median) {
      p_ = sqlite3_value_double(x[1]);
      if (is_null(x[1]) || !(p_ >= 0 && p_ <= 1)) {
        sqlite3_result_error(context, "a percentile lies from 0 to 1", -1);
        return;
      }
    }
    if (is_null(x[0]))
      return;
    auto value = sqlite3_value_double(x[0]);
    if (sorted_)
      values_.insert(std::ranges::upper_bound(values_, value), value);
    else
      values_.push_back(value);
  }

  void inverse(sqlite3_context*, arguments x) {
    if (is_null(x[0]))
      return;
    sort();
    auto value = sqlite3_value_double(x[0]);
    auto place = std::ranges::lower_bound(values_, value);
    if (place != values_.end() && *place == value)
      values_.erase(place);
  }

  void value(sqlite3_context* context) {
    if (values_.empty())
      return sqlite3_result_null(context);
    sort();
    auto place = p_ * static_cast<double>(values_.size() - 1);
    auto below = static_cast<std::size_t>(place);
    auto low = values_[below];
    auto high = values_[std::min(below + 1, values_.size() - 1)];
    auto part = place - static_cast<double>(below);
    // Equal or infinite neighbours must not meet in a subtraction.
    if (low == high || part == 0)
      return sqlite3_result_double(context, low);
    sqlite3_result_double(context, low * (1 - part) + high * part);
  }

private:
  void sort() {
    if (!sorted_)
      std::ranges::sort(values_);
    sorted_ = true;
  }

  list<double> values_;
  double p_ = 0.5;
  bool sorted_ = false;
};

// Welford's update, which does not cancel as the sum of squares does; with
// digits to spare, so that 0.5 comes out as 0.5.
struct moments {
  long double count = 0;
  long double mean = 0;
  long double squares = 0;

  void add(double x) {
    count += 1;
    auto delta = static_cast<long double>(x) - mean;
    mean += delta / count;
    squares += delta * (x - mean);
  }
};

// VARIANCE and STDDEV. Once a frame loses a value, each answer is computed
// anew over the values it holds: taking values out of `moments` would drift.
template <bool Sample, bool Root>
class spread {
public:
  void step(sqlite3_context*, arguments x) {
    if (is_null(x[0]))
      return;
    auto value = sqlite3_value_double(x[0]);
    values_.push(value);
    moments_.add(value);
  }

  void inverse(sqlite3_context*, arguments x) {
    if (is_null(x[0]))
      return;
    values_.pop();
    stale_ = true;
  }

  void value(sqlite3_context* context) {
    if (stale_) {
      moments_ = {};
      for (auto x : values_.items())
        moments_.add(x);
    }
    auto divisor = Sample ? moments_.count - 1 : moments_.count;
    if (divisor <= 0)
      return sqlite3_result_null(context);
    auto variance = static_cast<double>(moments_.squares / divisor);
    sqlite3_result_double(context, Root ? std::sqrt(variance) : variance);
  }

private:
  queue<double> values_;
  moments moments_;
  bool stale_ = false;
};

} // namespace

int add_spreads(sqlite3* db) {
  auto code = SQLITE_OK;
  auto add = [&code](int outcome) {
    if (code == SQLITE_OK)
      code = outcome;
  };
  add(adapter<percentile<true>>::add(db, "aura_median", 1));
  add(adapter<percentile<false>>::add(db, "aura_percentile", 2));
  add(adapter<spread<true, false>>::add(db, "aura_variance", 1));
  add(adapter<spread<true, true>>::add(db, "aura_stddev", 1));
  add(adapter<spread<false, false>>::add(db, "aura_variance_pop", 1));
  add(adapter<spread<false, true>>::add(db, "aura_stddev_pop", 1));
  return code;
}

} // namespace aura::sql
