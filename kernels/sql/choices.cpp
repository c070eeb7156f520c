#include "kernels/sql/aggregate.hpp"

#include <algorithm>
#include <cstdint>
#include <map>

namespace aura::sql {

namespace {

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

// How many different values a frame holds.
class count_distinct {
public:
  void step(sqlite3_context*, arguments x) {
    if (!is_null(x[0]))
      ++times_[kept{x[0]}];
  }

  void inverse(sqlite3_context*, arguments x) {
    if (is_null(x[0]))
      return;
    auto place = times_.find(kept{x[0]});
    if (place != times_.end() && --place->second == 0)
      times_.erase(place);
  }

  void value(sqlite3_context* context) {
    sqlite3_result_int64(context, static_cast<std::int64_t>(times_.size()));
  }

private:
  struct before {
    bool operator()(const kept& a, const kept& b) const {
      return compare(a, b) < 0;
    }
  };

  std::map<kept, std::int64_t, before,
           budgeted<std::pair<const kept, std::int64_t>>>
    times_;
};

} // namespace

int add_choices(sqlite3* db) {
  auto code = SQLITE_OK;
  auto add = [&code](int outcome) {
    if (code == SQLITE_OK)
      code = outcome;
  };
  add(adapter<arg_best<true>>::add(db, "aura_arg_max", 2));
  add(adapter<arg_best<false>>::add(db, "aura_arg_min", 2));
  // A text and a separator, then pairs of key and mode.
  for (auto count = 2; count <= 18; count += 2)
    add(adapter<string_agg>::add(db, "aura_string_agg", count));
  add(adapter<count_distinct>::add(db, "aura_count_distinct", 1));
  return code;
}

} // namespace aura::sql
