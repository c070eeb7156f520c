#pragma once

#include "kernels/evaluation/suite.hpp"
#include "kernels/sql/writer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace aura::evaluation {

/// A database with `rooms` and `readings`, and one row of readings for each
/// value.
inline std::string readings(const std::vector<double>& values) {
  auto out = sql::writer::create();
  EXPECT_TRUE(out);
  EXPECT_TRUE(out->execute("CREATE TABLE readings (room TEXT, kwh REAL);"));
  std::vector<record> rows;
  for (auto x : values)
    rows.push_back({std::string{rows.size() % 2 ? "Attic" : "Kitchen"}, x});
  EXPECT_TRUE(out->insert("readings", rows));
  auto image = out->image();
  EXPECT_TRUE(image);
  return *image;
}

inline state_suite three_states(const suite_options& options = {}) {
  auto out = state_suite::make(
    {readings({1, 2, 3, 4}), readings({}), readings({5, 5, 6, 6, 7, 8, 8})},
    options);
  EXPECT_TRUE(out) << out.error().message;
  return *std::move(out);
}

/// A query as the compiler would have made it.
inline dsl::compiled statement(std::string sql, std::size_t columns = 1,
                               std::size_t order_columns = 0,
                               std::vector<datum> parameters = {}) {
  dsl::compiled out;
  out.sql = std::move(sql);
  out.parameters = std::move(parameters);
  out.columns.resize(columns);
  out.order_columns = order_columns;
  return out;
}

/// `ok`, or the code and the message.
inline std::string text_of(const status& x) {
  return x ? "ok"
           : std::string{to_string(x.error().code)} + ": " + x.error().message;
}

} // namespace aura::evaluation
