#include "kernels/sql/functions.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aura::sql {

namespace {

// Takes memory from SQLite, so that the budget of a query covers what its
// aggregates keep.
template <class T>
struct budgeted {
  using value_type = T;

  budgeted() = default;

  template <class U>
  budgeted(const budgeted<U>&) noexcept {
  }

  T* allocate(std::size_t count) {
    auto* block = sqlite3_malloc64(count * sizeof(T));
    if (!block)
      throw std::bad_alloc{};
    return static_cast<T*>(block);
  }

  void deallocate(T* block, std::size_t) noexcept {
    sqlite3_free(block);
  }

  template <class U>
  bool operator==(const budgeted<U>&) const noexcept {
    return true;
  }
};

template <class T>
using list = std::vector<T, budgeted<T>>;
using text = std::basic_string<char, std::char_traits<char>, budgeted<char>>;
using arguments = std::span<sqlite3_value*>;

bool is_null(sqlite3_value* x) {
  return sqlite3_value_type(x) == SQLITE_NULL;
}

std::string_view view(sqlite3_value* x) {
  auto* data = reinterpret_cast<const char*>(sqlite3_value_text(x));
  auto size = static_cast<std::size_t>(sqlite3_value_bytes(x));
  if (!data && size != 0)
    throw std::bad_alloc{};
  return {data ? data : "", size};
}

// The values of a frame in arrival order, where the oldest leaves first.
template <class T>
class queue {
public:
  void push(T x) {
    items_.push_back(std::move(x));
  }

