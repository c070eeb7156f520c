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
  ours->text.insert(0, text);
  offer(d, where, std::move(*ours));
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
  const auto words = operator_words();
  const auto is = [&](std::string_view keyword) {
    return is_keyword(text_of(current()), keyword);
  };
  const auto ours = std::any_of(words.begin(), words.end(), is);
  const auto odd = !ours || ahead().kind == token_kind::foreign
                   || (is("LIMIT")
                       && (ahead(2).kind == token_kind::comma
                           || ahead(2).kind == token_kind::dot))
                   || (is("DISTINCT") && ahead().kind == token_kind::star)
                   || (is("UNION") && ahead(2).kind == token_kind::comma)
                   || (is("JOIN")
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
  auto& d
    = complain("AUR-E0113", where,
               rewritten->text.size() <= longest
                 ? "here this is written `" + rewritten->text + "`"
                 : upper(text_of(current())) + " is written otherwise here");
  offer(d, where, std::move(*rewritten));
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

} // namespace aura::dsl
