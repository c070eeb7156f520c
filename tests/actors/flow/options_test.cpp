#include "actors/flow/options.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace aura::flow {
namespace {

struct sample_options {
  bool strict = false;
  std::string kind = "plain";
  std::size_t workers = 2;
  double share = 0.5;
  std::string name = "x";
  std::vector<std::string> words = {"a", "b"};
  std::string file;
};

template <class Visitor>
void describe(Visitor& v, sample_options& x) {
  v("strict", x.strict, "Whether it is strict.");
  v.choice("kind", x.kind, {"plain", "fancy"}, "What kind.");
  v.tuning("workers", x.workers, 1, 8, "How many.");
  v.number("share", x.share, 0, 1, "Which share.");
  v("name", x.name, "Its name.");
  v("words", x.words, "Some words.");
  v.file("file", x.file, "A file.");
}

struct answer {
  sample_options options;
  std::string complaints;
};

answer read(const std::string& yaml) {
  auto trouble = problems{};
  const auto from = parse_yaml(yaml, "f.yaml", trouble);
  auto result = answer{};
  result.options = read_options<sample_options>(
    from, trouble, {std::filesystem::path{::testing::TempDir()}});
  for (const auto& x : trouble)
    result.complaints += to_string(x) + "\n";
  return result;
}

TEST(Options, ReadsEveryKindOfValue) {
  const auto x = read("strict: true\nkind: fancy\nworkers: 7\nshare: 0.25\n"
                      "name: Ann\nwords: [c]\n");
  EXPECT_EQ(x.complaints, "");
  EXPECT_TRUE(x.options.strict);
  EXPECT_EQ(x.options.kind, "fancy");
  EXPECT_EQ(x.options.workers, 7u);
  EXPECT_EQ(x.options.share, 0.25);
  EXPECT_EQ(x.options.name, "Ann");
  EXPECT_EQ(x.options.words, (std::vector<std::string>{"c"}));
}

TEST(Options, KeepsDefaultsOfWhatIsNotThere) {
  EXPECT_EQ(read("{}").options.workers, 2u);
  EXPECT_EQ(read("{}").complaints, "");
}

TEST(Options, SaysWhatIsWrongAndWhere) {
  struct bad {
    const char* yaml;
    const char* complaint;
  };
  const bad cases[] = {
    {"wokers: 3\n", "f.yaml:1:1: unknown option 'wokers'\n"
                    "  did you mean 'workers'?\n"},
    {"zzz: 3\n", "f.yaml:1:1: unknown option 'zzz'\n  known: file, kind, name, "
                 "share, strict, words, workers\n"},
    {"workers: many\n",
     "f.yaml:1:10: 'workers' must be a whole number, found 'many'\n"},
    {"workers: 2.5\n",
     "f.yaml:1:10: 'workers' must be a whole number, found '2.5'\n"},
    {"workers: -1\n",
     "f.yaml:1:10: 'workers' must be at least 1, found '-1'\n"},
    {"workers: 9\n", "f.yaml:1:10: 'workers' must be at most 8, found '9'\n"},
    {"workers: [1]\n",
     "f.yaml:1:10: 'workers' must be a whole number, found a list\n"},
    {"share: 2\n", "f.yaml:1:8: 'share' must be at most 1.0, found '2'\n"},
    {"share: nan\n", "f.yaml:1:8: 'share' must be at most 1.0, found 'nan'\n"},
    {"share: x\n", "f.yaml:1:8: 'share' must be a number, found 'x'\n"},
    {"strict: maybe\n",
     "f.yaml:1:9: 'strict' must be true or false, found 'maybe'\n"},
    {"kind: fancey\n", "f.yaml:1:7: 'kind' must be plain or fancy, found "
                       "'fancey'\n  did you mean 'fancy'?\n"},
    {"name: {a: b}\n", "f.yaml:1:7: 'name' must be a text, found a map\n"},
    {"words: {a: b}\n", "f.yaml:1:8: 'words' must be a list, found a map\n"},
    {"words: [[a]]\n", "f.yaml:1:9: 'words' must be a list of texts\n"},
    {"[a, b]\n", "f.yaml:1:1: options must be a map, found a list\n"},
    {"strict: maybe\nworkers: 0\nx: y\n",
     "f.yaml:1:9: 'strict' must be true or false, found 'maybe'\n"
     "f.yaml:2:10: 'workers' must be at least 1, found '0'\n"
     "f.yaml:3:1: unknown option 'x'\n  known: file, kind, name, share, "
     "strict, words, workers\n"},
  };
  for (const auto& x : cases)
    EXPECT_EQ(read(x.yaml).complaints, x.complaint) << x.yaml;
}

TEST(Options, TakesUnderscoresForHyphens) {
  auto trouble = problems{};
  struct one {
    std::size_t max_rows = 1;
  };
  const auto from = parse_yaml("max_rows: 5\n", "f", trouble);
  auto x = one{};
  auto reader = options_reader{from, trouble};
  reader("max-rows", x.max_rows, "");
  reader.finish();
  EXPECT_TRUE(trouble.empty());
  EXPECT_EQ(x.max_rows, 5u);
}

TEST(Options, FindsFilesAndSuggestsNeighbours) {
  const auto folder = std::filesystem::path{::testing::TempDir()} / "options";
  std::filesystem::create_directories(folder);
  std::ofstream{folder / "shop.yaml"} << "x";
  EXPECT_EQ(read("file: options/shop.yaml\n").options.file,
            (folder / "shop.yaml").string());
  EXPECT_EQ(read("file: options/shpo.yaml\n").complaints,
            "f.yaml:1:7: no file 'options/shpo.yaml'\n"
            "  did you mean 'options/shop.yaml'?\n");
}

TEST(Options, ListsWhatItReads) {
  const auto all = list_options<sample_options>();
  ASSERT_EQ(all.size(), 7u);
  EXPECT_EQ(all[1].value, "plain");
  EXPECT_EQ(all[1].allowed, "plain or fancy");
  EXPECT_EQ(all[2].allowed, "1 to 8");
  EXPECT_FALSE(all[2].matters);
  EXPECT_EQ(all[3].value, "0.5");
  EXPECT_EQ(all[5].value, "[a, b]");
  EXPECT_TRUE(all[6].is_file);
}

} // namespace
} // namespace aura::flow
