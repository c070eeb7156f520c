#include "actors/flow/pipeline.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace aura::flow {
namespace {

const auto known
  = std::vector<std::string>{"schema", "states", "infill", "verify"};

struct answer {
  pipeline result;
  std::string complaints;
};

answer read(const std::string& text,
            const std::vector<std::string>& overrides = {}) {
  auto trouble = problems{};
  auto x = answer{};
  x.result = read_pipeline(
    {"p.yaml", text, {std::filesystem::path{::testing::TempDir()}}}, overrides,
    known, trouble);
  for (const auto& problem : trouble)
    x.complaints += to_string(problem) + "\n";
  return x;
}

std::string names(const pipeline& x) {
  auto text = std::string{};
  for (const auto& stage : x.stages)
    text += (text.empty() ? "" : " ") + stage.name;
  return text;
}

constexpr auto good = "pipeline: demo\n"
                      "seed: 7\n"
                      "parameters: {rows: 10}\n"
                      "stages:\n"
                      "  verify: {workers: 2}\n"
                      "  schema: {file: a.yaml}\n"
                      "  infill: {rows: '${rows}'}\n"
                      "edges: [schema -> infill -> verify]\n";

TEST(Pipeline, PutsStagesIntoTheOrderOfTheirEdges) {
  const auto x = read(good);
  EXPECT_EQ(x.complaints, "");
  EXPECT_EQ(names(x.result), "schema infill verify");
  EXPECT_EQ(x.result.run.seed, 7u);
  EXPECT_EQ(x.result.stages[1].options.find("rows")->text, "10");
}

TEST(Pipeline, TakesOverrides) {
  const auto x
    = read(good, {"infill.base_url=https://a.b/c?d=e", "rows=25", "seed=9",
                  "verify.workers=3", "stages.schema.file=b.yaml",
                  "infill.styles=[a, b]"});
  EXPECT_EQ(x.complaints, "");
  EXPECT_EQ(x.result.run.seed, 9u);
  const auto& infill = x.result.stages[1].options;
  EXPECT_EQ(infill.find("rows")->text, "25");
  EXPECT_EQ(infill.find("base-url")->text, "https://a.b/c?d=e");
  EXPECT_EQ(infill.find("styles")->items.size(), 2u);
  EXPECT_EQ(x.result.stages[0].options.find("file")->text, "b.yaml");
  EXPECT_EQ(x.result.stages[2].options.find("workers")->text, "3");
}

struct bad {
  const char* yaml;
  const char* complaint;
};

TEST(Pipeline, RefusesWhatIsNoPipeline) {
  const bad cases[] = {
    {"[a]\n", "p.yaml:1:1: a pipeline file must be a map\n  it has the keys "
              "'pipeline', 'stages' and 'edges'\n"},
    {"pipeline: x\n", "p.yaml:1:1: a pipeline needs 'stages'\n"},
    {"stages: {}\n", "p.yaml:1:9: a pipeline needs 'stages'\n"},
    {"stages: {schema: {}}\npipline: x\n",
     "p.yaml:2:1: unknown option 'pipline'\n  did you mean 'pipeline'?\n"},
    {"stages: {schema: {}}\nseed: soon\n",
     "p.yaml:2:7: 'seed' must be a whole number, found 'soon'\n"},
    {"stages:\n  scheme: {}\n",
     "p.yaml:2:3: no stage 'scheme'\n  did you mean 'schema'?\n"},
    {"stages: {schema: {}}\nedges: schema\n",
     "p.yaml:2:8: 'edges' must be a list\n  write [a -> b, b -> c]\n"},
    {"stages: {schema: {}, states: {}}\nedges: [schema - states]\n",
     "p.yaml:2:9: bad edge 'schema - states'\n  write 'from -> to'\n"},
    {"stages: {schema: {}, states: {}}\nedges: [schema ->]\n",
     "p.yaml:2:9: bad edge 'schema ->'\n  write 'from -> to'\n"},
    {"stages: {schema: {}, states: {}}\nedges: [schema -> sttes]\n",
     "p.yaml:2:9: edge to a stage 'sttes' that 'stages' does not list\n"
     "  did you mean 'states'?\n"},
    {"stages: {schema: {}, states: {}, infill: {}}\n"
     "edges: [schema -> states]\n",
     "p.yaml:1:34: stage 'infill' is not connected to 'schema'\n  add an edge "
     "such as 'states -> infill', or remove the stage\n"},
    {"stages: {schema: {}, states: {}, infill: {}}\n"
     "edges: [schema -> states, schema -> infill]\n",
     "p.yaml:2:27: stage 'schema' already sends to 'states'\n  a stage sends "
     "to one other\n"},
    {"stages: {schema: {}, states: {}, infill: {}}\n"
     "edges: [schema -> infill, states -> infill]\n",
     "p.yaml:2:27: stage 'infill' already receives from 'schema'\n  a stage "
     "receives from one other\n"},
    {"stages: {schema: {}, states: {}, infill: {}}\n"
     "edges:\n  - schema -> states\n  - states -> infill\n"
     "  - infill -> schema\n",
     "p.yaml:3:5: the edges form a circle: schema -> states -> infill -> "
     "schema\n  remove one of them\n"},
    {"stages: {schema: {}, states: {}, infill: {}}\n"
     "edges: [states -> infill, infill -> states]\n",
     "p.yaml:2:9: the edges form a circle: states -> infill -> states\n"
     "  remove one of them\n"},
    {"parameters: {database: }\nstages: {schema: {}}\n",
     "p.yaml:1:14: parameter 'database' has no value\n  give it on the command "
     "line: database=…\n"},
    {"stages:\n  schema: {file: '${databse}'}\nparameters: {database: x}\n",
     "p.yaml:2:18: no parameter and no environment variable 'databse'\n"
     "  did you mean 'database'?\n"},
    {"stages:\n  schema: {file: '${x'}\n",
     "p.yaml:2:18: '${' without '}' in '${x'\n"},
    {"include: nowhere.yaml\nstages: {schema: {}}\n",
     "p.yaml:1:10: no file 'nowhere.yaml'\n"},
  };
  for (const auto& x : cases)
    EXPECT_EQ(read(x.yaml).complaints, x.complaint) << x.yaml;
}

TEST(Pipeline, RefusesOverridesThatMeanNothing) {
  const bad cases[] = {
    {"rows", "command line: 'rows': expected key.path=value\n"},
    {"=3", "command line: '=3': expected key.path=value\n"},
    {"rws=3", "command line: 'rws=3': no parameter and no key 'rws'\n  did you "
              "mean 'rows'?\n"},
    {"infil.x=3", "command line: 'infil.x=3': no stage 'infil'\n  did you mean "
                  "'infill'?\n"},
    {"states.rows=3",
     "command line: 'states.rows=3': this pipeline has no stage 'states'\n"},
  };
  for (const auto& x : cases)
    EXPECT_EQ(read(good, {x.yaml}).complaints, x.complaint) << x.yaml;
}

TEST(Pipeline, ReadsWhatItIncludesBelowItself) {
  const auto folder = std::filesystem::path{::testing::TempDir()};
  std::ofstream{folder / "base.yaml"} << good;
  const auto x = read("include: base.yaml\npipeline: mine\n"
                      "stages: {verify: {workers: 5}}\n");
  EXPECT_EQ(x.complaints, "");
  EXPECT_EQ(x.result.run.pipeline, "mine");
  EXPECT_EQ(names(x.result), "schema infill verify");
  EXPECT_EQ(x.result.stages[2].options.find("workers")->text, "5");
}

TEST(Pipeline, NamesTheFileThatAMistakeIsIn) {
  const auto folder = std::filesystem::path{::testing::TempDir()};
  std::ofstream{folder / "wrong.yaml"} << "stages: {schma: {}}\n";
  EXPECT_EQ(read("include: wrong.yaml\n").complaints,
            (folder / "wrong.yaml").lexically_normal().string()
              + ":1:10: no stage 'schma'\n  did you mean 'schema'?\n");
}

TEST(Pipeline, EndsFilesThatIncludeEachOther) {
  const auto folder = std::filesystem::path{::testing::TempDir()};
  std::ofstream{folder / "self.yaml"} << "include: self.yaml\n";
  EXPECT_NE(
    read("include: self.yaml\n").complaints.find("files include each other"),
    std::string::npos);
}

TEST(Pipeline, TakesTheEnvironmentWithoutShowingIt) {
  setenv("AURA_TEST_SECRET", "s3cret", 1);
  const auto x = read("parameters: {key: '${AURA_TEST_SECRET}'}\n"
                      "stages:\n  schema: {a: 'x${AURA_TEST_SECRET}', b: "
                      "'${key}', c: '$$5'}\n");
  EXPECT_EQ(x.complaints, "");
  const auto& options = x.result.stages[0].options;
  EXPECT_EQ(options.find("a")->text, "xs3cret");
  EXPECT_EQ(options.find("a")->source, "x${AURA_TEST_SECRET}");
  EXPECT_EQ(options.find("b")->text, "s3cret");
  EXPECT_EQ(options.find("b")->source, "${key}");
  EXPECT_EQ(options.find("c")->text, "$5");
  EXPECT_TRUE(x.result.parameters.empty());
  EXPECT_EQ(to_yaml(options).find("s3cret"), std::string::npos);
}

} // namespace
} // namespace aura::flow
