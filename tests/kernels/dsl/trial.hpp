#pragma once

#include "kernels/base/random.hpp"
#include "kernels/schema/calendar.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/schema/seed.hpp"
#include "kernels/skeleton/grammar_sampler.hpp"
#include "kernels/sql/connection.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// Schemas and small, unpleasant databases that generated queries run on.
namespace aura::dsl::trial {

inline constexpr auto now = "2024-06-15 10:30:00";

/// Fewer values than rows, so that ties, groups and matches abound. Reals are
/// multiples of an eighth, so that no sum depends on the order of its terms.
struct cells {
  random_stream& random;
  std::size_t variety; // how many values a column has

  template <class T, std::size_t N>
  const T& pick(const std::array<T, N>& all) {
    return all[random.below(std::min(N, variety))];
  }

  datum integer(const schema::column& c) {
    static constexpr auto some = std::to_array<std::int64_t>(
      {1, 0, 2, -1, 3, 7, 5, 12, 100, -7, 2147483648, -1'000'000'000'000});
    if (const auto* low
        = c.range ? std::get_if<std::int64_t>(&c.range->low) : nullptr) {
      const auto high = std::get<std::int64_t>(c.range->high);
      const auto span = std::min<std::int64_t>(
        high - *low, static_cast<std::int64_t>(variety) - 1);
      return random.chance(0.2) ? high : random.between(*low, *low + span);
    }
    return pick(some);
  }

  datum real(const schema::column& c) {
    static constexpr auto some = std::to_array<double>(
      {0.5, 0.0, 2.5, -3.5, 20.5, 1.0, -0.125, 100.0, 3.75, 1e9, -2.0, 7.0});
    auto x = pick(some);
    if (c.range)
      x = std::clamp(x, std::get<double>(c.range->low),
                     std::get<double>(c.range->high));
    return x;
  }

  datum text(const schema::column& c) {
    static constexpr auto some
      = std::to_array<const char*>({"ok",
                                    "OK",
                                    "",
                                    "Kitchen",
                                    "alpha",
                                    "a_b",
                                    "O'Brien",
                                    "100%",
                                    "Zoë",
                                    "ÄÖÜ ß",
                                    " ",
                                    "日本語",
                                    "🙂",
                                    "a\\b",
                                    "x",
                                    "A",
                                    "a",
                                    "12",
                                    "-3",
                                    "2.5",
                                    "true",
                                    "  pad ",
                                    "Low",
                                    "2024-02-29",
                                    "e",
                                    "NULL",
                                    "no",
                                    "beta",
                                    "2024-01-31 08:00:00"});
    if (!c.values.empty())
      return c.values[random.below(std::min(c.values.size(), variety))].stored;
    return std::string{pick(some)};
  }

  datum moment(const schema::column& c) {
    static constexpr auto some = std::to_array<const char*>(
      {"2024-02-29 12:00:00", "2024-06-15 10:30:00", "2024-01-31 08:00:00",
       "2023-12-31 23:59:59", "2024-06-14 23:59:59", "2024-06-09 00:00:00",
       "2024-12-30 00:00:01", "2000-02-29 12:00:00", "1969-12-31 23:59:59",
       "2023-02-28 23:59:59", "2024-03-31 02:30:00", "1970-01-01 00:00:00",
       "2024-12-31 23:59:59", "2025-01-01 00:00:00", "1999-12-31 12:00:00",
       "2024-05-31 00:00:00", "2022-10-01 06:07:08", "2024-06-15 00:00:00"});
    auto seconds = schema::parse_iso(pick(some))->seconds;
    const auto is_date = c.type == schema::type::date;
    if (is_date)
      seconds = schema::parse_iso(schema::iso_date(seconds))->seconds;
    if (c.format == schema::date_format::epoch_seconds)
      return seconds;
    if (is_date)
      return schema::iso_date(seconds);
    return schema::iso_timestamp(
      seconds, c.format == schema::date_format::iso_t ? 'T' : ' ');
  }

