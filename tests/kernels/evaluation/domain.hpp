#pragma once

#include "kernels/base/random.hpp"
#include "kernels/evaluation/suite.hpp"
#include "kernels/schema/schema.hpp"
#include "kernels/sql/writer.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace aura::evaluation {

inline constexpr auto test_now = "2024-12-31 12:00:00";

/// One table, `readings(id, room, kwh, watt, fee)`, of which `fee` may be NULL.
inline schema::schema meter_schema() {
  auto column = [](const char* name, schema::type type) {
    schema::column out;
    out.name = name;
    out.type = type;
    return out;
  };
  schema::table readings;
  readings.name = "readings";
  readings.primary_key = {"id"};
  readings.columns
    = {column("id", schema::type::integer), column("room", schema::type::text),
       column("kwh", schema::type::real), column("watt", schema::type::integer),
       column("fee", schema::type::integer)};
  readings.columns.back().nullable = true;
  schema::schema out;
  out.name = "meter";
  out.tables = {readings};
  return out;
}

/// A state of `meter_schema` with rows drawn from `seed` out of few values.
inline std::string meter_state(std::uint64_t seed, std::size_t count) {
  auto out = sql::writer::create();
  EXPECT_TRUE(out);
  EXPECT_TRUE(
    out->execute("CREATE TABLE readings (id INTEGER PRIMARY KEY, room TEXT NOT "
                 "NULL, kwh REAL NOT NULL, watt INTEGER NOT NULL, fee "
                 "INTEGER)"));
  std::vector<record> rows;
  for (std::size_t i = 0; i < count; ++i) {
    random_stream random{seed, "meter", i};
    const std::vector<std::string> rooms = {"Attic", "Bath", "Kitchen"};
    datum fee;
    if (random.chance(0.7))
      fee = random.between(0, 5);
    rows.push_back({static_cast<std::int64_t>(i * 3 + seed), random.pick(rooms),
                    static_cast<double>(random.between(0, 12)) / 2,
                    random.between(0, 9), fee});
  }
  EXPECT_TRUE(out->insert("readings", rows));
  auto image = out->image();
  EXPECT_TRUE(image);
  return *image;
}

inline state_suite meter_suite(std::size_t states = 5) {
  std::vector<std::string> images;
  for (std::size_t i = 0; i < states; ++i)
    images.push_back(meter_state(i + 1, i % 3 == 1 ? 2 : 40));
  auto out = state_suite::make(std::move(images));
  EXPECT_TRUE(out) << out.error().message;
  return *std::move(out);
}

inline dsl::compile_options meter_options() {
  dsl::compile_options out;
  out.now = test_now;
  return out;
}

} // namespace aura::evaluation
