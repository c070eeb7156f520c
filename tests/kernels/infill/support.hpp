#pragma once

#include "kernels/dsl/parser.hpp"
#include "kernels/schema/load.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace aura::infill::testing {

inline schema::schema load(const std::string& name) {
  auto result = schema::load(AURA_SOURCE_DIR "/configs/schemas/" + name);
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result ? std::move(*result) : schema::schema{};
}

inline dsl::query parse(const std::string& text) {
  auto result = dsl::parse(text);
  EXPECT_TRUE(result.query) << text;
  return result.query ? std::move(*result.query) : dsl::query{};
}

inline constexpr auto now = "2024-12-31 12:00:00";

} // namespace aura::infill::testing
