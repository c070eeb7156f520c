#include "kernels/dsl/compile.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/schema/seed.hpp"
#include "kernels/sql/connection.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace aura::dsl {
namespace {

/// The fenced blocks of the language page, in order.
std::vector<std::string> examples() {
  auto file = std::ifstream{AURA_SOURCE_DIR "/kernels/dsl/README.md"};
  auto line = std::string{};
  auto inside = false;
  std::vector<std::string> result;
  while (std::getline(file, line)) {
    if (line == "```auradsl")
      result.emplace_back();
    if (inside && line != "```")
      result.back() += line + '\n';
    inside = line == "```auradsl" || (inside && line != "```");
  }
  return result;
}

TEST(Manual, EveryExampleCompilesWithoutErrorsAndRuns) {
  const auto house
    = schema::load(AURA_SOURCE_DIR "/configs/schemas/smart_home.yaml");
  ASSERT_TRUE(house) << house.error().message;
  const auto image = schema::seed(*house, {});
  ASSERT_TRUE(image) << image.error().message;
  auto database = sql::connection::open_image(*image);
  ASSERT_TRUE(database) << database.error().message;
  const auto all = examples();
  EXPECT_GE(all.size(), 7u);
  auto answered = 0u;
  for (const auto& text : all) {
    auto options = compile_options{};
    options.now = "2024-12-31 12:00:00";
    const auto result = compile(text, *house, options);
    ASSERT_TRUE(result.compiled) << render(result.diagnostics, text, "example");
    const auto rows
      = database->run(result.compiled->sql, result.compiled->parameters);
    ASSERT_TRUE(rows) << text << rows.error().message;
    answered += rows->rows.empty() ? 0 : 1;
  }
  EXPECT_EQ(answered, all.size()) << "an example finds nothing";
}

} // namespace
} // namespace aura::dsl