  datum draw(const schema::column& c) {
    switch (c.type) {
    case schema::type::integer:
      return integer(c);
    case schema::type::real:
      return real(c);
    case schema::type::text:
      return text(c);
    case schema::type::boolean:
      return std::int64_t{random.chance(0.5)};
    default:
      return moment(c);
    }
  }
};

struct state {
  std::string name;
  schema::rows_by_table rows;
  std::string image;
  sql::connection connection;
};

struct domain {
  std::string name;
  schema::schema schema;
  std::vector<state> states;
};

inline std::size_t index_of(const schema::table& t, std::string_view column) {
  return static_cast<std::size_t>(t.find_column(column) - t.columns.data());
}

/// Keeps the first of the rows that agree on a key.
inline void drop_repeated(const schema::table& t, std::vector<record>& rows) {
  auto keys = t.unique;
  if (!t.primary_key.empty())
    keys.push_back(t.primary_key);
  for (const auto& key : keys) {
    auto seen = std::set<record>{};
    std::erase_if(rows, [&](const record& row) {
      auto values = record{};
      for (const auto& column : key)
        values.push_back(row[index_of(t, column)]);
      if (std::any_of(values.begin(), values.end(), is_null))
        return false;
      return !seen.insert(std::move(values)).second;
    });
  }
}

/// What a state is like: how many rows and values, how often NULL.
struct temper {
  const char* name;
  std::size_t rows;
  std::size_t variety;
  double nulls;
};

inline constexpr auto tempers = std::to_array<temper>({{"mixed", 12, 30, 0.15},
                                                       {"ties", 14, 2, 0.2},
                                                       {"nulls", 9, 8, 0.7},
                                                       {"few", 3, 30, 0.2},
                                                       {"strange", 16, 30, 0.3},
                                                       {"none", 1, 3, 0.5}});

inline schema::rows_by_table rows_of(const schema::schema& s, const temper& how,
                                     std::uint64_t seed) {
  auto result = schema::rows_by_table{};
  for (const auto& t : s.tables) {
    auto random = random_stream{seed, "trial/" + t.name};
    auto source = cells{random, how.variety};
    auto& rows = result.emplace_back();
    // Some tables are empty, one of them always.
    if (t.name == "nothing" || random.chance(0.06))
      continue;
    const auto count = random.below(how.rows + 1) / 2 + (how.rows + 1) / 2;
    for (std::size_t i = 0; i < count; ++i) {
      auto row = record{};
      for (const auto& c : t.columns)
        row.push_back(c.nullable && random.chance(how.nulls) ? datum{}
                                                             : source.draw(c));
      // A key of one whole number counts, or little else would be left.
      if (t.primary_key.size() == 1)
        if (auto k = index_of(t, t.primary_key[0]);
            t.columns[k].type == schema::type::integer)
          row[k] = static_cast<std::int64_t>(i + 1 + random.below(2) * 20);
      rows.push_back(std::move(row));
    }
    drop_repeated(t, rows);
  }
  // Most references find their row, some of them the same one.
  for (std::size_t i = 0; i < s.tables.size(); ++i) {
    const auto& t = s.tables[i];
    auto random = random_stream{seed, "trial/refer/" + t.name};
    for (const auto& r : t.relations) {
      const auto* to = s.find_table(r.to);
      const auto& targets
        = result[static_cast<std::size_t>(to - s.tables.data())];
      for (auto& row : result[i]) {
        if (targets.empty() || !random.chance(0.75))
          continue;
        const auto& target = random.pick(targets);
        for (const auto& [here, there] : r.match)
          if (const auto& c = *t.find_column(here);
              !c.nullable || !random.chance(how.nulls))
            row[index_of(t, here)] = target[index_of(*to, there)];
      }
    }
    drop_repeated(t, result[i]);
  }
  return result;
}

inline expected<domain> open(const std::string& file) {
  auto loaded = schema::load(std::string{AURA_SOURCE_DIR} + "/" + file);
  if (!loaded)
    return loaded.error();
  auto result = domain{loaded->name, std::move(*loaded), {}};
  for (std::size_t i = 0; i < tempers.size(); ++i) {
    auto rows = rows_of(result.schema, tempers[i], 11 + i);
    auto image = schema::image_of(result.schema, rows);
    if (!image)
      return image.error();
    auto connection = sql::connection::open_image(*image);
    if (!connection)
      return connection.error();
    result.states.push_back({tempers[i].name, std::move(rows),
                             std::move(*image), std::move(*connection)});
  }
  return result;
}

inline constexpr auto schema_files = std::to_array<const char*>(
  {"tests/golden/dsl/atlas.yaml", "tests/golden/dsl/lab.yaml",
   "configs/schemas/shop.yaml", "configs/schemas/smart_home.yaml"});

inline expected<std::vector<domain>> open_all() {
  auto result = std::vector<domain>{};
  for (const auto* file : schema_files) {
    auto one = open(file);
    if (!one)
      return one.error();
    result.push_back(std::move(*one));
  }
  return result;
}

/// The query of this number. Half of them are over the schema with the most
/// unpleasant names and types, the first one.
inline std::size_t domain_of(std::uint64_t number) {
  return number % 2 == 0 ? 0 : number / 2 % schema_files.size();
}

inline skeleton::grammar_query drawn(const domain& d, std::uint64_t number) {
  auto random = random_stream{20240615, "differential", number};
  auto options = skeleton::grammar_options{};
  // A short query shows best what is wrong, a long one what combines badly.
  options.max_operators = 1 + random.below(7);
  options.max_depth = 1 + random.below(3);
  return skeleton::sample_grammar(d.schema, options, random);
}

/// A number from the environment.
inline std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const auto* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

} // namespace aura::dsl::trial
