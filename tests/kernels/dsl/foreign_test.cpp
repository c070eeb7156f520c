#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/fixes.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/schema/load.hpp"
#include "tests/kernels/dsl/golden.hpp"

#include <gtest/gtest.h>

namespace aura::dsl {
namespace {

const auto folder
  = std::filesystem::path{AURA_SOURCE_DIR} / "tests" / "golden" / "dsl";

diagnostics examine(std::string_view text) {
  static const auto house = schema::load(std::filesystem::path{AURA_SOURCE_DIR}
                                         / "configs/schemas/smart_home.yaml");
  auto options = compile_options{};
  options.now = "2024-06-15 12:00:00";
  return compile(text, *house, options).diagnostics;
}

// The case says by its name that there is no equivalent.
bool has_none(const testing::golden_case& x) {
  return x.name.starts_with("no ");
}

TEST(Foreign, QueriesBecomeOurs) {
  testing::check_golden(folder / "foreign.golden", [](std::string_view input) {
    const auto x = mend(input, examine);
    const auto read = parse(x.text);
    auto answer = (read.query ? print(*read.query) : x.text) + '\n';
    for (const auto& d : x.left)
      if (d.severity == severity::error)
        answer += "! " + d.code + ' ' + d.message + '\n';
    return answer;
  });
}

TEST(Foreign, WhateverHasAnEquivalentCompilesOnceMended) {
  auto count = 0;
  for (const auto& c : testing::read_golden(folder / "foreign.golden")) {
    EXPECT_TRUE(has_errors(examine(c.input))) << c.name << " is ours already";
    EXPECT_EQ(has_errors(mend(c.input, examine).left), has_none(c)) << c.name;
    ++count;
  }
  EXPECT_GE(count, 100);
}

TEST(Foreign, WhateverHasNoneGetsAHint) {
  for (const auto& c : testing::read_golden(folder / "foreign.golden")) {
    if (!has_none(c))
      continue;
    const auto found = mend(c.input, examine).left;
    const auto answered
      = std::any_of(found.begin(), found.end(), [](const auto& d) {
          // What no version has been given is an answer, too.
          return !d.hints.empty() || !d.fixes.empty()
                 || (d.code >= "AUR-E0130" && d.code <= "AUR-E0138");
        });
    EXPECT_TRUE(answered) << c.name;
  }
}

TEST(Foreign, MendingIsFinal) {
  for (const auto& c : testing::read_golden(folder / "foreign.golden")) {
    const auto once = mend(c.input, examine);
    EXPECT_EQ(mend(once.text, examine).text, once.text) << c.name;
    EXPECT_FALSE(once.log.empty() && !has_none(c)) << c.name;
  }
}

} // namespace
} // namespace aura::dsl
