#include "kernels/base/random.hpp"
#include "kernels/dsl/editor/completion.hpp"
#include "kernels/dsl/editor/help.hpp"
#include "kernels/dsl/editor/hover.hpp"
#include "kernels/dsl/editor/outline.hpp"
#include "kernels/dsl/editor/place.hpp"
#include "kernels/dsl/editor/positions.hpp"
#include "kernels/dsl/editor/rename.hpp"
#include "kernels/dsl/functions.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/tokens.hpp"
#include "kernels/dsl/words.hpp"
#include "kernels/schema/load.hpp"
#include "tests/kernels/dsl/golden.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace aura::dsl::editor {
namespace {

const auto root = std::filesystem::path{AURA_SOURCE_DIR};

const schema::schema& smart_home() {
  static const auto loaded
    = schema::load(root / "configs" / "schemas" / "smart_home.yaml");
  EXPECT_TRUE(loaded) << loaded.error().message;
  return *loaded;
}

// A text and the cursor that `‸` marks in it.
struct marked {
  std::string text;
  std::size_t cursor = 0;
};

marked unmark(std::string_view x) {
  constexpr auto mark = std::string_view{"‸"};
  const auto at = x.find(mark);
  EXPECT_NE(at, x.npos) << x;
  auto result = marked{std::string{x.substr(0, at)}, at};
  result.text += x.substr(at + mark.size());
  return result;
}

std::string cut_out(std::string_view text, span where) {
  return std::string{text.substr(where.start, where.end - where.start)};
}

const char* to_string(proposal_kind x) {
  static constexpr const char* names[]
    = {"keyword", "operator", "function", "column", "relation", "table",
       "let",     "alias",    "value",    "unit",   "name"};
  return names[static_cast<std::size_t>(x)];
}

void check(const char* file, std::string (*answer)(const std::string&)) {
  testing::check_golden(root / "tests/golden/dsl/editor" / file, answer);
}

// What is replaced, and the proposals of each rank on a line. Of many
// functions the number.
std::string completions_of(const std::string& input) {
  const auto [text, cursor] = unmark(input);
  const auto found = complete_at(text, cursor, &smart_home());
  auto result = "[" + cut_out(text, found.where) + "]";
  auto rank = -1;
  auto functions = 0;
  const auto end_functions = [&] {
    if (functions > 3)
      result += " and " + std::to_string(functions - 3) + " more,";
    functions = 0;
  };
  for (const auto& p : found.proposals) {
    const auto is_function = p.kind == proposal_kind::function;
    if (p.rank != rank || !is_function)
      end_functions();
    if (p.rank != rank)
      result += "\n" + std::to_string(p.rank) + ":";
    rank = p.rank;
    functions += is_function ? 1 : 0;
    if (functions <= 3)
      result += " " + std::string{to_string(p.kind)} + " " + p.text
                + (p.takes_arguments ? "()" : "") + ",";
  }
  end_functions();
  return result;
}

TEST(Completion, ProposesWhatIsInScope) {
  check("complete.golden", completions_of);
}

std::string explanation_of(const std::string& input) {
  const auto [text, cursor] = unmark(input);
  const auto found = explain(text, cursor, &smart_home());
  return found ? "[" + cut_out(text, found->where) + "]\n" + found->markdown
               : "nothing";
}

TEST(Hover, ExplainsEveryKindOfWord) {
  check("hover.golden", explanation_of);
}

std::string signature_of(const std::string& input) {
  const auto [text, cursor] = unmark(input);
  const auto found = signature_at(text, cursor);
  if (!found)
    return "nothing";
  auto result = found->form;
  for (std::size_t i = 0; i < found->parameters.size(); ++i)
    result += (i == found->active ? "\n> " : "\n  ")
              + cut_out(found->form, found->parameters[i]);
  return result;
}

TEST(Signature, IsThatOfTheCallOrOperatorAroundTheCursor) {
  check("signature.golden", signature_of);
}

// Every place in [brackets], the defining one in [[two]].
std::string references_of(const std::string& input) {
  const auto [text, cursor] = unmark(input);
  auto edits = std::vector<edit>{};
  for (const auto& r : references_at(text, cursor, &smart_home()))
    edits.push_back({r.where, (r.defines ? "[[" : "[") + cut_out(text, r.where)
                                + (r.defines ? "]]" : "]")});
  auto result = applied(text, edits);
  if (const auto from = definition_at(text, cursor, &smart_home())) {
    result += "\n";
    if (from->where.end > 0)
      result += "from " + cut_out(text, from->where);
    else
      result += "from table " + from->table->name
                + (from->column     ? ", column " + from->column->name
                   : from->relation ? ", relation " + from->relation->name
                                    : "");
  }
  return result;
}

TEST(References, AreAllPlacesThatMeanTheSame) {
  check("references.golden", references_of);
}

// The cursor's name becomes `renamed`.
std::string renaming_of(const std::string& input) {
  const auto [text, cursor] = unmark(input);
  const auto edits = rename_at(text, cursor, "renamed", &smart_home());
  return edits ? applied(text, *edits) : "refused: " + edits.error().message;
}

TEST(Rename, ChangesEveryPlaceAndNoMeaning) {
  check("rename.golden", renaming_of);
}

TEST(Rename, TakesAnyNameThatIsOne) {
  const auto text = std::string{"LET a = SOURCE devices; SOURCE a"};
  const auto with = [&](std::string_view n) {
    const auto edits = rename_at(text, 5, n, &smart_home());
    return edits ? applied(text, *edits) : edits.error().message;
  };
  EXPECT_EQ(with("two words"),
            "LET `two words` = SOURCE devices; SOURCE `two words`");
  EXPECT_EQ(with("`two words`"),
            "LET `two words` = SOURCE devices; SOURCE `two words`");
  EXPECT_EQ(with("by"), "LET `by` = SOURCE devices; SOURCE `by`");
  EXPECT_EQ(with(""), "a name has letters, and no line breaks");
  EXPECT_EQ(with("a\nb"), "a name has letters, and no line breaks");
}

std::string outline_of(const std::string& input) {
  auto result = std::string{};
  const auto add = [&](const auto& self, const outline_item& x,
                       const std::string& indent) -> void {
    result += indent + x.name + " [" + cut_out(input, x.name_where) + "] "
              + x.detail + "\n";
    for (const auto& c : x.children)
      self(self, c, indent + "  ");
  };
  for (const auto& x : outline(input))
    add(add, x, "");
  auto edits = std::vector<edit>{};
  for (const auto& x : inlays(input, smart_home()))
    edits.push_back({{x.at, x.at}, "«" + x.text + "»"});
  return result + applied(input, edits);
}

TEST(Outline, ShowsLetsAndOperatorsAndTypes) {
  check("outline.golden", outline_of);
}

std::string problems_of(const std::string& input) {
  auto options = compile_options{};
  options.now = "2024-06-15 12:00:00";
  auto result = std::string{};
  for (const auto& d : problems(input, &smart_home(), options))
    result += d.code + " [" + cut_out(input, d.where) + "] " + d.message + "\n";
  return result;
}

TEST(Problems, ComeFromAllThatCanBeRead) {
  check("problems.golden", problems_of);
}

TEST(Help, KnowsEveryFunctionAndOperator) {
  for (const auto& f : functions())
    EXPECT_TRUE(find_function_help(f.name)) << f.name;
  EXPECT_EQ(function_help().size(), functions().size());
  for (auto word : operator_words())
    EXPECT_TRUE(find_operator_help(word)) << word;
  for (const auto& x : operator_help()) {
    const auto text = x.word == "SOURCE"
                        ? std::string{x.example}
                        : "SOURCE t |> " + std::string{x.example};
    EXPECT_TRUE(parse(text).query) << text;
  }
  for (const auto& x : function_help())
    if (!x.example.empty()) {
      const auto text
        = "SOURCE t |> WINDOW " + std::string{x.example} + " AS x";
      EXPECT_TRUE(parse(text).query) << text;
    }
}

TEST(Positions, CountWhatTheEditorCounts) {
  const auto text = std::string{"a€😀b\r\nc\xff"
                                "d\n\re"};
  const auto index = line_index{text};
  struct row {
    std::size_t offset;
    position utf8, utf16, utf32;
  };
  for (const auto& x : std::vector<row>{
         {0, {0, 0}, {0, 0}, {0, 0}},
         {1, {0, 1}, {0, 1}, {0, 1}},
         {4, {0, 4}, {0, 2}, {0, 2}},
         {8, {0, 8}, {0, 4}, {0, 3}},
         {9, {0, 9}, {0, 5}, {0, 4}},
         {11, {1, 0}, {1, 0}, {1, 0}},
         {13, {1, 2}, {1, 2}, {1, 2}},
         {14, {1, 3}, {1, 3}, {1, 3}},
         {15, {2, 0}, {2, 0}, {2, 0}},
         {16, {3, 0}, {3, 0}, {3, 0}},
         {17, {3, 1}, {3, 1}, {3, 1}},
       }) {
    EXPECT_EQ(index.at(x.offset, column_unit::utf8, text), x.utf8) << x.offset;
    EXPECT_EQ(index.at(x.offset, column_unit::utf16, text), x.utf16)
      << x.offset;
    EXPECT_EQ(index.at(x.offset, column_unit::utf32, text), x.utf32)
      << x.offset;
    EXPECT_EQ(index.offset(x.utf8, column_unit::utf8, text), x.offset);
    EXPECT_EQ(index.offset(x.utf16, column_unit::utf16, text), x.offset);
    EXPECT_EQ(index.offset(x.utf32, column_unit::utf32, text), x.offset);
  }
  // Inside a character, beyond a line, beyond the text.
  EXPECT_EQ(index.offset({0, 3}, column_unit::utf16, text), 4u);
  EXPECT_EQ(index.offset({0, 99}, column_unit::utf16, text), 9u);
  EXPECT_EQ(index.offset({9, 0}, column_unit::utf16, text), text.size());
  EXPECT_EQ(index.at(99, column_unit::utf16, text), (position{3, 1}));
}

// Everything an editor may ask, at every byte of queries that are cut, torn
// and mixed with other bytes.
TEST(Editor, AnswersForAnyText) {
  auto corpus = std::vector<std::string>{};
  for (auto& c :
       testing::read_golden(root / "tests/golden/dsl/complete.golden"))
    corpus.push_back(std::move(c.input));
  for (std::uint64_t i = 0; i < 300; ++i) {
    auto random = random_stream{11, "editor", i};
    auto text = random.pick(corpus);
    if (random.below(2) == 0)
      text.resize(random.below(text.size() + 1));
    const auto n = random.below(3);
    for (std::uint64_t k = 0; k < n; ++k)
      text.insert(
        text.begin()
          + static_cast<std::ptrdiff_t>(random.below(text.size() + 1)),
        static_cast<char>(random.below(256)));
    const auto at = random.below(text.size() + 1);
    const auto* s = random.below(8) == 0 ? nullptr : &smart_home();
    const auto found = complete_at(text, at, s);
    EXPECT_LE(found.where.end, text.size());
    explain(text, at, s);
    signature_at(text, at);
    references_at(text, at, s);
    definition_at(text, at, s);
    if (const auto edits = rename_at(text, at, "renamed", s)) {
      EXPECT_FALSE(edits->empty());
      EXPECT_FALSE(applied(text, *edits).empty());
    }
    outline(text);
    inlays(text, smart_home());
    auto options = compile_options{};
    options.now = "2024-06-15 12:00:00";
    problems(text, s, options);
  }
}

TEST(Editor, ProposesEveryWordOfAQueryInItsPlace) {
  for (const auto& c :
       testing::read_golden(root / "tests/golden/dsl/complete.golden")) {
    const auto list = tokenize(c.input);
    for (std::size_t i = 0; i + 1 < list.tokens.size(); ++i) {
      const auto& t = list.tokens[i];
      if (t.kind != token_kind::word)
        continue;
      const auto word = std::string{raw(t, c.input)};
      const auto before
        = i > 0 ? std::string{raw(list.tokens[i - 1], c.input)} : "";
      if (before == "AS" || before == "LET"
          || (before == "FOR" && c.input.find("UNPIVOT") != c.input.npos)
          || before == "UNPIVOT")
        continue; // a new name
      const auto found = complete_at(c.input, t.where.end, &smart_home());
      const auto is_there = std::any_of(
        found.proposals.begin(), found.proposals.end(), [&](const auto& p) {
          return p.text == word || p.text.starts_with(word + " ")
                 || p.text.ends_with(" " + word)
                 || (p.text.size() > word.size() && p.text + "S" == word)
                 || p.text == word + "S" || p.text.ends_with("." + word);
        });
      EXPECT_TRUE(is_there)
        << word << " at " << t.where.start << " of " << c.input;
    }
  }
}

} // namespace
} // namespace aura::dsl::editor