  void pop() {
    ++first_;
    if (first_ > 32 && first_ * 2 > items_.size()) {
      items_.erase(items_.begin(),
                   items_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
  }

  std::span<const T> items() const {
    return std::span{items_}.subspan(first_);
  }

private:
  list<T> items_;
  std::size_t first_ = 0;
};

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

// Welford's update, which does not cancel as the sum of squares does.
struct moments {
  double count = 0;
  double mean = 0;
  double squares = 0;

  void add(double x) {
    count += 1;
    auto delta = x - mean;
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
    auto variance = moments_.squares / divisor;
    sqlite3_result_double(context, Root ? std::sqrt(variance) : variance);
  }

private:
  queue<double> values_;
  moments moments_;
  bool stale_ = false;
};

// A value that outlives the row it came from.
struct kept {
  int type = SQLITE_NULL;
  std::int64_t integer = 0;
  double real = 0;
  text bytes;

  kept() = default;

  explicit kept(sqlite3_value* x) : type{sqlite3_value_type(x)} {
    if (type == SQLITE_INTEGER)
      integer = sqlite3_value_int64(x);
    else if (type == SQLITE_FLOAT)
      real = sqlite3_value_double(x);
    else if (type != SQLITE_NULL)
      bytes = view(x);
  }

  long double number() const {
    return type == SQLITE_INTEGER ? static_cast<long double>(integer)
                                  : static_cast<long double>(real);
  }

  // NULL, then numbers, then texts.
  int rank() const {
    if (type == SQLITE_NULL)
      return 0;
    return type == SQLITE_INTEGER || type == SQLITE_FLOAT ? 1 : 2;
  }
};

// Compares as SQLite does. Returns a number below, equal to or above 0.
int compare(const kept& a, const kept& b) {
  if (a.rank() != b.rank())
    return a.rank() < b.rank() ? -1 : 1;
  if (a.rank() == 2)
    return a.bytes.compare(b.bytes);
  return a.number() < b.number() ? -1 : a.number() > b.number() ? 1 : 0;
}

void give(sqlite3_context* context, const kept& x) {
  if (x.type == SQLITE_NULL)
    sqlite3_result_null(context);
  else if (x.type == SQLITE_INTEGER)
    sqlite3_result_int64(context, x.integer);
  else if (x.type == SQLITE_FLOAT)
    sqlite3_result_double(context, x.real);
  else
    sqlite3_result_text64(context, x.bytes.data(), x.bytes.size(),
                          SQLITE_TRANSIENT, SQLITE_UTF8);
}

// ARG_MAX and ARG_MIN. The best row is searched anew once a frame loses rows.
template <bool Max>
class arg_best {
public:
  void step(sqlite3_context*, arguments x) {
    if (is_null(x[1]))
      return;
    rows_.push({kept{x[0]}, kept{x[1]}});
    auto rows = rows_.items();
    if (!stale_ && (rows.size() == 1 || better(rows.back(), rows[best_])))
      best_ = rows.size() - 1;
  }

  void inverse(sqlite3_context*, arguments x) {
    if (is_null(x[1]))
      return;
    rows_.pop();
    stale_ = true;
  }

  void value(sqlite3_context* context) {
    auto rows = rows_.items();
    if (rows.empty())
      return sqlite3_result_null(context);
    if (stale_) {
      best_ = 0;
      for (std::size_t i = 1; i < rows.size(); ++i)
        if (better(rows[i], rows[best_]))
          best_ = i;
    }
    give(context, rows[best_].what);
  }

private:
  struct row {
    kept what;
    kept by;
  };

  static bool better(const row& a, const row& b) {
    auto c = compare(a.by, b.by);
    if (c == 0)
      return compare(a.what, b.what) < 0;
    return Max ? c > 0 : c < 0;
  }

  queue<row> rows_;
  std::size_t best_ = 0;
  bool stale_ = false;
};

class string_agg {
public:
  void step(sqlite3_context*, arguments x) {
    separator_ = view(x[1]);
    modes_.clear();
    for (std::size_t i = 3; i < x.size(); i += 2)
      modes_.push_back(sqlite3_value_int(x[i]));
    if (is_null(x[0]))
      return;
    entry added{kept{x[0]}, text{}, {}};
    added.bytes = view(x[0]);
    for (std::size_t i = 2; i + 1 < x.size(); i += 2)
      added.keys.emplace_back(x[i]);
    entries_.push(std::move(added));
  }

  void inverse(sqlite3_context*, arguments x) {
    if (!is_null(x[0]))
      entries_.pop();
  }

  void value(sqlite3_context* context) {
    if (entries_.items().empty())
      return sqlite3_result_null(context);
    list<const entry*> order;
    for (auto& x : entries_.items())
      order.push_back(&x);
    // In place and total, since equal keys are told apart by their texts.
    std::ranges::sort(order,
                      [this](auto* a, auto* b) { return before(*a, *b); });
    auto distinct = !modes_.empty() && (modes_.front() & 2) != 0;
    list<std::string_view> seen;
    text out;
    auto first = true;
    for (auto* x : order) {
      if (distinct && !remember(seen, x->bytes))
        continue;
      if (!first)
        out += separator_;
      first = false;
      out += x->bytes;
    }
    sqlite3_result_text64(context, out.data(), out.size(), SQLITE_TRANSIENT,
                          SQLITE_UTF8);
  }

private:
  struct entry {
    kept what;
    text bytes;
    list<kept> keys;
  };

  bool before(const entry& a, const entry& b) const {
    for (std::size_t i = 0; i < modes_.size(); ++i) {
      auto& x = a.keys[i];
      auto& y = b.keys[i];
      auto nulls_first = (modes_[i] & 4) != 0;
      if ((x.rank() == 0) != (y.rank() == 0))
        return (x.rank() == 0) == nulls_first;
      if (auto c = compare(x, y); c != 0)
        return (modes_[i] & 1) != 0 ? c > 0 : c < 0;
    }
    if (auto c = compare(a.what, b.what); c != 0)
      return c < 0;
    return a.bytes < b.bytes;
  }

  // Keeps `seen` sorted. Returns false if `x` is in it already.
  static bool remember(list<std::string_view>& seen, std::string_view x) {
    auto place = std::ranges::lower_bound(seen, x);
    if (place != seen.end() && *place == x)
      return false;
    seen.insert(place, x);
    return true;
  }

  queue<entry> entries_;
  list<int> modes_;
  text separator_;
};

// What SQLite calls for an aggregate whose state is a State. The state lives
// on SQLite's heap, behind a pointer that SQLite keeps per group.
template <class State>
struct adapter {
  static State* find(sqlite3_context* context, bool create) {
    auto* slot = static_cast<State**>(
      sqlite3_aggregate_context(context, create ? sizeof(State*) : 0));
    if (!slot) {
      if (create)
        throw std::bad_alloc{};
      return nullptr;
    }
    if (!*slot && create)
      *slot = ::new (budgeted<State>{}.allocate(1)) State{};
    return *slot;
  }

  template <class Function>
  static void guarded(sqlite3_context* context, Function f) noexcept {
    try {
      f();
    } catch (const std::bad_alloc&) {
      sqlite3_result_error_nomem(context);
    } catch (...) {
      sqlite3_result_error_toobig(context);
    }
  }

  static void step(sqlite3_context* context, int count, sqlite3_value** x) {
    guarded(context, [&] {
      find(context, true)
        ->step(context, arguments{x, static_cast<std::size_t>(count)});
    });
  }

  static void inverse(sqlite3_context* context, int count, sqlite3_value** x) {
    guarded(context, [&] {
      if (auto* state = find(context, false))
        state->inverse(context, arguments{x, static_cast<std::size_t>(count)});
    });
  }

  static void value(sqlite3_context* context) {
    guarded(context, [&] {
      if (auto* state = find(context, false))
        state->value(context);
      else
        sqlite3_result_null(context);
    });
  }

  static void finish(sqlite3_context* context) {
    value(context);
    auto* state = find(context, false);
    if (!state)
      return;
    state->~State();
    budgeted<State>{}.deallocate(state, 1);
  }

  static int add(sqlite3* db, const char* name, int count) {
    return sqlite3_create_window_function(
      db, name, count, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
      nullptr, step, finish, value, inverse, nullptr);
  }
};

} // namespace

int add_functions(sqlite3* db) {
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
  add(adapter<arg_best<true>>::add(db, "aura_arg_max", 2));
  add(adapter<arg_best<false>>::add(db, "aura_arg_min", 2));
  for (auto count : {2, 4, 6, 8, 10})
    add(adapter<string_agg>::add(db, "aura_string_agg", count));
  return code;
}

} // namespace aura::sql
