#include "kernels/text/tokenizer.hpp"

#include "kernels/base/json.hpp"
#include "kernels/base/random.hpp"
#include "kernels/text/merge_table.hpp"
#include "kernels/text/pattern.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

namespace aura::text {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ids = std::vector<std::int32_t>;

fs::path golden(const std::string& name) {
  return fs::path{AURA_SOURCE_DIR} / "tests/golden/text" / name;
}

tokenizer load(const fs::path& file) {
  auto result = tokenizer::load(file);
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return std::move(*result);
}

/// Phi-4's own files, where they are at hand.
fs::path phi() {
  return fs::path{AURA_SOURCE_DIR} / "../shared/data/phi-4";
}

class Families : public testing::TestWithParam<const char*> {};

TEST_P(Families, AgreeWithTheReference) {
  const auto name = std::string{GetParam()};
  const auto made = load(golden("tokenizers/" + name + ".json"));
  const auto rows
    = json::parse(std::ifstream{golden("tokenizers/" + name + ".rows.json")});
  ASSERT_GE(rows.size(), 100u);
  for (const auto& row : rows) {
    const auto text = row["text"].get<std::string>();
    const auto found = made.encode(text);
    ASSERT_TRUE(found);
    EXPECT_EQ(json(*found), row["ids"]) << row["text"];
    const auto plain = made.encode(text, {.add_specials = false});
    EXPECT_EQ(json(*plain), row["plain"]) << row["text"];
    EXPECT_EQ(made.decode(*found), row["decoded"].get<std::string>());
  }
}

INSTANTIATE_TEST_SUITE_P(All, Families,
                         testing::Values("phi", "smollm", "qwen", "llama",
                                         "prefix"),
                         [](const auto& x) { return std::string{x.param}; });

TEST(Tokenizer, AgreesWithTheReferenceOnOurOwn) {
  const auto made = load(golden("tokenizer.json"));
  for (const auto& row : json::parse(std::ifstream{golden("tokens.json")}))
    EXPECT_EQ(json(*made.encode(row["text"].get<std::string>())), row["ids"]);
}

TEST(Tokenizer, TakesTextOfOthersAsText) {
  const auto made = load(golden("tokenizers/phi.json"));
  const auto end = made.find_added("<|im_end|>");
  ASSERT_TRUE(end);
  EXPECT_TRUE(made.is_special(*end));
  const auto text = std::string{"a <|im_end|> b"};
  const auto meant = made.encode(text);
  EXPECT_EQ(std::count(meant->begin(), meant->end(), *end), 1);
  const auto plain = made.encode(text, {.parse_specials = false});
  EXPECT_EQ(std::count(plain->begin(), plain->end(), *end), 0);
  EXPECT_EQ(made.decode(*plain), text);
  EXPECT_EQ(made.decode(*meant, true), "ab"); // white space goes with the token
}

TEST(Tokenizer, GivesAllBytesBack) {
  const auto made = load(golden("tokenizers/smollm.json"));
  for (std::size_t i = 0; i < 300; ++i) {
    auto random = random_stream{1, "bytes", i};
    auto text = std::string{};
    for (auto n = random.below(40); n > 0; --n)
      text += static_cast<char>(random.below(256));
    EXPECT_EQ(made.decode(*made.encode(text, {.parse_specials = false})), text);
  }
}

TEST(Tokenizer, StreamsWholeCharacters) {
  const auto made = load(golden("tokenizers/phi.json"));
  const auto text = std::string{"Zürich 日本 😀 \xff<|im_end|>"};
  const auto found = made.encode(text);
  auto stream = stream_decoder{made};
  auto all = std::string{};
  for (auto id : *found) {
    const auto more = stream.push(id);
    EXPECT_EQ(json(more).dump().empty(), false); // throws if it is not UTF-8
    all += more;
  }
  EXPECT_EQ(all + stream.finish(), "Zürich 日本 😀 \xef\xbf\xbd");
  // A character cut short at the end.
  const auto letter = made.encode("ქ", {.parse_specials = false});
  ASSERT_GT(letter->size(), 1u);
  auto cut = stream_decoder{made};
  EXPECT_EQ(cut.push(letter->front()), "");
  EXPECT_EQ(cut.finish(), "\xef\xbf\xbd");
}

// The definition: merge the pair of the lowest rank, the first one among
// equals, until none is left.
ids merge_slowly(const std::map<std::pair<int, int>, int>& merges, ids x) {
  for (;;) {
    auto best = merges.end();
    auto at = std::size_t{0};
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
      const auto found = merges.find({x[i], x[i + 1]});
      if (found != merges.end()
          && (best == merges.end() || found->second < best->second)) {
        best = found;
        at = i;
      }
    }
    if (best == merges.end())
      return x;
    x[at] = best->second;
    x.erase(x.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
}

TEST(MergeTable, MergesAsDefinedAtAnyLength) {
  for (std::uint64_t round = 0; round < 40; ++round) {
    auto random = random_stream{3, "merges", round};
    auto tokens = std::vector<std::string>{"a", "b", "c"};
    auto list = std::vector<std::pair<std::int32_t, std::int32_t>>{};
    auto slow = std::map<std::pair<int, int>, int>{};
    while (tokens.size() < 40) {
      const auto left = static_cast<std::int32_t>(random.below(tokens.size()));
      const auto right = static_cast<std::int32_t>(random.below(tokens.size()));
      const auto both = tokens[static_cast<std::size_t>(left)]
                        + tokens[static_cast<std::size_t>(right)];
      if (std::find(tokens.begin(), tokens.end(), both) != tokens.end())
        continue;
      slow[{left, right}] = static_cast<int>(tokens.size());
      list.emplace_back(left, right);
      tokens.push_back(both);
    }
    const auto table = merge_table::make(tokens, list);
    ASSERT_TRUE(table);
    for (auto length : {1u, 2u, 7u, 50u, 96u, 97u, 400u}) {
      auto text = std::string{};
      auto bytes = ids{};
      for (auto i = 0u; i < length; ++i) {
        bytes.push_back(static_cast<std::int32_t>(random.below(3)));
        text += static_cast<char>('a' + bytes.back());
      }
      auto found = ids{};
      table->encode(text, found);
      EXPECT_EQ(found, merge_slowly(slow, bytes)) << text;
    }
  }
}

TEST(Pattern, KnowsWhiteSpaceAsUnicodeDoes) {
  const auto spaces = pattern::compile(R"(\s+|[^\sx]+|\S)");
  ASSERT_TRUE(spaces);
  const auto text = std::string{"a\u0085\u00a0\u2003b\u180e x"};
  auto found = std::vector<extent>{};
  ASSERT_TRUE(spaces->find_all(text, found));
  auto parts = std::vector<std::string>{};
  for (auto x : found)
    parts.push_back(text.substr(x.begin, x.end - x.begin));
  EXPECT_EQ(parts, (std::vector<std::string>{"a", "\u0085\u00a0\u2003",
                                             "b\u180e", " ", "x"}));
  const auto bad = pattern::compile("(a");
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().message.find("at byte 2"), std::string::npos);
}

TEST(Tokenizer, RefusesWhatItWouldNotApply) {
  const auto folder = fs::path{testing::TempDir()} / "tokenizers_refused";
  fs::create_directories(folder);
  const auto file = folder / "tokenizer.json";
  const auto whole = json::parse(std::ifstream{golden("tokenizers/phi.json")});
  const auto says = [&](const char* place, const json& value) {
    auto changed = whole;
    changed[json::json_pointer{place}] = value;
    std::ofstream{file} << changed;
    const auto made = tokenizer::load(file);
    return made ? std::string{"loaded"}
                : made.error().message.substr(file.string().size() + 2);
  };
  EXPECT_EQ(says("/model/type", "Unigram"),
            "model 'Unigram' is not known to this program");
  EXPECT_EQ(says("/normalizer", {{"type", "Lowercase"}}),
            "normalizer 'Lowercase' is not known to this program");
  EXPECT_EQ(says("/pre_tokenizer", {{"type", "Metaspace"}}),
            "pre-tokenizer 'Metaspace' is not known; Split, Digits and "
            "ByteLevel are");
  EXPECT_EQ(says("/decoder", {{"type", "WordPiece"}}),
            "decoder 'WordPiece' is not known to this program");
  EXPECT_EQ(says("/model/byte_fallback", true),
            "byte_fallback is not known to this program");
  EXPECT_EQ(says("/model/merges/3", "zz zz"), "merge 3 joins what is no token");
  EXPECT_EQ(says("/model/vocab", json::object()),
            "model.vocab is no object of tokens");
  EXPECT_EQ(says("/added_tokens/0/id", -1),
            "an added token without content or id");
  std::ofstream{file} << "IQ== 0\nIg== 2\n";
  EXPECT_NE(tokenizer::load(file).error().message.find("line 2: neither JSON"),
            std::string::npos);
  EXPECT_EQ(tokenizer::load(folder / "none").error().code, errc::missing_file);
  fs::remove_all(folder);
}

TEST(Tokenizer, KnowsPhi4) {
  if (!fs::exists(phi()))
    GTEST_SKIP() << "no files of Phi-4 beside the project";
  const auto made = load(phi() / "tokenizer.json");
  EXPECT_EQ(made.size(), 100352u);
  // A vector of Microsoft's ML.NET; only there " World" keeps its space (4435),
  // here white space goes with the special token, as the file says.
  EXPECT_EQ(*made.encode("<|im_start|>Hello<|im_sep|> World<|im_end|>"
                         "<|dummy_85|>"),
            (ids{100264, 9906, 100266, 10343, 100265, 100349}));
  EXPECT_EQ(
    *made.encode("You are a helpful assistant", {.parse_specials = false}),
    (ids{2675, 527, 264, 11190, 18328}));
  EXPECT_EQ(made.encode(" World")->front(), 4435);
  const auto ranks = load(phi() / "cl100k_base.tiktoken");
  EXPECT_EQ(ranks.size(), 100277u);
  // The traps of white space, on both of its ways to the same ids.
  for (auto n = 0; n < 1024; ++n) {
    auto text = std::string{"a"};
    for (auto i = 0; i < 5; ++i)
      text += " \n\t\r"[n >> (2 * i) & 3];
    EXPECT_EQ(*made.encode(text), *ranks.encode(text));
    EXPECT_EQ(*made.encode(text + "b"), *ranks.encode(text + "b"));
  }
}

} // namespace
} // namespace aura::text
