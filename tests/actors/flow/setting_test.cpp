#include "actors/flow/setting.hpp"

#include <gtest/gtest.h>

namespace aura::flow {
namespace {

setting read(const std::string& text) {
  auto trouble = problems{};
  auto result = parse_yaml(text, "x.yaml", trouble);
  EXPECT_TRUE(trouble.empty());
  return result;
}

std::string complaint(const std::string& text) {
  auto trouble = problems{};
  parse_yaml(text, "x.yaml", trouble);
  return trouble.empty() ? "" : to_string(trouble.front());
}

TEST(Setting, RemembersWhereEverythingStood) {
  const auto x = read("a: 1\nb:\n  c: [x, y]\n");
  EXPECT_EQ(x.find("a")->where.line, 1u);
  EXPECT_EQ(x.find("a")->where.column, 4u);
  EXPECT_EQ(x.find("b")->find("c")->items[1].where.line, 3u);
  EXPECT_EQ(x.find("b")->find("c")->items[1].where.column, 10u);
}

TEST(Setting, RefusesKeysThatAreGivenTwice) {
  EXPECT_EQ(complaint("a: 1\nb: 2\na: 3\n"),
            "x.yaml:3:1: key 'a' is given twice");
}

TEST(Setting, SaysWhereYamlEnds) {
  EXPECT_EQ(complaint("a: [1, 2\nb: 3\n"),
            "x.yaml:2:2: end of sequence flow not found");
}

TEST(Setting, RefusesAFileThatGrowsWithoutEnd) {
  auto text = std::string{"a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"};
  for (int i = 1; i < 9; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j)
      text += (j ? ", " : "") + before;
    text += "]\n";
  }
  EXPECT_NE(complaint(text).find("too large or too deeply nested"),
            std::string::npos);
}

TEST(Setting, LaysOneFileOverAnother) {
  auto base = read("a: 1\nb: {c: 2, d: 3}\ne: [1, 2]\n");
  overlay(base, read("b: {c: 5}\ne: [9]\nf: 7\n"));
  EXPECT_EQ(to_yaml(base), "a: 1\nb:\n  c: 5\n  d: 3\ne: [9]\nf: 7\n");
}

TEST(Setting, WritesTextsSoThatTheyReadBack) {
  for (const auto* text :
       {"", "a", "it's", "a: b", "# no", "-", "null", "ä", "1 2"}) {
    const auto back = read("k: " + yaml_scalar(text) + "\n");
    EXPECT_EQ(back.find("k")->text, text);
  }
}

} // namespace
} // namespace aura::flow
