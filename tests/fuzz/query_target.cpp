#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/complete.hpp"
#include "kernels/dsl/fixes.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/syntax_dump.hpp"
#include "kernels/dsl/tokens.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/sql/connection.hpp"
#include "kernels/sql/writer.hpp"
#include "tests/fuzz/target.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

// Bytes → tokens → syntax → print → resolve → SQL → SQLite, over the small
// database of the golden answers.

namespace aura::fuzz {

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& file) {
  auto in = std::ifstream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

struct laboratory {
  schema::schema tables;
  sql::connection database;

  static laboratory make() {
    const auto folder = fs::path{AURA_SOURCE_DIR} / "tests/golden/dsl";
    auto result = laboratory{};
    auto loaded = schema::load(folder / "lab.yaml");
    require(loaded.has_value(), "the schema loads", {});
    result.tables = std::move(*loaded);
    auto out = sql::writer::create();
    require(out.has_value(), "a database can be made", {});
    require(out->execute(read(folder / "lab.sql")).has_value(),
            "the database fills", {});
    auto image = out->image();
    require(image.has_value(), "the database has an image", {});
    auto opened = sql::connection::open_image(*image);
    require(opened.has_value(), "the database opens", {});
    result.database = std::move(*opened);
    return result;
  }
};

void check_places(const dsl::diagnostics& found, std::string_view source) {
  const auto inside = [&](const dsl::span& x) {
    return x.start <= x.end && x.end <= source.size();
  };
  require(found.size() <= 101, "at most 100 diagnostics and a last word",
          source);
  for (const auto& x : found) {
    require(x.code.starts_with("AUR-"), "a code", source);
    require(!x.message.empty(), "a message", source);
    require(inside(x.where), "a span within the text", source);
    for (const auto& y : x.related)
      require(inside(y.where), "a related span within the text", source);
    for (const auto& y : x.fixes)
      require(inside(y.where), "a fix within the text", source);
  }
  if (found.empty())
    return;
  dsl::render(found, source, "query");
  dsl::render_json(found, source);
  dsl::apply_fixes(source, found);
}

// parse(print(q)) == canonical(q), and printing again changes nothing.
void check_printing(const dsl::query& x, std::string_view source) {
  const auto once = dsl::print(x);
  for (const auto form : {dsl::layout::one_line, dsl::layout::pretty}) {
    const auto again = dsl::parse(dsl::print(x, form));
    require(again.query.has_value(), "what was printed parses", source);
    require(dsl::print(*again.query) == once, "printing is idempotent", source);
  }
}

// What the database may say of SQL that is right.
bool is_of_the_data(const fault& reason) {
  return reason.code == errc::timeout || reason.code == errc::resource_limit
         || reason.message.find("integer overflow") != std::string::npos;
}

} // namespace

void try_query(std::string_view source) {
  static auto lab = laboratory::make();
  static const auto decoder = dsl::constraint{lab.tables, {}};
  decoder.viable(source);
  decoder.complete(source);
  const auto tokens = dsl::tokenize(source);
  dsl::dump(tokens, source);
  const auto tree = dsl::parse(source);
  require(tree.query.has_value() != dsl::has_errors(tree.diagnostics),
          "a tree if and only if there are no errors", source);
  check_places(tree.diagnostics, source);
  if (tree.query) {
    dsl::dump(*tree.query);
    check_printing(*tree.query, source);
  }
  auto options = dsl::compile_options{};
  options.now = "2024-06-15 10:30:00";
  options.parameters["n"] = datum{std::int64_t{3}};
  options.parameters["room"] = datum{std::string{"Kitchen"}};
  const auto made = dsl::compile(source, lab.tables, options);
  require(made.compiled.has_value() != dsl::has_errors(made.diagnostics),
          "SQL if and only if there are no errors", source);
  check_places(made.diagnostics, source);
  if (!made.compiled)
    return;
  auto bounds = sql::limits{};
  bounds.deadline = std::chrono::milliseconds{200};
  bounds.rows = 1'000;
  bounds.bytes = 1u << 20;
  const auto rows
    = lab.database.run(made.compiled->sql, made.compiled->parameters, bounds);
  if (!rows && !is_of_the_data(rows.error()))
    fail(rows.error().message + "\n" + made.compiled->sql, source);
  if (rows)
    require(rows->columns.size() == made.compiled->columns.size(),
            "as many columns as were promised", source);
}

} // namespace aura::fuzz
