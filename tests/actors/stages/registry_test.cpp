#include "actors/registry.hpp"

#include "actors/flow/files.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace aura {
namespace {

std::string complaints_about(const char* stage, const char* yaml) {
  auto trouble = flow::problems{};
  const auto from = flow::parse_yaml(yaml, "f.yaml", trouble);
  prepare_stage(stage, from, trouble, {AURA_SOURCE_DIR});
  auto text = std::string{};
  for (const auto& x : trouble)
    text += to_string(x) + "\n";
  return text;
}

TEST(Registry, AcceptsTheDefaultsOfEveryStage) {
  for (const auto& name : stage_names()) {
    // These name a file.
    if (name != "schema" && name != "rows" && name != "finetune") {
      EXPECT_EQ(complaints_about(name.c_str(), "{}"), "") << name;
    }
  }
  EXPECT_EQ(complaints_about("schema", "file: configs/schemas/shop.yaml"), "");
}

std::vector<std::string> missing_in(const std::vector<const char*>& stages) {
  auto entries = std::vector<flow::stage_entry>{};
  for (const auto* name : stages)
    entries.push_back({name, {}});
  auto trouble = flow::problems{};
  check_needs(entries, trouble);
  auto result = std::vector<std::string>{};
  for (const auto& x : trouble)
    result.push_back(x.message + "; " + x.hint);
  return result;
}

TEST(Registry, AcceptsStagesThatHaveWhatTheyNeed) {
  using list = std::vector<std::string>;
  EXPECT_EQ(missing_in({"rows", "finetune"}), list{});
  EXPECT_EQ(
    missing_in({"schema", "states", "skeletons", "infill", "verify", "dedupe",
                "split", "context", "tokenize", "train", "evaluate", "report"}),
    list{});
  EXPECT_EQ(missing_in({"schema", "states", "rows", "finetune", "evaluate"}),
            list{});
}

TEST(Registry, SaysWhatNoStageBeforeMakes) {
  using list = std::vector<std::string>;
  EXPECT_EQ(missing_in({"schema", "skeletons", "verify", "split"}),
            list{"'verify' needs database states, which no stage before it "
                 "makes; put 'states' before it"});
  EXPECT_EQ(missing_in({"rows", "evaluate"}),
            (list{"'evaluate' needs a schema, which no stage before it makes; "
                  "put 'schema' before it",
                  "'evaluate' needs database states, which no stage before it "
                  "makes; put 'states' before it",
                  "'evaluate' needs a model, which no stage before it makes; "
                  "put 'train' or 'finetune' before it"}));
  EXPECT_EQ(missing_in({"schema", "states", "skeletons", "train", "tokenize"}),
            list{"'train' needs a vocabulary, which no stage before it makes; "
                 "put 'tokenize' before it"});
}

TEST(Registry, SaysWhatIsWrongWithTheOptionsOfAStage) {
  struct bad {
    const char* stage;
    const char* yaml;
    const char* complaint;
  };
  const bad cases[] = {
    {"schema", "{}",
     "f.yaml:1:1: give either 'file' or 'database' under "
     "'schema'\n"},
    {"schema", "file: configs/schemas/shpo.yaml\n",
     "f.yaml:1:7: no file 'configs/schemas/shpo.yaml'\n"
     "  did you mean 'configs/schemas/shop.yaml'?\n"},
    {"states", "kinds: [realistic]\n",
     "f.yaml:1:1: 'kinds' must name at least two states: one alone tells too "
     "little\n"},
    {"states", "kinds: [realistic, tise]\n",
     "f.yaml:1:1: no kind of state 'tise', did you mean 'ties'?\n"},
    {"infill", "provider: ofline\n",
     "f.yaml:1:11: 'provider' must be offline, openai or openai-batch, found "
     "'ofline'\n"
     "  did you mean 'offline'?\n"},
    {"infill", "styles: [casul]\n",
     "f.yaml:1:1: no style 'casul', did you mean 'casual'?\n"},
    {"verify", "workers: 0\n",
     "f.yaml:1:10: 'workers' must be at least 1, found '0'\n"},
    {"rows", "{}", "f.yaml:1:1: give a 'file' under 'rows'\n"},
    {"finetune", "{}", "f.yaml:1:1: give a 'model' under 'finetune'\n"},
    {"finetune", "{model: some, export: [onnx]}\n",
     "f.yaml:1:1: no form 'onnx' to export; there are adapter-fused, "
     "adapter-split, merged, merged-nf4 and gguf\n"},
    {"train", "optimizer: adam\n",
     "f.yaml:1:12: 'optimizer' must be muon or adamw, found 'adam'\n"
     "  did you mean 'adamw'?\n"},
    {"evaluate", "constrain: true\n",
     "f.yaml:1:1: unknown option 'constrain'\n  did you mean 'constrained'?\n"},
  };
  for (const auto& x : cases)
    EXPECT_EQ(complaints_about(x.stage, x.yaml), x.complaint)
      << x.stage << " " << x.yaml;
}

TEST(Registry, KeepsTheReferenceUpToDate) {
  const auto file
    = std::filesystem::path{AURA_SOURCE_DIR} / "configs" / "reference.yaml";
  if (std::getenv("AURA_UPDATE_GOLDEN")) {
    ASSERT_TRUE(flow::write_file(file, reference()));
  }
  const auto written = flow::read_file(file);
  ASSERT_TRUE(written);
  EXPECT_EQ(*written, reference());
}

TEST(Registry, WritesAReferenceThatIsYaml) {
  auto trouble = flow::problems{};
  const auto read = flow::parse_yaml(reference(), "reference", trouble);
  EXPECT_TRUE(trouble.empty());
  for (const auto& name : stage_names())
    EXPECT_TRUE(read.find("stages")->find(name)) << name;
}

} // namespace
} // namespace aura
