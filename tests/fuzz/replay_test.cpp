#include "kernels/base/random.hpp"
#include "tests/fuzz/target.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

// The corpus and mutations of it through the targets. AURA_MUTATIONS says how
// many; whatever libFuzzer ever found lies in the corpus.

namespace aura::fuzz {

namespace {

namespace fs = std::filesystem;

using target = void (*)(std::string_view);

std::vector<std::string> corpus(const std::string& name) {
  auto files = std::vector<fs::path>{};
  const auto folder = fs::path{AURA_SOURCE_DIR} / "tests/fuzz/corpus" / name;
  for (const auto& x : fs::directory_iterator{folder})
    files.push_back(x.path());
  std::sort(files.begin(), files.end());
  auto result = std::vector<std::string>{};
  for (const auto& x : files) {
    auto in = std::ifstream{x, std::ios::binary};
    result.emplace_back(std::istreambuf_iterator<char>{in},
                        std::istreambuf_iterator<char>{});
  }
  return result;
}

std::size_t mutations() {
  const auto* wanted = std::getenv("AURA_MUTATIONS");
  return wanted ? std::strtoull(wanted, nullptr, 10) : 10000;
}

// Changes, drops, doubles or swaps some bytes, or continues with another text.
std::string mutate(std::string x, const std::string& other, random_stream& r) {
  const auto place = [&](const std::string& text) {
    return text.empty() ? 0 : r.below(text.size());
  };
  for (auto rounds = 1 + r.below(4); rounds > 0; --rounds) {
    const auto at = place(x);
    const auto length = std::min<std::size_t>(1 + r.below(12), x.size() - at);
    switch (r.below(5)) {
    case 0:
      if (!x.empty())
        x[at] = static_cast<char>(r.below(256));
      break;
    case 1:
      x.erase(at, length);
      break;
    case 2:
      x.insert(at, x.substr(at, length));
      break;
    case 3:
      x.insert(at, other.substr(place(other), 1 + r.below(24)));
      break;
    default:
      x = x.substr(0, at) + other.substr(place(other));
    }
  }
  return x;
}

void replay(const std::string& name, target run) {
  const auto seeds = corpus(name);
  ASSERT_GE(seeds.size(), 10u) << name;
  for (const auto& x : seeds)
    run(x);
  const auto count = mutations();
  for (std::size_t i = 0; i < count; ++i) {
    auto r = random_stream{2024, name, i};
    const auto& first = seeds[r.below(seeds.size())];
    run(mutate(first, seeds[r.below(seeds.size())], r));
  }
}

TEST(Replay, HoldsForQueries) {
  replay("query", try_query);
}

TEST(Replay, HoldsForSchemas) {
  replay("schema", try_schema);
}

TEST(Replay, HoldsForCheckpoints) {
  replay("checkpoint", try_checkpoint);
}

} // namespace

} // namespace aura::fuzz
