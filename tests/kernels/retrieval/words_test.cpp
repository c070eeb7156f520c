#include "kernels/retrieval/words.hpp"

#include <gtest/gtest.h>

namespace aura::retrieval {
namespace {

using list = std::vector<std::string>;

TEST(Words, SplitsTextAndIdentifiers) {
  const struct {
    const char* text;
    list expected;
  } cases[] = {
    {"", {}},
    {"  ,;! ", {}},
    {"device_id", {"devic", "id"}},
    {"deviceId", {"devic", "id"}},
    {"PM25 level", {"pm", "25", "level"}},
    {"Küche's", {"küch", "s"}},
  };
  for (const auto& x : cases)
    EXPECT_EQ(words(x.text), x.expected) << x.text;
}

TEST(Words, GivesFormsOfOneWordTheSameStem) {
  const list groups[] = {
    {"reading", "readings"},         {"battery", "batteries"},
    {"device", "devices"},           {"switch", "switches"},
    {"stop", "stopped", "stopping"}, {"class", "classes"},
  };
  for (const auto& group : groups)
    for (const auto& word : group)
      EXPECT_EQ(stem(word), stem(group.front())) << word;
}

TEST(Words, KeepsShortWordsWhole) {
  for (const auto* word : {"is", "gas", "bus", "red", "ring", "us"})
    EXPECT_EQ(stem(word), word);
}

} // namespace
} // namespace aura::retrieval
