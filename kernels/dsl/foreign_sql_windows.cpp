#include "kernels/dsl/foreign_sql.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace aura::dsl::foreign {

namespace {

// Behind the arguments of the call at `i` and its FILTER; `i` if it is none.
std::size_t behind_call(const words& x, std::size_t i) {
  if (!x.is(i, token_kind::word) || !x.is(i + 1, token_kind::left_paren))
    return i;
  const auto end = x.behind(i + 1);
  return x.is(end, "FILTER") && x.is(end + 1, token_kind::left_paren)
           ? x.behind(end + 1)
           : end;
}

// Whether a frame means something to the call.
bool takes_frame(std::string_view function) {
  static constexpr auto others = std::to_array<std::string_view>(
    {"ROW_NUMBER", "RANK", "DENSE_RANK", "PERCENT_RANK", "CUME_DIST", "NTILE",
     "LAG", "LEAD"});
  const auto name = upper(function);
  return std::find(others.begin(), others.end(), name) == others.end();
}

/// One end of a frame in rows from the current one.
struct bound {
  bool known = false;
  bool open = false;
  long rows = 0;
};

bound bound_of(const words& x) {
  const auto before = x.is(1, "PRECEDING");
  if (x.size() != 2)
    return {};
  if (x.is(0, "CURRENT") && x.is(1, "ROW"))
    return {true, false, 0};
  if (!before && !x.is(1, "FOLLOWING"))
    return {};
  if (x.is(0, "UNBOUNDED"))
    return {true, true, before ? -1 : 1};
  auto n = 0l;
  const auto digits = x.raw(0);
  const auto [end, error]
    = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (error != std::errc{} || end != digits.data() + digits.size()
      || n == std::numeric_limits<long>::max())
    return {};
  return {true, false, before ? -n : n};
}

} // namespace

std::size_t behind_over(const words& x, std::size_t i) {
  const auto end = behind_call(x, i);
  if (end == i || !x.is(end, "OVER"))
    return i;
  if (x.is(end + 1, token_kind::left_paren))
    return x.behind(end + 1);
  return x.name(end + 1) ? end + 2 : i;
}

bool has_over(const words& x) {
  for (std::size_t i = 0; i < x.size(); ++i)
    if (behind_over(x, i) != i)
      return true;
  return false;
}

void sql_reader::named_windows() {
  do {
    if (!x_.name(at_) || !x_.is(at_ + 1, "AS")
        || !x_.is(at_ + 2, token_kind::left_paren)) {
      fail();
      return;
    }
    const auto end = x_.behind(at_ + 2);
    named_.emplace_back(upper(x_.raw(at_)), x_.part(at_ + 2, end));
    at_ = end;
  } while (x_.is(at_, token_kind::comma) && ++at_ > 0);
}

void sql_reader::take_windows(sql_item& x) {
  if (!has_over(x.value))
    return;
  const auto spell = [this](const words& w) { return expression(w); };
  if (behind_over(x.value, 0) == x.value.size())
    x.text = x.alias = window_call(x.value, x.alias, spell);
  else
    x.text = expression(x.value, true);
  if (x.alias.empty())
    x.alias = "value" + std::to_string(++made_names_);
}

std::string sql_reader::window_call(const words& x, std::string name,
                                    const speller& spell) {
  const auto end = behind_call(x, 0);
  auto over = x.from(end + 1);
  if (!over.is(0, token_kind::left_paren)) {
    const auto known
      = std::find_if(named_.begin(), named_.end(), [&](const auto& window) {
          return window.first == upper(over.raw(0));
        });
    if (known == named_.end()) {
      fail();
      return {};
    }
    over = known->second;
  }
  const auto call = x.first(end);
  const auto tail
    = window_tail(over.unwrapped(), takes_frame(call.raw(0)), spell);
  if (name.empty())
    name = name_of_item({call, {}, false, {}});
  if (name.empty())
    name = "value" + std::to_string(++made_names_);
  // What follows the name of a function is no column, whatever it is called.
  auto text = std::string{call.raw(0)} + spell(call.from(1)) + " AS " + name;
  const auto same = std::find_if(windows_.begin(), windows_.end(),
                                 [&](const auto& w) { return w.tail == tail; });
  if (same == windows_.end())
    windows_.push_back({std::move(text), tail});
  else
    same->calls += ", " + text;
  return name;
}

std::string sql_reader::window_tail(const words& over, bool framed,
                                    const speller& spell) {
  auto frame = over.size();
  for (const auto* word : {"ROWS", "RANGE", "GROUPS"})
    frame = std::min(frame, over.find(word));
  const auto order = std::min(frame, over.find("ORDER"));
  const auto partition = over.first(order);
  auto out = std::string{};
  if (!partition.empty()) {
    if (!partition.is(0, "PARTITION") || !partition.is(1, "BY"))
      fail();
    else
      out += " PER " + spell(partition.from(2));
  }
  if (order < frame)
    out += " SORT " + spell(over.part(std::min(order + 2, frame), frame));
  if (!framed)
    return out;
  if (frame < over.size())
    return out + frame_of(over.from(frame));
  if (order == frame)
    return out;
  runs_ = true;
  return out + " RUNNING";
}

// ROWS BETWEEN a AND b, ROWS a; of RANGE what has no end but this row.
std::string sql_reader::frame_of(const words& x) {
  const auto between = x.is(1, "BETWEEN");
  const auto middle = between ? x.find("AND") : x.size();
  const auto from = bound_of(x.part(between ? 2 : 1, std::max(middle, 1ul)));
  const auto to = between && middle < x.size() ? bound_of(x.from(middle + 1))
                                               : bound{!between, false, 0};
  const auto by_value = !x.is(0, "ROWS");
  const auto all = from.open && from.rows < 0;
  if (from.known && to.known && all && to.open && to.rows > 0)
    return {};
  if (from.known && to.known && all && !to.open && to.rows == 0) {
    runs_ = runs_ || by_value;
    return " RUNNING";
  }
  if (!from.known || !to.known || from.open || to.open || by_value
      || from.rows > to.rows) {
    fail();
    return {};
  }
  if (to.rows == 0)
    return " ROLLING " + std::to_string(1 - from.rows);
  return " ROWS " + std::to_string(from.rows) + " TO "
         + std::to_string(to.rows);
}

std::string sql_reader::window_stages() const {
  auto out = std::string{};
  for (const auto& window : windows_)
    out += " |> WINDOW " + window.calls + window.tail;
  return out;
}

} // namespace aura::dsl::foreign
