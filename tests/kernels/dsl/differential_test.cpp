#include "kernels/base/json.hpp"
#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/reference/interpret.hpp"
#include "kernels/skeleton/shrink.hpp"
#include "tests/kernels/dsl/trial.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

// Generated queries over unpleasant databases: what SQLite makes of their
// translation is what the reference interpreter makes of their text.
//   AURA_DIFFERENTIAL=100000       how many queries, 4000 if not set
//   AURA_DIFFERENTIAL_FIRST=0      the number of the first one
//   AURA_DIFFERENTIAL_DUMP=folder  writes queries, states and SQLite's answers

namespace aura::dsl {

namespace {

constexpr std::uint64_t slices = 8;
constexpr auto states_each = std::size_t{2};

compile_options options_for(const skeleton::grammar_query& x,
                            std::uint64_t number) {
  auto result = compile_options{};
  result.now = trial::now;
  result.parameters = x.parameters;
  // A literal means the same bound and in place.
  result.inline_literals = number % 2 == 1;
  return result;
}

/// How the runs of a slice ended.
struct tally {
  std::size_t runs = 0;
  std::size_t same = 0;
  std::size_t with_rows = 0;
  std::size_t ordered = 0;
  /// What the language leaves open, beyond 64 bits, or too large: by reason.
  std::map<std::string, std::size_t> skipped;
  std::map<std::string, std::size_t> refused;
};

std::string without_numbers(std::string text) {
  std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
  return text.substr(0, 60);
}

std::string spell(const std::vector<record>& rows) {
  auto result = std::string{};
  for (const auto& row : rows) {
    result += "  |";
    for (const auto& cell : row)
      result += " " + to_literal(cell) + " |";
    result += "\n";
  }
  return result;
}

interpreter::database database_of(const trial::domain& d,
                                  const trial::state& state) {
  auto result = interpreter::database{};
  for (std::size_t i = 0; i < d.schema.tables.size(); ++i)
    result.tables.push_back({d.schema.tables[i].name, state.rows[i]});
  return result;
}

/// A place where the two sides disagree: a sentence that begins with its kind,
/// so that a shrunk query fails in the same way.
using disagreement = std::optional<std::string>;

/// Compares the answers to one query on one state; counts in `seen`.
disagreement compare(const trial::domain& d, trial::state& state,
                     const query& x, const compile_options& options,
                     tally& seen) {
  ++seen.runs;
  const auto compiled = compile(x, d.schema, options);
  if (!compiled.compiled) {
    for (const auto& found : compiled.diagnostics)
      if (found.severity == severity::error) {
        ++seen.refused[found.code];
        break;
      }
    // The interpreter need not recognise every error.
    return std::nullopt;
  }
  auto how = interpreter::interpret_options{};
  how.now = options.now;
  how.parameters = options.parameters;
  const auto expected
    = interpreter::interpret(x, d.schema, database_of(d, state), how);
  const auto& made = *compiled.compiled;
  if (!expected && expected.error().code == errc::resolve_error)
    return "refused by the interpreter: " + expected.error().message;
  if (!expected && expected.error().code != errc::sql_error) {
    if (expected.error().code != errc::resource_limit)
      return "failed in the interpreter: " + expected.error().message;
    ++seen.skipped["interpreter: " + without_numbers(expected.error().message)];
    return std::nullopt;
  }
  const auto found = state.connection.run(made.sql, made.parameters);
  if (!expected || !expected->open.empty()) {
    const auto& reason
      = expected ? expected->open.front() : expected.error().message;
    ++seen.skipped[without_numbers(reason)];
    return std::nullopt;
  }
  if (!found) {
    if (found.error().code == errc::resource_limit
        || found.error().code == errc::timeout) {
      ++seen.skipped["SQLite: " + without_numbers(found.error().message)];
      return std::nullopt;
    }
    return "failed in SQLite: " + found.error().message;
  }
  if (made.columns.size() != expected->columns.size())
    return "columns: " + std::to_string(made.columns.size()) + " compiled, "
           + std::to_string(expected->columns.size()) + " expected";
  for (std::size_t i = 0; i < made.columns.size(); ++i) {
    const auto& a = made.columns[i];
    const auto& b = expected->columns[i];
    if (a.name != b.name || a.type != b.type)
      return "columns: " + a.name + " " + schema::to_string(a.type)
             + " compiled, " + b.name + " " + schema::to_string(b.type)
             + " expected";
    if (a.nullable)
      continue;
    for (const auto& row : found->rows)
      if (is_null(row[i]))
        return "nullable: " + a.name + " is NULL";
  }
  if (made.ordered != expected->ordered)
    return std::string{"order: "} + (made.ordered ? "compiled" : "expected")
           + " only";
  if (auto text = interpreter::difference(*expected, found->rows);
      !text.empty())
    return "rows: " + text + "\n found:\n" + spell(found->rows) + " expected:\n"
           + spell(expected->rows);
  ++seen.same;
  seen.with_rows += found->rows.empty() ? 0 : 1;
  seen.ordered += made.ordered ? 1 : 0;
  return std::nullopt;
}

std::string kind_of(const std::string& what) {
  return what.substr(0, what.find(':'));
}

/// Everything that is needed to see it again: the smallest query, the rows of
/// its state, and what both sides answer.
std::string report(const trial::domain& d, trial::state& state, const query& x,
                   const compile_options& options, const std::string& what) {
  auto unseen = tally{};
  const auto small = skeleton::shrink(x, [&](const query& candidate) {
    const auto again = compare(d, state, candidate, options, unseen);
    return again && kind_of(*again) == kind_of(what);
  });
  auto out = std::ostringstream{};
  out << d.name << " " << state.name << ", now " << options.now << "\n";
  for (const auto& [name, value] : options.parameters)
    out << "$" << name << " = " << to_literal(value) << "\n";
  out << "query: " << print(small) << "\n"
      << "drawn: " << print(x) << "\n";
  const auto compiled = compile(small, d.schema, options);
  if (compiled.compiled)
    out << "sql: " << compiled.compiled->sql << "\n";
  out << compare(d, state, small, options, unseen).value_or(what) << "\n";
  for (std::size_t i = 0; i < d.schema.tables.size(); ++i)
    if (print(small).find(d.schema.tables[i].name) != std::string::npos)
      out << d.schema.tables[i].name << "\n" << spell(state.rows[i]);
  return out.str();
}

class differential : public ::testing::TestWithParam<std::uint64_t> {
protected:
  void SetUp() override {
    auto opened = trial::open_all();
    ASSERT_TRUE(opened) << opened.error().message;
    domains_ = std::move(*opened);
  }

