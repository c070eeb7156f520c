#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/print_expression.hpp"
#include "kernels/dsl/words.hpp"

/// Small things that other languages write otherwise, within an operator that
/// is ours.
namespace aura::dsl {

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
