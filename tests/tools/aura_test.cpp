#include "kernels/schema/load.hpp"
#include "kernels/sql/writer.hpp"
#include "tests/pipelines/program.hpp"

#include <fstream>

namespace aura::testing {
namespace {

/// Runs `aura` over a schema of one table and its database.
class Aura : public Program {
protected:
  Aura() {
    std::ofstream{folder / "pets.yaml"} << R"(schema: pets
tables:
  pets:
    primary-key: id
    columns:
      id: {type: integer}
      kind: {type: text, values: [cat, dog]}
      weight: {type: real, unit: kg, nullable: true}
      tame: {type: boolean}
)";
    auto writer = sql::writer::create();
    EXPECT_TRUE(writer);
    EXPECT_TRUE(writer->execute(
      "CREATE TABLE pets (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, "
      "weight REAL, tame BOOLEAN NOT NULL);"
      "INSERT INTO pets VALUES (1, 'cat', 4.5, 1), (2, 'dog', 30, 0),"
      "(3, 'dog', NULL, 1)"));
    const auto image = writer->image();
    EXPECT_TRUE(image);
    std::ofstream{folder / "pets.db", std::ios::binary} << *image;
  }

  program_result query(const std::string& text,
                       const std::string& format = "table") {
    return run(
      {"query", "-s", "pets.yaml", "-d", "pets.db", "--format", format, text});
  }
};

TEST_F(Aura, PrintsRowsAsTableCsvAndJson) {
  const auto text
    = std::string{"SOURCE pets |> SORT id |> SELECT kind, weight, tame"};
  EXPECT_EQ(query(text).out, "kind  weight  tame\n"
                             "----  ------  -----\n"
                             "cat      4.5  true\n"
                             "dog     30.0  false\n"
                             "dog     NULL  true\n"
                             "(3 rows)\n");
  EXPECT_EQ(query(text, "csv").out, "kind,weight,tame\r\n"
                                    "cat,4.5,true\r\n"
                                    "dog,30.0,false\r\n"
                                    "dog,,true\r\n");
  EXPECT_EQ(query(text, "json").out,
            R"({"columns":["kind","weight","tame"],"rows":[["cat",4.5,true],)"
            R"(["dog",30.0,false],["dog",null,true]]})"
            "\n");
}

TEST_F(Aura, QueriesADatabaseWithoutASchemaFile) {
  const auto result
    = run({"query", "-d", "pets.db", "--format", "csv",
           "SOURCE pets |> AGGREGATE COUNT(), SUM(weight) BY kind |> SORT "
           "kind"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, "kind,count,sum_weight\r\ncat,1,4.5\r\ndog,2,30.0\r\n");
}

TEST_F(Aura, PointsIntoAWrongQueryAndExitsWithOne) {
  const auto result = query("SOURCE pets |> FILTER knd == 'cat'");
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_NE(result.err.find("query:1:23: error:"), std::string::npos)
    << result.err;
  EXPECT_NE(result.err.find("kind"), std::string::npos) << result.err;
}

TEST_F(Aura, FormatsAndSaysWhetherAQueryIsFormatted) {
  const auto loose = std::string{"source pets|>filter tame|>limit 2"};
  EXPECT_EQ(run({"fmt", loose}).out, "SOURCE pets |> FILTER tame |> LIMIT 2\n");
  EXPECT_EQ(run({"fmt", "--pretty", loose}).out,
            "SOURCE pets\n|> FILTER tame\n|> LIMIT 2\n");
  EXPECT_EQ(run({"fmt", "--check", loose}).code, 1);
  EXPECT_EQ(run({"fmt", "--check", "SOURCE pets |> LIMIT 2"}).code, 0);
}

TEST_F(Aura, FormatsFiles) {
  const auto write = [this](const char* file, const char* text) {
    std::ofstream{folder / file} << text;
  };
  const auto read = [this](const char* file) {
    auto in = std::ifstream{folder / file};
    return std::string{std::istreambuf_iterator<char>{in}, {}};
  };
  write("good.aura", "SOURCE pets |> LIMIT 2\n");
  write("loose.aura", "-- why\nsource pets|>limit 2\n");
  write("wrong.aura", "SOURCE pets |> LIMIT\n");
  EXPECT_EQ(run({"fmt", "good.aura", "loose.aura"}).out,
            "SOURCE pets |> LIMIT 2\n/* why */ SOURCE pets |> LIMIT 2\n");
  const auto checked = run({"fmt", "--check", "good.aura", "loose.aura"});
  EXPECT_EQ(checked.code, 1);
  EXPECT_EQ(checked.out, "loose.aura\n");
  const auto written
    = run({"fmt", "--pretty", "-w", "loose.aura", "wrong.aura"});
  EXPECT_EQ(written.code, 1);
  EXPECT_EQ(read("loose.aura"), "-- why\nSOURCE pets\n|> LIMIT 2\n");
  EXPECT_EQ(read("wrong.aura"), "SOURCE pets |> LIMIT\n");
  EXPECT_NE(written.err.find("wrong.aura:1:21: error:"), std::string::npos)
    << written.err;
  EXPECT_EQ(run({"fmt", "-w", "SOURCE pets"}).code, 2);
}

TEST_F(Aura, ExplainsCodes) {
  const auto one = run({"diagnostics", "e0132"});
  EXPECT_EQ(one.code, 0) << one.err;
  EXPECT_TRUE(one.out.starts_with("### AUR-E0132: a comparison with NULL\n"))
    << one.out;
  const auto all = run({"diagnostics"});
  auto in = std::ifstream{AURA_SOURCE_DIR "/kernels/dsl/DIAGNOSTICS.md",
                          std::ios::binary};
  EXPECT_TRUE(all.out == (std::string{std::istreambuf_iterator<char>{in}, {}}));
  const auto none = run({"diagnostics", "AUR-E0133x"});
  EXPECT_EQ(none.code, 2);
  EXPECT_EQ(none.err, "aura: no diagnostic has the code 'AUR-E0133x'; is it "
                      "AUR-E0133?\n");
}

TEST_F(Aura, HelpsWithTheCommandLine) {
  const struct {
    std::vector<std::string> words;
    const char* message;
  } cases[] = {
    {{"fmt", "--prety", "SOURCE pets"},
     "aura fmt: The following argument was not expected: --prety; did you "
     "mean '--pretty'?\nsee aura fmt --help\n"},
    {{"check", "SOURCE pets"},
     "aura check: --schema or --database is required\nsee aura check "
     "--help\n"},
    {{"schema"},
     "aura schema: A subcommand is required\nsee aura schema "
     "--help\n"},
  };
  for (const auto& x : cases) {
    const auto result = run(x.words);
    EXPECT_EQ(result.code, 2) << x.message;
    EXPECT_EQ(result.err, x.message);
  }
  for (const auto* command : {"check", "fix", "fmt", "diagnostics", "query",
                              "sql", "explain", "lineage", "dump", "schema"}) {
    const auto help = run({command, "--help"});
    EXPECT_EQ(help.code, 0) << command;
    EXPECT_NE(help.out.find("Usage: aura "), std::string::npos) << help.out;
    EXPECT_EQ(help.err, "") << command;
  }
}

TEST_F(Aura, TakesAnyInputWithoutABug) {
  // Files that are no queries, and queries that are no text.
  std::ofstream{folder / "binary.aura", std::ios::binary}
    << std::string("\x00\xff\xfe|>\x01", 6);
  std::ofstream{folder / "empty.aura"};
  std::ofstream{folder / "huge.aura"} << std::string(2u << 20, 'a');
  const struct {
    const char* query;
    int code;
  } cases[]
    = {{"binary.aura", 1}, {"empty.aura", 1}, {"huge.aura", 1}, {".", 5},
       {"none.aura", 5},   {"", 1},           {" ", 1}};
  for (const auto& x : cases)
    for (const auto* command : {"check", "fix", "sql", "explain", "lineage"}) {
      const auto result = run({command, "-s", "pets.yaml", x.query});
      EXPECT_EQ(result.code, x.code) << command << ' ' << x.query;
      EXPECT_NE(result.err, "") << command << ' ' << x.query;
    }
  for (const auto& x : cases) {
    EXPECT_EQ(run({"fmt", x.query}).code, x.code) << x.query;
    EXPECT_EQ(run({"dump", "syntax", x.query}).code, x.code) << x.query;
  }
}

TEST_F(Aura, TranslatesToSqlWithItsParameters) {
  const auto result = run({"sql", "-s", "pets.yaml",
                           "SOURCE pets |> FILTER kind == 'cat' |> SELECT id"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find("-- ?1 = 'cat'\n"), std::string::npos)
    << result.out;
}

TEST_F(Aura, ExportsTablesAndQueriesToDuckDb) {
  EXPECT_EQ(run({"schema", "sql", "--target", "duckdb", "-s", "pets.yaml"}).out,
            "CREATE TABLE \"pets\" (\n"
            "  \"id\" BIGINT NOT NULL,\n"
            "  \"kind\" VARCHAR NOT NULL,\n"
            "  \"weight\" DOUBLE,\n"
            "  \"tame\" BOOLEAN NOT NULL,\n"
            "  PRIMARY KEY (\"id\")\n"
            ");\n");
  EXPECT_EQ(run({"sql", "--target", "duckdb", "-s", "pets.yaml",
                 "SOURCE pets |> FILTER tame |> SELECT weight / 2 AS half"})
              .out,
            "SELECT t1.\"weight\" / 2 AS \"half\" FROM \"pets\" AS t1 WHERE "
            "t1.\"tame\"\n");
  EXPECT_EQ(
    run({"sql", "--target", "oracle", "-s", "pets.yaml", "SOURCE pets"}).code,
    2);
}

TEST_F(Aura, DumpsEachRepresentation) {
  const auto text = std::string{"SOURCE pets |> FILTER tame"};
  EXPECT_EQ(run({"dump", "tokens", text}).out, "0..6 a word SOURCE\n"
                                               "7..11 a word pets\n"
                                               "12..14 `|>` |>\n"
                                               "15..21 a word FILTER\n"
                                               "22..26 a word tame\n"
                                               "26..26 the end\n");
  EXPECT_EQ(run({"dump", "syntax", text}).out,
            "source pets\n12..26 filter (column 22..26 tame)\n");
  EXPECT_EQ(run({"dump", "plan", "-s", "pets.yaml", text}).out,
            "pipeline 0\n  scan pets\n  filter tame#3\n"
            "  output id = id#0 INTEGER, kind = kind#1 TEXT, weight = weight#2 "
            "REAL?, tame = tame#3 BOOLEAN\n");
  EXPECT_EQ(run({"dump", "sql", "-d", "pets.db", text + "|> SELECT id"}).out,
            "SELECT t1.\"id\" AS \"id\" FROM \"pets\" AS t1 WHERE "
            "t1.\"tame\"\n");
  const auto nowhere = run({"dump", "plan", text});
  EXPECT_EQ(nowhere.code, 2);
  EXPECT_EQ(nowhere.err,
            "aura: a plan needs --schema or --database to resolve names\n");
  EXPECT_EQ(run({"dump", "tree", text}).code, 2);
  const auto wrong = run({"dump", "syntax", "SOURCE pets |> FILTER"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_EQ(wrong.out, "");
}

TEST_F(Aura, ExplainsAndTraces) {
  const auto text = std::string{"SOURCE pets |> AGGREGATE SUM(weight) BY kind"};
  EXPECT_EQ(run({"explain", "-s", "pets.yaml", text}).out,
            "1  SOURCE pets\n"
            "     columns  id INTEGER, kind TEXT, weight REAL? [kg], tame "
            "BOOLEAN\n"
            "     rows     one for each id\n"
            "2  AGGREGATE SUM(weight) BY kind\n"
            "     columns  kind TEXT, sum_weight REAL?\n"
            "     rows     one for each kind\n");
  EXPECT_EQ(run({"lineage", "-s", "pets.yaml", text}).out,
            "kind TEXT\n"
            "  from pets.kind (identity)\n"
            "sum_weight REAL\n"
            "  from pets.weight (aggregation)\n"
            "rows\n"
            "  of   pets\n"
            "  by   pets.kind (group)\n");
  for (const auto* command : {"explain", "lineage"}) {
    const auto json = run({command, "--json", "-s", "pets.yaml", text});
    EXPECT_EQ(json.code, 0);
    EXPECT_EQ(json.out.front(), '{');
    EXPECT_EQ(run({command, "-s", "pets.yaml", "SOURCE pet"}).code, 1);
  }
}

TEST_F(Aura, MendsWhatItCanAndSaysSo) {
  const auto foreign
    = std::string{"SELECT knd, COUNT(*) FROM pets GROUP BY knd"};
  const auto result = run({"fix", "-s", "pets.yaml", foreign});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, "SOURCE pets |> AGGREGATE COUNT(*) BY kind\n");
  EXPECT_EQ(result.err,
            "query:1:1: this is SQL; a pipeline begins with SOURCE, and its "
            "operators stand in the order they happen [AUR-E0111]: fixed\n"
            "query:1:38: column `knd` is not in `pets`; nearest is `kind` "
            "[AUR-E0202]: fixed\n");
  // Without a schema only spellings are mended.
  const auto spelled = run({"fix", "FROM pets |> WHERE knd = 'cat'"});
  EXPECT_EQ(spelled.code, 0) << spelled.err;
  EXPECT_EQ(spelled.out, "SOURCE pets |> FILTER knd == 'cat'\n");
  const auto hopeless = run({"fix", "SOURCE pets |> TAIL 5"});
  EXPECT_EQ(hopeless.code, 1);
  EXPECT_EQ(hopeless.out, "SOURCE pets |> TAIL 5\n");
  EXPECT_NE(hopeless.err.find("query as fixed:1:16: error:"), std::string::npos)
    << hopeless.err;
  // In files.
  std::ofstream{folder / "q.aura"} << "FROM pets |> TAKE 2\n";
  EXPECT_EQ(run({"fix", "-w", "q.aura"}).code, 0);
  auto in = std::ifstream{folder / "q.aura"};
  auto line = std::string{};
  std::getline(in, line);
  EXPECT_EQ(line, "SOURCE pets |> LIMIT 2");
  EXPECT_EQ(run({"fix", "-w", "FROM pets"}).code, 2);
  EXPECT_EQ(run({"fix", "none.aura"}).code, 5);
}

TEST_F(Aura, SeedsADatabaseThatItsOwnImportReads) {
  EXPECT_EQ(run({"schema", "seed", "-s", "pets.yaml", "-o", "new.db"}).code, 0);
  const auto again = run({"schema", "seed", "-s", "pets.yaml", "-o", "new.db"});
  EXPECT_EQ(again.code, 5);
  EXPECT_EQ(again.err, "aura: new.db exists; --force replaces it\n");
  EXPECT_EQ(run({"schema", "lint", "-s", "pets.yaml", "-d", "new.db"}).code, 0);
  const auto imported = run({"schema", "import", "new.db"});
  EXPECT_EQ(imported.code, 0) << imported.err;
  const auto s = schema::parse(imported.out, "imported");
  ASSERT_TRUE(s) << s.error().message;
  ASSERT_NE(s->find_table("pets"), nullptr);
  EXPECT_EQ(s->find_table("pets")->columns.size(), 4u);
}

TEST_F(Aura, RefusesWrongUsageWithTwoAndWrongInputWithThree) {
  const struct {
    std::vector<std::string> words;
    int code;
    const char* message;
  } cases[] = {
    {{"qery"}, 2, "aura: no command 'qery'; did you mean 'query'?\n"},
    {{"query", "-d", "none.db", "SOURCE pets"},
     3,
     "aura: no database at none.db\n"},
    {{"check", "-s", "none.yaml", "SOURCE pets"},
     3,
     "aura: no schema file 'none.yaml'\n"},
  };
  for (const auto& x : cases) {
    const auto result = run(x.words);
    EXPECT_EQ(result.code, x.code) << x.words.front();
    EXPECT_EQ(result.err, x.message);
    EXPECT_EQ(result.out, "");
  }
}

TEST_F(Aura, SaysThatAModelFolderIsMissing) {
  const auto result = run(
    {"ask", "-s", "pets.yaml", "-d", "pets.db", "-m", "none", "how many?"});
  EXPECT_EQ(result.code, 3) << result.err;
  EXPECT_NE(result.err.find("none"), std::string::npos) << result.err;
}

TEST_F(Aura, CountsThePartsOfAModelByItsConfiguration) {
  std::filesystem::create_directory(folder / "model");
  std::ofstream{folder / "model/config.json"} << R"({"model_type": "phi3",
    "vocab_size": 100352, "hidden_size": 5120, "num_hidden_layers": 40,
    "num_attention_heads": 40, "num_key_value_heads": 10,
    "intermediate_size": 17920, "max_position_embeddings": 16384,
    "rms_norm_eps": 1e-5, "rope_theta": 250000})";
  const auto plan = run({"model", "plan", "model"});
  EXPECT_EQ(plan.code, 0) << plan.err;
  EXPECT_EQ(
    plan.out,
    R"(phi3: 40 layers of 5120, 40 heads of 128 over 10 of keys and values, 17920 within
100352 tokens, 16384 positions, RoPE 250000

                tensors       parameters       bytes bf16
embedding             1      513,802,240    1,027,604,480
q, k, v              40    1,572,864,000    3,145,728,000
attention out        40    1,048,576,000    2,097,152,000
gate, up             40    7,340,032,000   14,680,064,000
down                 40    3,670,016,000    7,340,032,000
norms                81          414,720          829,440
head                  1      513,802,240    1,027,604,480
total               243   14,659,507,200   29,319,014,400
)");
  const auto inspect = run({"model", "inspect", "model"});
  EXPECT_EQ(inspect.code, 3);
  EXPECT_EQ(inspect.err, "aura: cannot open model/model.safetensors\n");
  const auto nothing = run({"model", "plan", "none"});
  EXPECT_EQ(nothing.code, 3);
  EXPECT_EQ(nothing.err,
            "aura: cannot read none/config.json: a pretrained model is a "
            "folder with config.json, *.safetensors and tokenizer.json, or a "
            "GGUF file\n");
}

} // namespace
} // namespace aura::testing