  std::vector<trial::domain> domains_;
};

TEST_P(differential, SqliteAnswersWhatTheLanguageSays) {
  const auto count = trial::setting("AURA_DIFFERENTIAL", 4000);
  const auto first = trial::setting("AURA_DIFFERENTIAL_FIRST", 0);
  auto seen = tally{};
  auto kinds = std::map<std::string, std::size_t>{};
  for (auto number = first + GetParam(); number < first + count;
       number += slices) {
    auto& d = domains_[trial::domain_of(number)];
    const auto drawn = trial::drawn(d, number);
    const auto options = options_for(drawn, number);
    for (std::size_t i = 0; i < states_each; ++i) {
      auto& state = d.states[(number / 2 + i * 3) % d.states.size()];
      const auto what = compare(d, state, drawn.query, options, seen);
      if (!what)
        continue;
      // A handful of each kind tells what is wrong; the rest is counted.
      if (++kinds[kind_of(*what)] <= 3)
        ADD_FAILURE() << "query " << number << ": "
                      << report(d, state, drawn.query, options, *what);
      break;
    }
  }
  for (const auto& [kind, n] : kinds)
    std::cout << "disagreement, " << kind << ": " << n << "\n";
  EXPECT_TRUE(kinds.empty());
  std::cout << seen.runs << " runs, " << seen.same << " the same ("
            << seen.with_rows << " with rows, " << seen.ordered
            << " ordered)\n";
  for (const auto& [reason, n] : seen.skipped)
    std::cout << "skipped, " << reason << ": " << n << "\n";
  for (const auto& [code, n] : seen.refused)
    std::cout << "refused, " << code << ": " << n << "\n";
  // The generator keeps a scope of its own, so that next to all resolve.
  auto refused = std::size_t{0};
  for (const auto& [code, n] : seen.refused)
    refused += n;
  EXPECT_LE(refused * 100, seen.runs);
  EXPECT_GE(seen.same * 100, seen.runs * 85);
  EXPECT_GE(seen.with_rows * 100, seen.runs * 40);
}

INSTANTIATE_TEST_SUITE_P(Slices, differential,
                         ::testing::Range(std::uint64_t{0}, slices));

// For those who ask another database the same questions.

nlohmann::json to_json(const datum& x) {
  if (const auto* i = std::get_if<std::int64_t>(&x))
    return *i;
  if (const auto* d = std::get_if<double>(&x))
    return *d;
  if (const auto* s = std::get_if<std::string>(&x))
    return *s;
  return nullptr;
}

nlohmann::json to_json(const std::vector<record>& rows) {
  auto result = nlohmann::json::array();
  for (const auto& row : rows) {
    auto cells = nlohmann::json::array();
    for (const auto& cell : row)
      cells.push_back(to_json(cell));
    result.push_back(std::move(cells));
  }
  return result;
}

nlohmann::json to_json(const trial::domain& d, const trial::state& state) {
  constexpr const char* formats[] = {"iso-space", "iso-t", "epoch-seconds"};
  auto result = nlohmann::json{{"schema", d.name}, {"state", state.name}};
  for (std::size_t i = 0; i < d.schema.tables.size(); ++i) {
    const auto& t = d.schema.tables[i];
    auto columns = nlohmann::json::array();
    for (const auto& c : t.columns)
      columns.push_back({{"name", c.name},
                         {"type", schema::to_string(c.type)},
                         {"format", formats[static_cast<int>(c.format)]}});
    result["tables"][t.name]
      = {{"columns", columns}, {"rows", to_json(state.rows[i])}};
  }
  return result;
}

TEST(Corpus, IsWrittenOnDemand) {
  namespace fs = std::filesystem;
  const auto* where = std::getenv("AURA_DIFFERENTIAL_DUMP");
  if (!where)
    GTEST_SKIP() << "AURA_DIFFERENTIAL_DUMP is not set";
  auto domains = trial::open_all();
  ASSERT_TRUE(domains) << domains.error().message;
  const auto folder = fs::path{where};
  fs::create_directories(folder / "schemas");
  fs::create_directories(folder / "states");
  for (std::size_t i = 0; i < domains->size(); ++i) {
    const auto& d = (*domains)[i];
    fs::copy_file(fs::path{AURA_SOURCE_DIR} / trial::schema_files[i],
                  folder / "schemas" / (d.name + ".yaml"),
                  fs::copy_options::overwrite_existing);
    for (const auto& state : d.states)
      std::ofstream{folder / "states" / (d.name + "." + state.name + ".json")}
        << to_json(d, state).dump(1) << "\n";
  }
  auto out = std::ofstream{folder / "corpus.jsonl"};
  const auto count = trial::setting("AURA_DIFFERENTIAL", 4000);
  const auto first = trial::setting("AURA_DIFFERENTIAL_FIRST", 0);
  for (auto number = first; number < first + count; ++number) {
    auto& d = (*domains)[trial::domain_of(number)];
    const auto drawn = trial::drawn(d, number);
    const auto options = options_for(drawn, number);
    auto& state = d.states[number / 2 % d.states.size()];
    const auto made = compile(drawn.query, d.schema, options);
    if (!made.compiled)
      continue;
    const auto rows
      = state.connection.run(made.compiled->sql, made.compiled->parameters);
    if (!rows)
      continue;
    auto how = interpreter::interpret_options{};
    how.now = options.now;
    how.parameters = options.parameters;
    const auto expected = interpreter::interpret(drawn.query, d.schema,
                                                 database_of(d, state), how);
    auto line = nlohmann::json{{"id", number},
                               {"schema", d.name},
                               {"state", state.name},
                               {"query", print(drawn.query)},
                               {"now", options.now},
                               {"ordered", made.compiled->ordered},
                               {"rows", to_json(rows->rows)},
                               {"ambiguous", nullptr}};
    line["parameters"] = nlohmann::json::object();
    for (const auto& [name, value] : drawn.parameters)
      line["parameters"][name] = to_json(value);
    for (const auto& c : made.compiled->columns)
      line["columns"].push_back(
        {{"name", c.name}, {"type", schema::to_string(c.type)}});
    if (!expected)
      line["ambiguous"] = expected.error().message;
    else if (!expected->open.empty())
      line["ambiguous"] = expected->open.front();
    else
      line["ranks"] = expected->ranks;
    auto other = options;
    other.target = sql_target::duckdb;
    if (const auto text = compile(drawn.query, d.schema, other); text.compiled)
      line["duckdb"] = text.compiled->sql;
    out << line.dump() << "\n";
  }
}

} // namespace

} // namespace aura::dsl
