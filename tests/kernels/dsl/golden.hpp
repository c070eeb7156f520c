#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

/// Golden files of the language: cases of an input and an answer.
///
///     # a remark, kept
///     === name
///     input, some lines
///     ---
///     answer, some lines
namespace aura::testing {

struct golden_case {
  std::string remarks;
  std::string name;
  std::string input;
  std::string answer;
};

inline std::vector<golden_case> read_golden(const std::filesystem::path& file) {
  auto in = std::ifstream{file};
  EXPECT_TRUE(in) << file;
  auto result = std::vector<golden_case>{};
  auto remarks = std::string{};
  auto* into = &remarks;
  for (auto line = std::string{}; std::getline(in, line);) {
    if (line.starts_with("=== ")) {
      result.push_back({std::move(remarks), line.substr(4), {}, {}});
      remarks.clear();
      into = &result.back().input;
    } else if (line == "---" && !result.empty()) {
      into = &result.back().answer;
    } else if (line.starts_with("# ") && into != &remarks
               && into == &result.back().answer) {
      into = &remarks;
      remarks += line + '\n';
    } else {
      *into += line + '\n';
    }
  }
  for (auto& c : result)
    if (!c.input.empty())
      c.input.pop_back(); // the line break before ---
  return result;
}

/// Compares each answer with what `answer_to` says, or, with
/// AURA_UPDATE_GOLDEN=1, writes the answers down.
template <class Function>
void check_golden(const std::filesystem::path& file, Function answer_to) {
  auto cases = read_golden(file);
  ASSERT_FALSE(cases.empty()) << file;
  const auto* update = std::getenv("AURA_UPDATE_GOLDEN");
  if (update && std::string_view{update} == "1") {
    auto out = std::ofstream{file};
    for (const auto& c : cases) {
      auto answer = std::string{answer_to(c.input)};
      if (!answer.empty() && answer.back() != '\n')
        answer += '\n';
      out << c.remarks << "=== " << c.name << '\n'
          << c.input << "\n---\n"
          << answer;
    }
    return;
  }
  for (const auto& c : cases) {
    auto answer = std::string{answer_to(c.input)};
    if (!answer.empty() && answer.back() != '\n')
      answer += '\n';
    EXPECT_EQ(answer, c.answer) << file << ": " << c.name;
  }
}

} // namespace aura::testing
