#include "kernels/sql/aggregate.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

namespace aura::sql {

namespace {

/// The two digits that begin at `at`, or -1.
int pair_at(std::string_view text, std::size_t at) {
  const auto digit = [&](std::size_t i) {
    return i < text.size() && text[i] >= '0' && text[i] <= '9' ? text[i] - '0'
                                                               : -100;
  };
  return std::max(-1, digit(at) * 10 + digit(at + 1));
}

bool is_time(std::string_view x) {
  const auto hour = pair_at(x, 0);
  const auto minute = pair_at(x, 3);
  const auto second = pair_at(x, 6);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || x[2] != ':')
    return false;
  if (x.size() == 5)
    return true;
  if (x[5] != ':' || second < 0 || second > 59)
    return false;
  return x.size() == 8
         || (x[8] == '.' && x.size() > 9
             && std::all_of(x.begin() + 9, x.end(),
                            [](char c) { return c >= '0' && c <= '9'; }));
}

/// Whether `x` is 2024-01-31, alone or before a space or T and a time with
/// minutes, perhaps seconds, perhaps a fraction, perhaps a Z.
bool is_moment(std::string_view x) {
  if (x.size() < 10 || pair_at(x, 0) < 0 || pair_at(x, 2) < 0 || x[4] != '-'
      || x[7] != '-')
    return false;
  const auto month = pair_at(x, 5);
  const auto day = pair_at(x, 8);
  const auto date
    = std::chrono::year{pair_at(x, 0) * 100 + pair_at(x, 2)}
      / std::chrono::month{static_cast<unsigned>(std::max(month, 0))}
      / std::chrono::day{static_cast<unsigned>(std::max(day, 0))};
  if (!date.ok() || x.size() == 10)
    return date.ok();
  if (x.ends_with('Z'))
    x.remove_suffix(1);
  return x.size() >= 16 && (x[10] == ' ' || x[10] == 'T')
         && is_time(x.substr(11));
}

/// aura_moment(x)
void moment(sqlite3_context* context, int, sqlite3_value** x) {
  if (is_null(x[0]))
    return;
  const auto* data = sqlite3_value_text(x[0]);
  if (!data)
    return sqlite3_result_error_nomem(context);
  const auto text
    = std::string_view{reinterpret_cast<const char*>(data),
                       static_cast<std::size_t>(sqlite3_value_bytes(x[0]))};
  if (!is_moment(text))
    return;
  auto made = std::array{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0',
                         ' ', '0', '0', ':', '0', '0', ':', '0', '0'};
  // Whether or not there are seconds, their place is in here.
  const auto end = text.size() > 16 && text[16] == ':' ? std::size_t{19}
                   : text.size() > 10                  ? std::size_t{16}
                                                       : std::size_t{10};
  std::copy_n(text.begin(), end, made.begin());
  made[10] = ' ';
  sqlite3_result_text(context, made.data(), static_cast<int>(made.size()),
                      SQLITE_TRANSIENT);
}

} // namespace

int add_moments(sqlite3* db) {
  return sqlite3_create_function_v2(
    db, "aura_moment", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
    nullptr, moment, nullptr, nullptr, nullptr);
}

} // namespace aura::sql
