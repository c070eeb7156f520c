#include "kernels/infill/verbaliser.hpp"

#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/infill/faithful.hpp"
#include "kernels/schema/load.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace aura::infill {
namespace {

struct golden_case {
  std::string style;
  std::string query;
  std::string question;
};

struct golden_file {
  std::string remarks;
  std::vector<golden_case> cases;
};

golden_file read(const std::string& path) {
  auto result = golden_file{};
  auto in = std::ifstream{path};
  auto lines = std::vector<std::string>{};
  for (auto line = std::string{}; std::getline(in, line);) {
    if (line.starts_with("#"))
      result.remarks += line + "\n";
    else if (!line.empty())
      lines.push_back(line);
  }
  for (std::size_t i = 0; i + 2 < lines.size(); i += 3)
    result.cases.push_back({lines[i], lines[i + 1], lines[i + 2]});
  return result;
}

register_kind style_named(const std::string& name) {
  for (auto style : registers)
    if (name == to_string(style))
      return style;
  ADD_FAILURE() << "no register '" << name << "'";
  return register_kind::formal;
}

TEST(GoldenQuestions, AreWhatTheyWere) {
  const auto path
    = std::string{AURA_SOURCE_DIR "/tests/golden/infill/smart_home.txt"};
  auto file = read(path);
  ASSERT_GE(file.cases.size(), 60u);
  const auto s
    = schema::load(AURA_SOURCE_DIR "/configs/schemas/smart_home.yaml");
  ASSERT_TRUE(s);
  auto options = dsl::compile_options{};
  options.now = "2024-12-31 12:00:00";
  const auto update = std::getenv("AURA_UPDATE_GOLDEN") != nullptr;
  auto row = std::uint64_t{0};
  for (auto& x : file.cases) {
    const auto parsed = dsl::parse(x.query);
    ASSERT_TRUE(parsed.query) << x.query;
    EXPECT_EQ(dsl::print(*parsed.query), x.query);
    EXPECT_TRUE(dsl::compile(*parsed.query, *s, options).compiled) << x.query;
    auto random = random_stream{1, "golden", row++};
    const auto question
      = verbalise(*parsed.query, *s, style_named(x.style), random);
    ASSERT_TRUE(question) << question.error().message << ": " << x.query;
    const auto good = faithful(*question, *parsed.query, *s);
    EXPECT_TRUE(good) << *question;
    if (update)
      x.question = *question;
    else
      EXPECT_EQ(*question, x.question) << x.query;
  }
  if (!update)
    return;
  auto out = std::ofstream{path};
  out << file.remarks;
  for (const auto& x : file.cases)
    out << '\n' << x.style << '\n' << x.query << '\n' << x.question << '\n';
}

} // namespace
} // namespace aura::infill
