#include "kernels/dsl/comments.hpp"
#include "kernels/dsl/foreign_queries.hpp"
#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/print_expression.hpp"
#include "kernels/dsl/words.hpp"

/// What SQL, PRQL, KQL and pandas write where AuraDSL writes something else.
/// Each is an error with the fix that a machine may make.
namespace aura::dsl {

namespace {

struct spelling {
  std::string_view foreign;
  std::string_view ours;
};

constexpr auto operations = std::to_array<spelling>({
  {"WHERE", "FILTER"},   {"HAVING", "FILTER"},       {"DERIVE", "EXTEND"},
  {"MUTATE", "EXTEND"},  {"ADD", "EXTEND"},          {"COMPUTE", "EXTEND"},
  {"PROJECT", "SELECT"}, {"SUMMARIZE", "AGGREGATE"}, {"SUMMARISE", "AGGREGATE"},
  {"AGG", "AGGREGATE"},  {"ORDER", "SORT"},          {"ARRANGE", "SORT"},
  {"ORDER_BY", "SORT"},  {"SORT_BY", "SORT"},        {"TAKE", "LIMIT"},
  {"HEAD", "LIMIT"},     {"FETCH", "LIMIT"},         {"UNIQUE", "DISTINCT"},
  {"MERGE", "JOIN"},     {"OUTER", "FULL"},          {"MINUS", "EXCEPT"},
  {"QUALIFY", "FILTER"}, {"MELT", "UNPIVOT"},
});

// Known, and no operator of ours says the same.
constexpr auto hints = std::to_array<spelling>({
  {"GROUP", "grouping is part of AGGREGATE: `AGGREGATE SUM(x) BY key`"},
  {"COUNT", "rows are counted by `AGGREGATE COUNT()`"},
  {"WITH", "a name for a pipeline is given by `LET name = ... ;` at the start"},
  {"OFFSET", "OFFSET stands behind LIMIT: `LIMIT 10 OFFSET 20`"},
  {"SKIP", "rows are skipped by OFFSET behind LIMIT: `LIMIT 10 OFFSET 20`"},
  {"TAIL", "the last rows are the first ones of the other direction of SORT"},
  {"APPEND", "rows are added by `UNION ALL table`"},
  {"PARTITION",
   "a window or a TOP is cut by PER: `WINDOW RANK() PER key SORT x`"},
  {"RENDER", "a query ends with its rows; drawing them is for other tools"},
  {"FROM", "SOURCE begins the query, and JOIN adds a table"},
  {"SOURCE", "SOURCE begins the query, and JOIN adds a table"},
});

// Known, and not in this version.
struct absence {
  std::string_view foreign;
  const char* code;
  std::string_view why;
};

constexpr auto no_changes
  = std::string_view{"queries read, they change nothing"};

constexpr auto missing = std::to_array<absence>({
  {"INSERT", "AUR-E0136", no_changes},
  {"UPDATE", "AUR-E0136", no_changes},
  {"DELETE", "AUR-E0136", no_changes},
  {"CREATE", "AUR-E0136", no_changes},
  {"ALTER", "AUR-E0136", no_changes},
  {"TRUNCATE", "AUR-E0136", no_changes},
  {"REPLACE", "AUR-E0136", no_changes},
  {"SAMPLE", "AUR-E0134", "sampling is not in version 1"},
  {"TABLESAMPLE", "AUR-E0134", "sampling is not in version 1"},
  {"RECURSIVE", "AUR-E0133", "recursion is not in version 1"},
  {"LOOP", "AUR-E0133", "recursion is not in version 1"},
  {"VALUES", "AUR-E0135", "literal rows are not in version 1"},
  {"DATATABLE", "AUR-E0135", "literal rows are not in version 1"},
  {"SQL", "AUR-E0137", "raw SQL is not in version 1"},
});

template <class Table>
auto find(const Table& table, std::string_view word) {
  const auto i = std::find_if(table.begin(), table.end(), [word](auto& x) {
    return is_keyword(word, x.foreign);
  });
  return i == table.end() ? nullptr : &*i;
}

} // namespace

bool is_foreign_operation(std::string_view word) {
  return find(operations, word) || is_keyword(word, "GROUP");
}

// More is read, but not rewritten as a whole.
constexpr std::size_t most_rewritten = 4000;

// Whether a line of the source begins with token `i`.
bool parser::begins_line(std::size_t i) const {
  const auto start = tokens_[i].where.start;
  const auto before = i == 0 ? 0 : tokens_[i - 1].where.end;
  return source_.substr(before, start - before).find('\n')
         != std::string_view::npos;
}

// A whole query of SQL or pandas, at its first token. If it can be said in our
// words, the fix says it, and nothing is left to be read.
bool parser::foreign_query() {
  const auto all = foreign::words{source_, tokens_};
  const auto sql
    = all.is(at_, "SELECT") || (all.is(at_, "WITH") && all.is(at_ + 2, "AS"));
  const auto pandas = all.is(at_, token_kind::word)
                      && (all.symbol(at_ + 1, "[")
                          || (all.is(at_ + 1, token_kind::dot)
                              && all.is(at_ + 3, token_kind::left_paren)));
  if (!sql && !pandas)
    return false;
  auto end = at_;
  for (auto depth = 0; end - at_ <= most_rewritten; ++end) {
    const auto kind = tokens_[end].kind;
    depth += kind == token_kind::left_paren ? 1 : 0;
    depth -= kind == token_kind::right_paren ? 1 : 0;
    if (depth < 0 || kind == token_kind::end || kind == token_kind::semicolon)
      break;
  }
  if (end - at_ > most_rewritten)
    return false;
  const auto x = all.part(at_, end);
  auto ours = sql ? foreign::rewrite_sql(x) : foreign::rewrite_pandas(x);
  if (!ours)
    return false;
  const auto where = span{here(), tokens_[end - 1].where.end};
  auto text = std::string{};
  for (const auto& c : comments_)
    if (c.where.start >= where.start && c.where.end <= where.end)
      text += as_block_comment(c.text) + ' ';
  auto& d = complain("AUR-E0111", where,
                     sql ? "this is SQL; a pipeline begins with SOURCE, and "
                           "its operators stand in the order they happen"
                         : "this is Python; a pipeline begins with SOURCE, and "
                           "its operators stand behind `|>`");
  d.fixes.push_back({where, text + ours->text, ours->confidence});
  at_ = end;
  return true;
}

// Behind the last token of the operator at hand. In PRQL a line ends it.
std::size_t parser::stage_end() const {
  auto depth = 0;
  auto i = at_ + 1;
  for (; i < tokens_.size() && i - at_ <= most_rewritten; ++i) {
    const auto& t = tokens_[i];
    const auto text = text_of(t);
    if (t.kind == token_kind::left_paren || text == "{" || text == "[")
      ++depth;
    if (t.kind == token_kind::right_paren || text == "}" || text == "]")
      --depth;
    if (depth < 0 || t.kind == token_kind::end
        || t.kind == token_kind::semicolon)
      break;
    if (depth > 0)
      continue;
    if (t.kind == token_kind::pipe || text == "|")
      break;
    if (t.kind != token_kind::word || !begins_line(i)
        || tokens_[i - 1].kind == token_kind::comma)
      continue;
    const auto words = operator_words();
    if (is_foreign_operation(text)
        || std::find(words.begin(), words.end(), upper(text)) != words.end())
      break;
  }
  return i;
}

// An operator of PRQL, KQL or SQL that takes more than another word in place
// of its own. True if it was one; then it is behind us.
bool parser::foreign_stage() {
  const auto all = foreign::words{source_, tokens_};
  const auto word = upper(text_of(current()));
  const auto words = operator_words();
  const auto ours = std::find(words.begin(), words.end(), word) != words.end();
  const auto odd = !ours || ahead().kind == token_kind::foreign
                   || (word == "LIMIT"
                       && (ahead(2).kind == token_kind::comma
                           || ahead(2).kind == token_kind::dot))
                   || (word == "DISTINCT" && ahead().kind == token_kind::star)
                   || (word == "UNION" && ahead(2).kind == token_kind::comma)
                   || (word == "JOIN"
                       && ((all.is(at_ + 1, "SIDE") && all.symbol(at_ + 2, ":"))
                           || (all.is(at_ + 1, "KIND")
                               && ahead(2).kind == token_kind::assign)
                           || (ahead(2).kind == token_kind::left_paren
                               && ahead().kind != token_kind::left_paren)
                           || (ahead().kind == token_kind::left_paren
                               && !all.is(at_ + 2, "SOURCE")
                               && ahead(2).kind != token_kind::left_paren)));
  if (!odd)
    return false;
  const auto end = stage_end();
  if (end - at_ > most_rewritten)
    return false;
  auto rewritten = foreign::rewrite_stage(all.part(at_, end));
  if (!rewritten)
    return false;
  const auto where = span{here(), tokens_[end - 1].where.end};
  constexpr std::size_t longest = 60;
  auto& d = complain("AUR-E0113", where,
                     rewritten->text.size() <= longest
                       ? "here this is written `" + rewritten->text + "`"
                       : word + " is written otherwise here");
  d.fixes.push_back({where, std::move(rewritten->text), rewritten->confidence});
  if (!rewritten->hint.empty())
    d.hints.push_back(std::move(rewritten->hint));
  at_ = end;
  return true;
}

// At the start of a pipeline that does not say SOURCE. True if it is clear
// what is read, and the table comes next.
bool parser::foreign_source() {
  if (foreign_query())
    return false;
  const auto& t = current();
  const auto word = t.kind == token_kind::word ? text_of(t) : "";
  if (is_keyword(word, "FROM")) {
    complain("AUR-E0111", t.where, "FROM is written SOURCE")
      .fixes.push_back({t.where, "SOURCE", 1});
    advance();
    return true;
  }
  const auto next = ahead().kind;
  static constexpr auto source = std::to_array<std::string_view>({"SOURCE"});
  if (!word.empty() && !alike(word, source).empty()) {
    complain("AUR-E0111", t.where,
             "a pipeline begins with SOURCE, found " + found())
      .fixes.push_back({t.where, "SOURCE", 0.9});
    advance();
    return true;
  }
  auto& d
    = complain("AUR-E0111", t.where,
               "a pipeline begins with SOURCE and a table, found " + found());
  if (is_keyword(word, "SELECT") || is_keyword(word, "WITH")) {
    d.hints.push_back("this looks like SQL; the order here is `SOURCE table "
                      "|> FILTER ... |> AGGREGATE ... BY ... |> SORT ...`");
    return false;
  }
  if (const auto* x = find(missing, word)) {
    d.code = x->code;
    d.message = std::string{x->why};
    return false;
  }
  if (is_keyword(word, "DROP") && ahead().kind == token_kind::word) {
    d.code = "AUR-E0136";
    d.message = std::string{no_changes};
    return false;
  }
  if ((t.kind == token_kind::word && !is_reserved(word)
       && (next == token_kind::pipe || next == token_kind::end
           || text_of(ahead()) == "|"
           || (next == token_kind::word && begins_line(at_ + 1))))
      || t.kind == token_kind::quoted_name) {
    d.fixes.push_back({{t.where.start, t.where.start}, "SOURCE ", 0.9});
    return true;
  }
  return false;
}

// After `|>`, a word that is no operator. Returns the operator that is meant,
// the last token of its spelling being at hand; empty if there is none.
std::string_view parser::foreign_operation() {
  const auto& t = current();
  if (t.kind != token_kind::word) {
    if (!t.faulty)
      complain("AUR-E0112", t.where,
               "expected an operator, such as FILTER, found " + found());
    return {};
  }
  const auto word = text_of(t);
  if (const auto* x = find(operations, word)) {
    auto where = t.where;
    if (is_keyword(word, "ORDER") && ahead().kind == token_kind::word
        && is_keyword(text_of(ahead()), "BY")) {
      where.end = ahead().where.end;
      advance();
    }
    complain("AUR-E0113", where,
             upper(source_.substr(where.start, where.end - where.start))
               + " is written " + std::string{x->ours})
      .fixes.push_back({where, std::string{x->ours}, 1});
    return x->ours;
  }
  if (const auto* x = find(hints, word)) {
    complain("AUR-E0112", t.where, "no operator is called " + found())
      .hints.emplace_back(x->ours);
    return {};
  }
  if (const auto* x = find(missing, word)) {
    complain(x->code, t.where, std::string{x->why});
    return {};
  }
  auto& d = complain("AUR-E0112", t.where, "no operator is called " + found());
  d.candidates = alike(word, operator_words());
  if (d.candidates.empty())
    return {};
  d.fixes.push_back({t.where, d.candidates.front(), 0.8});
  const auto words = operator_words();
  return *std::find(words.begin(), words.end(), d.candidates.front());
}

// `n = e`, as PRQL and KQL name a column.
std::optional<name> parser::read_assigned_name() {
  if (strict_ || current().kind != token_kind::word
      || ahead().kind != token_kind::assign || is_reserved(text_of(current())))
    return std::nullopt;
  auto result = name{value(current(), source_), current().where};
  advance();
  advance();
  return result;
}

void parser::complain_about_assignment(const name& n, const expr& value) {
  const auto text = std::string{
    source_.substr(value.where.start, value.where.end - value.where.start)};
  complain("AUR-E0118", n.where, "a new column is named behind its expression")
    .fixes.push_back({{n.where.start, value.where.end},
                      text + " AS " + spell_name(n.text),
                      0.9});
}

// `SUM(x) total` and `SOURCE t a`, where SQL lets AS be left out.
bool parser::complain_about_missing_as(span before) {
  const auto& t = current();
  if (strict_ || t.kind != token_kind::word || is_reserved(text_of(t)))
    return false;
  const auto word = upper(text_of(t));
  const auto words = operator_words();
  if (std::find(words.begin(), words.end(), word) != words.end()
      || is_foreign_operation(word) || word == "RUNNING" || word == "ROLLING"
      || word == "ROWS" || word == "USING" || word == "FROM" || word == "FOR")
    return false;
  complain("AUR-E0118", t.where, "AS is missing before " + found())
    .fixes.push_back({{before.end, t.where.start}, " AS ", 0.8});
  return true;
}

// SELECT *, which is to leave SELECT out, or SELECT *, e AS n, which is EXTEND.
bool parser::complain_about_star() {
  const auto& t = current();
  auto& d = complain(
    "AUR-E0116", t.where,
    "`*` does not stand for columns; list them, or leave SELECT out");
  if (at_ == 0 || !is_keyword(text_of(tokens_[at_ - 1]), "SELECT"))
    return true;
  const auto& select = tokens_[at_ - 1];
  if (ahead().kind == token_kind::comma) {
    d.fixes.push_back({{select.where.start, ahead().where.end}, "EXTEND", 0.9});
    return true;
  }
  const auto& next = ahead();
  const auto ends = next.kind == token_kind::pipe
                    || next.kind == token_kind::end
                    || next.kind == token_kind::right_paren
                    || next.kind == token_kind::semicolon;
  if (!ends || at_ < 2)
    return true;
  const auto& pipe = tokens_[at_ - 2];
  if (pipe.kind == token_kind::pipe)
    d.fixes.push_back(
      {{at_ > 2 ? tokens_[at_ - 3].where.end : pipe.where.start, t.where.end},
       "",
       0.9});
  return true;
}

// SELECT DISTINCT a, b and DISTINCT a, b are SELECT a, b |> DISTINCT.
void parser::complain_about_distinct(std::uint32_t start, span items) {
  const auto text
    = std::string{source_.substr(items.start, items.end - items.start)};
  complain("AUR-E0109", {start, items.end},
           "DISTINCT is an operator of its own, over all columns")
    .fixes.push_back(
      {{start, items.end}, "SELECT " + text + " |> DISTINCT", 0.9});
}

// AGGREGATE ... GROUP BY k, and SORT BY k.
void parser::skip_needless_words() {
  if (watch_)
    return;
  const auto group = at_word("GROUP") && ahead().kind == token_kind::word
                     && is_keyword(text_of(ahead()), "BY");
  if (!group && !at_word("BY"))
    return;
  const auto& t = current();
  complain("AUR-E0109", t.where,
           group ? "GROUP BY is written BY" : "SORT needs no BY")
    .fixes.push_back({{t.where.start, ahead().where.start}, "", 1});
  advance();
}

// x == NULL is never true, and never what is meant.
void parser::complain_about_null(const expr& comparison) {
  if (comparison.text != "==" && comparison.text != "!=")
    return;
  const auto& left = comparison.arguments[0];
  const auto& right = comparison.arguments[1];
  if (left.kind != expr_kind::null && right.kind != expr_kind::null)
    return;
  if (strict_) {
    fatal_ = true;
    return;
  }
  const auto& other = right.kind == expr_kind::null ? left : right;
  const auto test = comparison.text == "==" ? " IS NULL" : " IS NOT NULL";
  const auto text = std::string{
    source_.substr(other.where.start, other.where.end - other.where.start)};
  complain("AUR-E0132", comparison.where,
           "a comparison with NULL is never true; it is written `IS NULL`")
    .fixes.push_back({comparison.where, text + test, 1});
}

// 1 < a < 3, which other languages know, and a == 1 || b == 2, where `||` was
// meant to be OR.
void parser::complain_about_chain(const expr& left) {
  auto& d = complain("AUR-E0114", current().where,
                     "comparisons do not chain; parentheses or AND say what "
                     "is meant");
  if (watch_ || left.kind != expr_kind::binary)
    return;
  const auto& middle = left.arguments[1];
  if (middle.kind == expr_kind::binary && middle.text == "||") {
    d.fixes.push_back(
      {{middle.arguments[0].where.end, middle.arguments[1].where.start},
       " OR ",
       0.85});
    return;
  }
  const auto op = text_of(current());
  const auto rising = left.text.front() == '<' && op.starts_with('<');
  const auto falling = left.text.front() == '>' && op.starts_with('>');
  if ((rising || falling) && op != "<>")
    d.fixes.push_back(
      {{middle.where.end, middle.where.end},
       " AND "
         + std::string{source_.substr(middle.where.start,
                                      middle.where.end - middle.where.start)},
       0.9});
}

} // namespace aura::dsl
