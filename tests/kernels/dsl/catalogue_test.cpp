#include "kernels/dsl/catalogue.hpp"
#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/fixes.hpp"
#include "kernels/schema/load.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace aura::dsl {
namespace {

namespace fs = std::filesystem;

const schema::schema& house() {
  static const auto loaded = schema::load(fs::path{AURA_SOURCE_DIR}
                                          / "configs/schemas/smart_home.yaml");
  return *loaded;
}

std::vector<code_entry> all_codes() {
  auto result = std::vector<code_entry>{};
  for (const auto& codes : {syntax_codes(), meaning_codes()})
    result.insert(result.end(), codes.begin(), codes.end());
  return result;
}

diagnostics examine(std::string_view text) {
  auto options = compile_options{};
  options.now = "2024-06-15 12:00:00";
  return compile(text, house(), options).diagnostics;
}

TEST(Catalogue, EachExampleShowsItsCodeAndNothingElse) {
  for (const auto& x : all_codes()) {
    if (x.example.empty())
      continue;
    auto codes = std::set<std::string>{};
    for (const auto& d : examine(x.example)) {
      codes.insert(d.code);
      EXPECT_EQ(d.severity, x.severity) << x.code;
    }
    EXPECT_EQ(codes, std::set<std::string>{std::string{x.code}}) << x.example;
  }
}

TEST(Catalogue, CodesAreSortedAndSayTheirSeverity) {
  auto before = std::string{};
  for (const auto& x : all_codes()) {
    EXPECT_LT(before, x.code);
    before = x.code;
    EXPECT_EQ(x.code.substr(0, 5),
              x.severity == severity::error ? "AUR-E" : "AUR-W");
    EXPECT_FALSE(x.meaning.empty()) << x.code;
    EXPECT_TRUE(x.meaning.ends_with('.')) << x.code;
  }
}

TEST(Catalogue, OnlyLimitsHaveNoExample) {
  auto without = std::vector<std::string_view>{};
  for (const auto& x : all_codes())
    if (x.example.empty())
      without.push_back(x.code);
  EXPECT_EQ(without, (std::vector<std::string_view>{"AUR-E0120", "AUR-E0121",
                                                    "AUR-E0122", "AUR-E0123",
                                                    "AUR-E0297", "AUR-E0298"}));
}

TEST(Catalogue, EveryFixOfAnExampleLeavesFewerErrors) {
  // A fix never breaks what was whole: mending ends, and with no more errors
  // than before.
  for (const auto& x : all_codes()) {
    const auto errors = [](const diagnostics& found) {
      return std::count_if(found.begin(), found.end(), [](const auto& d) {
        return d.severity == severity::error;
      });
    };
    const auto before = examine(x.example);
    EXPECT_LE(errors(mend(x.example, examine).left), errors(before)) << x.code;
  }
}

TEST(Catalogue, ThePageIsCurrent) {
  const auto file = fs::path{AURA_SOURCE_DIR} / "kernels/dsl/DIAGNOSTICS.md";
  const auto page = catalogue(house());
  const auto* update = std::getenv("AURA_UPDATE_GOLDEN");
  if (update && std::string_view{update} == "1") {
    std::ofstream{file, std::ios::binary} << page;
    return;
  }
  auto in = std::ifstream{file, std::ios::binary};
  const auto written = std::string{std::istreambuf_iterator<char>{in}, {}};
  EXPECT_TRUE(written == page)
    << "kernels/dsl/DIAGNOSTICS.md is not what `aura diagnostics` prints; "
       "AURA_UPDATE_GOLDEN=1 writes it anew";
}

TEST(Catalogue, FindsACodeHoweverItIsWritten) {
  EXPECT_EQ(find_code("aur-e0203"), find_code("E0203"));
  ASSERT_NE(find_code("W0301"), nullptr);
  EXPECT_EQ(find_code("W0301")->code, "AUR-W0301");
  EXPECT_EQ(find_code("E9999"), nullptr);
}

} // namespace
} // namespace aura::dsl
