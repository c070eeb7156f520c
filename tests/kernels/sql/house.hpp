#pragma once

#include "kernels/sql/connection.hpp"
#include "kernels/sql/writer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace aura::sql {

/// A database of two tables: `devices` (3 rows) and `readings` (60 rows, of
/// which every tenth `kwh` is NULL).
inline std::string house() {
  auto out = writer::create();
  EXPECT_TRUE(out);
  auto made = out->execute(
    "CREATE TABLE devices (id TEXT PRIMARY KEY, room TEXT NOT NULL);"
    "CREATE TABLE readings (device_id TEXT REFERENCES devices(id), "
    "hour INTEGER, kwh REAL, PRIMARY KEY (device_id, hour));"
    "CREATE VIEW rooms AS SELECT room FROM devices;");
  EXPECT_TRUE(made) << made.error().message;
  std::vector<record> devices = {{std::string{"a"}, std::string{"Kitchen"}},
                                 {std::string{"b"}, std::string{"Living Room"}},
                                 {std::string{"c"}, std::string{"Büro"}}};
  EXPECT_TRUE(out->insert("devices", devices));
  std::vector<record> readings;
  for (std::int64_t i = 0; i < 60; ++i)
    readings.push_back(
      {std::string(1, static_cast<char>('a' + i % 3)), i,
       i % 10 == 9 ? datum{} : datum{static_cast<double>(i) / 4}});
  EXPECT_TRUE(out->insert("readings", readings));
  auto image = out->image();
  EXPECT_TRUE(image);
  return *image;
}

inline connection open_house() {
  auto out = connection::open_image(house());
  EXPECT_TRUE(out) << out.error().message;
  return *std::move(out);
}

/// The one cell of a result of one row and one column, in readable form.
inline std::string only(const expected<result>& x) {
  if (!x)
    return std::string{to_string(x.error().code)} + ": " + x.error().message;
  if (x->rows.size() != 1 || x->rows[0].size() != 1)
    return std::to_string(x->rows.size()) + " rows";
  return to_literal(x->rows[0][0]);
}

inline errc code_of(const expected<result>& x) {
  return x ? errc::none : x.error().code;
}

} // namespace aura::sql
