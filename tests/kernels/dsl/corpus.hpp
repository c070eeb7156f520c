#pragma once

#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/schema/load.hpp"
#include "tests/kernels/dsl/golden.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

namespace aura::testing {

/// A schema file of the tree.
inline schema::schema load(const char* file) {
  auto loaded = schema::load(std::filesystem::path{AURA_SOURCE_DIR} / file);
  EXPECT_TRUE(loaded) << loaded.error().message;
  return loaded ? *loaded : schema::schema{};
}

/// Every query of the language's golden files that parses, in canonical form
/// and without its comments, each once.
inline const std::vector<std::string>& canonical_corpus() {
  static const auto all = [] {
    auto found = std::set<std::string>{};
    const auto take = [&](const std::string& text) {
      auto parsed = dsl::parse(text);
      if (!parsed.query)
        return;
      parsed.query->comments.clear();
      found.insert(dsl::print(dsl::canonical(std::move(*parsed.query))));
    };
    const auto folder
      = std::filesystem::path{AURA_SOURCE_DIR} / "tests/golden/dsl";
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator{folder}) {
      if (entry.path().extension() != ".golden")
        continue;
      // Some files have cases of several lines, some have `> query` lines.
      auto in = std::ifstream{entry.path()};
      auto has_lines = false;
      for (auto line = std::string{}; std::getline(in, line);)
        if (line.starts_with("> ")) {
          has_lines = true;
          take(line.substr(2));
        }
      if (!has_lines)
        for (const auto& c : read_golden(entry.path()))
          take(c.input);
    }
    return std::vector<std::string>{found.begin(), found.end()};
  }();
  return all;
}

} // namespace aura::testing
