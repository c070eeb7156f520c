#include "kernels/text/bpe.hpp"

#include "kernels/base/json.hpp"
#include "kernels/base/random.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace aura::text {
namespace {

const std::vector<std::string>& corpus() {
  static const std::vector<std::string> texts{
    " SOURCE climate_stats |> FILTER room == $1 AND co2 > #1",
    " SOURCE climate_stats |> AGGREGATE AVG( humidity ) BY room |> LIMIT #1",
    " Show the average humidity per room, please; for the last 7 days.",
    " Show me the rooms of the climate stats where co2 is over #1.",
    " L'été à Zürich, 25 °C.",
  };
  return texts;
}

bpe trained(std::size_t size = 400) {
  auto result = bpe::train(corpus(), size);
  EXPECT_TRUE(result);
  return std::move(*result);
}

std::vector<std::string> cut(std::string_view text) {
  std::vector<std::string> result;
  for (auto piece : pieces(text))
    result.emplace_back(piece);
  return result;
}

std::string read(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

class File : public testing::Test {
protected:
  void SetUp() override {
    folder = std::filesystem::path{testing::TempDir()}
             / testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder);
  }

  void TearDown() override {
    std::filesystem::remove_all(folder);
  }

  /// What load() says of a saved file after `from` became `to`.
  std::string damage(const std::string& from, const std::string& to) {
    const auto file = folder / "tokenizer.json";
    EXPECT_TRUE(trained().save(file));
    auto text = read(file);
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    std::ofstream{file, std::ios::binary} << text;
    const auto loaded = bpe::load(file);
    if (loaded)
      return "loaded";
    EXPECT_EQ(loaded.error().code, errc::damaged_file);
    return loaded.error().message.substr(file.string().size() + 2);
  }

  std::filesystem::path folder;
};

TEST(Pieces, KeepWordsWithTheirSpaceAndBracket) {
  EXPECT_EQ(
    cut(" AVG( co2_level ) |> x"),
    (std::vector<std::string>{" AVG(", " co2_level", " )", " |>", " x"}));
  EXPECT_EQ(cut("a.b  == #12, 3.5"),
            (std::vector<std::string>{"a", ".", "b", " ", " ==", " #12", ",",
                                      " 3", ".", "5"}));
  EXPECT_EQ(cut(" $1@2\n Zürich"),
            (std::vector<std::string>{" $1", "@2", "\n", " Zürich"}));
  EXPECT_TRUE(cut("").empty());
  EXPECT_EQ(cut("  "), (std::vector<std::string>{" ", " "}));
}

TEST(Bpe, LearnsWholeWords) {
  const auto x = trained();
  EXPECT_EQ(x.encode(" humidity").size(), 1u);
  EXPECT_EQ(x.encode(" SOURCE climate_stats |>").size(), 3u);
  // Slots are there even where the corpus has none of them.
  EXPECT_EQ(x.encode(" #1 @9 $7").size(), 3u);
}

TEST(Bpe, GivesBackAnyBytes) {
  const auto x = trained();
  for (std::uint64_t row = 0; row < 2000; ++row) {
    random_stream random{1, "bytes", row};
    std::string text;
    for (auto n = random.below(40); n > 0; --n)
      text += random.chance(0.5)
                ? static_cast<char>(random.below(256))
                : random.pick(std::vector<char>{' ', '#', '1', 'a', '(', '_'});
    std::string joined;
    for (auto piece : pieces(text))
      joined += piece;
    ASSERT_EQ(joined, text);
    ASSERT_EQ(x.decode(x.encode(text)), text);
  }
}

TEST(Bpe, NeverEncodesTextAsASpecialToken) {
  const auto x = trained();
  for (auto id : x.encode("<|end|><|start|>"))
    EXPECT_GE(id, bpe::specials);
  EXPECT_EQ(x.token(bpe::end), "");
  EXPECT_EQ(x.token(-1), "");
  EXPECT_EQ(x.token(1 << 20), "");
}

TEST(Bpe, DependsOnNothingButTheTexts) {
  auto turned = corpus();
  std::swap(turned.front(), turned.back());
  EXPECT_EQ(*bpe::train(turned, 400), trained());
  EXPECT_FALSE(*bpe::train({" other words"}, 400) == trained());
}

TEST(Bpe, StopsWhereNothingOccursTwice) {
  EXPECT_EQ(bpe::train({"ab"}, 4096)->size(), 4u + 256u + 30u);
}

TEST(Bpe, RefusesAVocabularyWithoutRoom) {
  const auto x = bpe::train(corpus(), 100);
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error().code, errc::invalid_option);
  EXPECT_EQ(x.error().message,
            "a vocabulary needs at least 290 tokens, found 100");
}

TEST_F(File, ReadsWhatItWrote) {
  const auto x = trained();
  ASSERT_TRUE(x.save(folder / "tokenizer.json"));
  const auto y = bpe::load(folder / "tokenizer.json");
  ASSERT_TRUE(y) << y.error().message;
  EXPECT_EQ(*y, x);
  EXPECT_EQ(y->encode(corpus()[1]), x.encode(corpus()[1]));
}

TEST(Bpe, GivesTheIdsOfTokenizers) {
  const auto golden
    = std::filesystem::path{AURA_SOURCE_DIR} / "tests/golden/text";
  const auto x = bpe::load(golden / "tokenizer.json");
  ASSERT_TRUE(x) << x.error().message;
  const auto rows = nlohmann::json::parse(read(golden / "tokens.json"));
  ASSERT_EQ(rows.size(), 200u);
  for (const auto& row : rows)
    EXPECT_EQ(x->encode(row["text"].get<std::string>()),
              row["ids"].get<std::vector<std::int32_t>>())
      << row["text"];
}

// The file that PyPI `tokenizers` read for tokens.json.
TEST_F(File, IsWhatTokenizersReads) {
  const auto golden = std::filesystem::path{AURA_SOURCE_DIR}
                      / "tests/golden/text/tokenizer.json";
  ASSERT_TRUE(trained().save(folder / "tokenizer.json"));
  const auto text = read(folder / "tokenizer.json");
  if (std::getenv("AURA_UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(golden.parent_path());
    std::ofstream{golden, std::ios::binary} << text;
  }
  EXPECT_EQ(text, read(golden));
}

TEST_F(File, RefusesWhatDoesNotHoldTogether) {
  EXPECT_EQ(damage("\"merges\"", "\"merged\""),
            "not a tokenizer.json with vocab and merges");
  EXPECT_EQ(damage("Regex", "String"),
            "pre-tokenizer is not the one of this program");
  EXPECT_EQ(damage("\"Ġ #\"", "\"Ġ#\""), "merge 0 is no pair");
  EXPECT_EQ(damage("\"Ġ #\"", "\"Ġ ##\""), "merge 0 joins an unknown token");
  EXPECT_EQ(damage("\"Ġ#1\": ", "\"Ġ#1\": 9"),
            "token 'Ġ#1' is not at its place");
  EXPECT_EQ(damage("{", "["), "not a tokenizer.json with vocab and merges");
  const auto missing = bpe::load(folder / "nothing.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, errc::missing_file);
}

} // namespace
} // namespace aura::text
