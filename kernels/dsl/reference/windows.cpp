#include "kernels/dsl/reference/stages.hpp"

#include "kernels/dsl/reference/calendar.hpp"
#include "kernels/dsl/reference/ordering.hpp"

#include <algorithm>
#include <set>

namespace aura::dsl::interpreter {

namespace {

using schema::type;

bool is_tied(const place& p, std::size_t a, std::size_t b) {
  return same_cells(p.keys[a], p.keys[b]);
}

// The number of the first row that is tied with this one.
std::size_t first_peer(const place& p) {
  auto i = p.at;
  while (i > 0 && is_tied(p, i - 1, p.at))
    --i;
  return i;
}

value dense_rank(const place& p) {
  auto rank = std::int64_t{1};
  for (std::size_t i = 1; i <= p.at; ++i)
    rank += is_tied(p, i - 1, i) ? 0 : 1;
  return of_integer(rank);
}

value percent_rank(const place& p) {
  if (p.partition.size() < 2)
    return of_real(0);
  return of_real(static_cast<double>(first_peer(p))
                 / static_cast<double>(p.partition.size() - 1));
}

// Tiles as equal as can be, the longer ones first.
value tile(const place& p, std::int64_t count) {
  if (count < 1)
    return {};
  const auto rows = static_cast<std::int64_t>(p.partition.size());
  auto left = static_cast<std::int64_t>(p.at);
  const auto longer = rows % count;
  for (auto number = std::int64_t{1};; ++number) {
    const auto size = rows / count + (number <= longer ? 1 : 0);
    if (left < size)
      return of_integer(number);
    left -= size;
  }
}

// Whether rows of one partition that are tied can be told apart.
bool ties_matter(const place& p) {
  for (std::size_t i = 1; i < p.partition.size(); ++i)
    if (is_tied(p, i - 1, i)
        && !same_rows(*p.partition[i - 1], *p.partition[i]))
      return true;
  return false;
}

// The frame of one row as numbers of rows, the end not inside.
struct extent {
  std::size_t from = 0;
  std::size_t to = 0;
};

extent by_rows(const place& p, std::int64_t from, std::int64_t to) {
  const auto rows = static_cast<std::int64_t>(p.partition.size());
  const auto at = static_cast<std::int64_t>(p.at);
  // Offsets may be as great as integers are.
  const auto moved
    = [&](std::int64_t by) { return std::clamp(by, -rows - 1, rows + 1) + at; };
  const auto first = std::clamp(moved(from), std::int64_t{0}, rows);
  const auto last = std::clamp(moved(to) + 1, first, rows);
  return {static_cast<std::size_t>(first), static_cast<std::size_t>(last)};
}

// Where a moment lies among months that all have 31 days, so that one month
// before 31 March comes before the whole of March; in seconds.
std::int64_t month_place(std::int64_t seconds) {
  const auto months
    = part(seconds, unit::year) * 12 + part(seconds, unit::month);
  return (months * 31 + part(seconds, unit::day)) * day_seconds + seconds
         - midnight(seconds);
}

// Whether `x` lies in the span that ends with `mine`, its beginning not inside;
// of a descending order in the one that begins with `mine`.
bool in_span(std::int64_t x, std::int64_t mine, const frame& f,
             bool descending) {
  const auto count = std::min(f.count, std::int64_t{1'000'000});
  auto length = count * 31 * day_seconds;
  if (f.unit == unit::month || f.unit == unit::quarter
      || f.unit == unit::year) {
    length *= f.unit == unit::year ? 12 : f.unit == unit::quarter ? 3 : 1;
    x = month_place(x);
    mine = month_place(mine);
  } else {
    length = move(0, count, f.unit).value_or(INT64_MAX / 4);
  }
  return descending ? x >= mine && x < mine + length
                    : x <= mine && x > mine - length;
}

// Rows whose time is later than this one's less the span, up to this one's; of
// a descending order the mirror image. Rows without a time see each other.
extent by_time(const place& p, const frame& f, bool descending) {
  const auto& mine = p.keys[p.at][0];
  auto result = extent{p.at, p.at + 1};
  const auto inside = [&](const value& x) {
    if (is_null(x) || is_null(mine))
      return is_null(x) && is_null(mine);
    return in_span(x.number, mine.number, f, descending);
  };
  for (std::size_t i = 0; i < p.partition.size(); ++i)
    if (inside(p.keys[i][0])) {
      result.from = std::min(result.from, i);
      result.to = std::max(result.to, i + 1);
    }
  return result;
}

extent frame_of(const place& p, const window& w) {
  if (!w.frame)
    return {0, p.partition.size()};
  switch (w.frame->how) {
  case frame::kind::running:
    return {0, p.at + 1};
  case frame::kind::rolling_rows:
    return by_rows(p, 1 - w.frame->count, 0);
  case frame::kind::rolling_time:
    return by_time(p, *w.frame, w.sort[0].descending);
  case frame::kind::rows:
    break;
  }
  return by_rows(p, w.frame->from, w.frame->to);
}

bool same_for_group(const place& p, const function& x, bool at_front) {
  const auto edge = at_front ? std::size_t{0} : p.partition.size() - 1;
  auto seen = std::optional<value>{};
  for (std::size_t i = 0; i < p.partition.size(); ++i) {
    if (!is_tied(p, i, edge))
      continue;
    auto v = x({p.partition[i], nullptr, nullptr});
    if (seen && compare(*seen, v) != 0)
      return false;
    seen = std::move(v);
  }
  return true;
}

struct partition {
  cells key;
  std::vector<std::size_t> rows; // by number, as they stand
};

std::vector<partition> split(const relation& in,
                             const std::vector<function>& per) {
  auto result = std::vector<partition>{};
  for (std::size_t i = 0; i < in.rows.size(); ++i) {
    auto key = cells{};
    for (const auto& f : per)
      key.push_back(f({&in.rows[i], nullptr, nullptr}));
    const auto found
      = std::find_if(result.begin(), result.end(),
                     [&](const auto& x) { return same_cells(x.key, key); });
    if (found != result.end())
      found->rows.push_back(i);
    else
      result.push_back({std::move(key), {i}});
  }
  return result;
}

} // namespace

std::optional<bound> binder::window_call(const expr& x) const {
  const auto& f = x.text;
  const auto is = [&](auto... names) { return ((f == names) || ...); };
  if (!is("ROW_NUMBER", "RANK", "DENSE_RANK", "PERCENT_RANK", "NTILE", "LAG",
          "LEAD", "FIRST", "LAST"))
    return std::nullopt;
  if (calls_ != calls::windows)
    return broken(f + " stands in WINDOW");
  const auto inner = binder{context_, over_};
  const auto a = inner.bind_all(x.arguments);
  const auto made = [&](type what, auto run) {
    auto result = bound{};
    result.type = what;
    result.run
      = [run](const moment& m) { return m.place ? run(m, *m.place) : value{}; };
    return std::optional{result};
  };
  const auto count_ties = [&shared = context_, f](const place& p) {
    if (ties_matter(p))
      shared.leave_open(f + " over tied rows");
  };
  if (is("ROW_NUMBER"))
    return made(type::integer, [count_ties](const moment&, const place& p) {
      count_ties(p);
      return of_integer(static_cast<std::int64_t>(p.at) + 1);
    });
  if (is("RANK"))
    return made(type::integer, [](const moment&, const place& p) {
      return of_integer(static_cast<std::int64_t>(first_peer(p)) + 1);
    });
  if (is("DENSE_RANK"))
    return made(type::integer,
                [](const moment&, const place& p) { return dense_rank(p); });
  if (is("PERCENT_RANK"))
    return made(type::real,
                [](const moment&, const place& p) { return percent_rank(p); });
  if (is("NTILE"))
    return made(type::integer,
                [count_ties, n = a[0].run](const moment& m, const place& p) {
                  count_ties(p);
                  return tile(p, n(m).number);
                });
  if (is("FIRST", "LAST"))
    return made(a[0].type.value_or(type::text),
                [&shared = context_, f, first = is("FIRST"),
                 what = a[0].run](const moment&, const place& p) {
                  const auto whole = p.frame.size() == p.partition.size();
                  if (whole ? !same_for_group(p, what, first) : ties_matter(p))
                    shared.leave_open(f + " over tied rows");
                  if (p.frame.empty())
                    return value{};
                  const auto* one = first ? p.frame.front() : p.frame.back();
                  return what({one, nullptr, nullptr});
                });
  // LAG and LEAD: the value some rows away, else the default.
  auto what = a[0];
  auto otherwise = a.size() > 2 ? a[2] : constant(std::nullopt, {});
  const auto kind = unify(context_, {&what, &otherwise});
  return made(kind, [count_ties, back = is("LAG"), what = what.run,
                     otherwise = otherwise.run,
                     steps = a.size() > 1 ? a[1].run : function{}](
                      const moment& m, const place& p) {
    count_ties(p);
    const auto n = steps ? steps(m).number : 1;
    const auto rows = static_cast<std::int64_t>(p.partition.size());
    const auto at = static_cast<std::int64_t>(p.at)
                    + (back ? -1 : 1) * std::clamp(n, -rows, rows);
    if (at < 0 || at >= rows)
      return otherwise(m);
    return what({p.partition[static_cast<std::size_t>(at)], nullptr, nullptr});
  });
}

void run(context& shared, relation& in, const window& w) {
  const auto plain = binder{shared, in};
  auto over = binder{shared, in, calls::windows};
  auto per = std::vector<function>{};
  for (const auto& x : w.per)
    per.push_back(plain.bind(x).run);
  auto keys = std::vector<function>{};
  auto directions = std::vector<direction>{};
  for (const auto& x : w.sort) {
    keys.push_back(plain.bind(x.value).run);
    directions.push_back(direction_of(x));
  }
  auto added = std::vector<column>{};
  auto what = std::vector<function>{};
  for (const auto& x : w.items) {
    const auto one = over.bind(x.value);
    added.push_back(
      {"", x.alias ? x.alias->text : over.default_name(x.value), one.type});
    what.push_back(one.run);
  }
  if (w.frame && w.frame->how == frame::kind::rolling_time
      && w.sort.size() != 1)
    shared.fail(errc::resolve_error, "ROLLING by time takes one SORT key");
  if (shared.trouble)
    return;
  auto news = std::vector<cells>(in.rows.size());
  for (auto& part : split(in, per)) {
    auto p = place{};
    struct entry {
      std::size_t number;
      cells keys;
    };
    auto entries = std::vector<entry>{};
    for (auto i : part.rows) {
      entries.push_back({i, {}});
      for (const auto& f : keys)
        entries.back().keys.push_back(f({&in.rows[i], nullptr, nullptr}));
    }
    std::stable_sort(entries.begin(), entries.end(),
                     [&](const auto& a, const auto& b) {
                       return compare_keys(a.keys, b.keys, directions) < 0;
                     });
    for (const auto& e : entries) {
      p.partition.push_back(&in.rows[e.number]);
      p.keys.push_back(e.keys);
    }
    const auto cuts_ties
      = w.frame && w.frame->how != frame::kind::rolling_time && ties_matter(p);
    if (cuts_ties)
      shared.leave_open("a frame that cuts tied rows");
    for (p.at = 0; p.at < entries.size(); ++p.at) {
      const auto [from, to] = frame_of(p, w);
      if (!shared.spend(p.partition.size() + 1))
        return;
      p.frame.assign(p.partition.begin() + static_cast<std::ptrdiff_t>(from),
                     p.partition.begin() + static_cast<std::ptrdiff_t>(to));
      const auto here = moment{p.partition[p.at], &p.frame, &p};
      for (const auto& f : what)
        news[entries[p.at].number].push_back(f(here));
    }
  }
  for (std::size_t i = 0; i < in.rows.size(); ++i)
    for (auto& x : news[i])
      in.rows[i].cells.push_back(std::move(x));
  in.columns.insert(in.columns.end(), added.begin(), added.end());
}

} // namespace aura::dsl::interpreter
