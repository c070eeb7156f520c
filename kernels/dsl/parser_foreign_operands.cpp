#include "kernels/dsl/foreign_functions.hpp"
#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/print_expression.hpp"
#include "kernels/dsl/words.hpp"

/// What other languages write where AuraDSL has an operand.
namespace aura::dsl {

// Where an operand is expected.
bool parser::complain_about_foreign_operand() {
  const auto& t = current();
  const auto text = text_of(t);
  if (t.kind == token_kind::star) {
    complain("AUR-E0116", t.where,
             "`*` does not stand for columns; list them, or leave SELECT out");
    return true;
  }
  if (t.kind == token_kind::dot && ahead().kind == token_kind::integer
      && ahead().where.start == t.where.end) {
    complain("AUR-E0109", {t.where.start, ahead().where.end},
             "a number begins with a digit")
      .fixes.push_back({{t.where.start, t.where.start}, "0", 1});
    return true;
  }
  if (t.kind != token_kind::word)
    return false;
  if (ahead().kind == token_kind::left_paren && is_keyword(text, "EXISTS")) {
    complain("AUR-E0138", t.where, "EXISTS is not in version 1")
      .hints.push_back("SEMI JOIN keeps the rows that have a match, ANTI JOIN "
                       "those that have none; `x IN (SOURCE ...)` compares a "
                       "column");
    return true;
  }
  // PRQL's s"..." and f"...".
  if (ahead().kind == token_kind::double_text
      && ahead().where.start == t.where.end
      && (is_keyword(text, "S") || is_keyword(text, "F"))) {
    const span whole{t.where.start, ahead().where.end};
    if (is_keyword(text, "S"))
      complain("AUR-E0137", whole, "raw SQL is not in version 1");
    else
      complain("AUR-E0109", whole, "texts are put together by `||`")
        .hints.push_back("`first || ' ' || last`, and CAST(n AS TEXT) for "
                         "what is no text");
    return true;
  }
  return false;
}

// INTERVAL '7' DAY, INTERVAL '7 days' and INTERVAL 7 DAY are 7 DAYS.
std::optional<expr> parser::read_interval() {
  if (!is_keyword(text_of(current()), "INTERVAL"))
    return std::nullopt;
  const auto start = here();
  const auto& amount = ahead();
  auto text = std::string{};
  if (amount.kind == token_kind::text || amount.kind == token_kind::integer)
    text = value(amount, source_);
  const auto blank = text.find(' ');
  auto result = expr{};
  result.kind = expr_kind::duration;
  result.text = text.substr(0, blank);
  if (result.text.empty()
      || result.text.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  auto found_unit = blank == std::string::npos
                      ? std::optional<unit>{}
                      : find_unit(std::string_view{text}.substr(blank + 1));
  const auto apart
    = blank == std::string::npos && ahead(2).kind == token_kind::word;
  if (apart)
    found_unit = find_unit(text_of(ahead(2)));
  if (!found_unit)
    return std::nullopt;
  result.unit = *found_unit;
  advance();
  advance();
  if (apart)
    advance();
  result.where = from(start);
  height_ = 0;
  complain("AUR-E0140", result.where, "a duration is a number and a unit")
    .fixes.push_back(
      {result.where, print_units(result.text, result.unit), 0.95});
  return result;
}

// SOURCE [{a = 1}], SOURCE (VALUES (1)), SOURCE VALUES (1).
bool parser::complain_about_literal_rows() {
  if (watch_)
    return false;
  const auto values = [this](std::size_t n) {
    return ahead(n).kind == token_kind::word
           && is_keyword(text_of(ahead(n)), "VALUES")
           && ahead(n + 1).kind == token_kind::left_paren;
  };
  const auto bracket
    = current().kind == token_kind::foreign && text_of(current()) == "[";
  if (!bracket && !values(0)
      && !(current().kind == token_kind::left_paren && values(1)))
    return false;
  complain("AUR-E0135", current().where, "literal rows are not in version 1")
    .hints.push_back("a list of values stands in `x IN (1, 2, 3)`");
  return true;
}

// x::INTEGER is CAST(x AS INTEGER).
expr parser::read_foreign_cast(expr x) {
  while (!watch_ && current().kind == token_kind::foreign
         && text_of(current()) == "::" && ahead().kind == token_kind::word) {
    auto type = our_type(text_of(ahead()));
    if (type.empty())
      type = upper(text_of(ahead()));
    advance();
    advance();
    auto result = expr{};
    result.kind = expr_kind::cast;
    result.text = type;
    result.where = from(x.where.start);
    auto text = std::string{"CAST("};
    print_expression(text, x);
    text += " AS " + type + ")";
    complain("AUR-E0109", result.where, "`::` is written CAST")
      .fixes.push_back({result.where, std::move(text), 0.9});
    result.arguments.push_back(std::move(x));
    x = std::move(result);
  }
  return x;
}

// SUM(x) OVER (...), whose clauses are those of WINDOW.
void parser::complain_about_over() {
  if (watch_ || current().kind != token_kind::word
      || ahead().kind != token_kind::left_paren
      || !is_keyword(text_of(current()), "OVER"))
    return;
  const auto start = here();
  advance();
  auto depth = 0;
  do {
    if (current().kind == token_kind::left_paren)
      ++depth;
    if (current().kind == token_kind::right_paren)
      --depth;
    advance();
  } while (depth > 0 && !at_end() && current().kind != token_kind::pipe);
  complain("AUR-E0141", from(start), "OVER is an operator of its own, WINDOW")
    .hints.push_back("|> WINDOW SUM(x) AS total PER key SORT day RUNNING");
}

// EXTRACT(YEAR FROM x) is YEAR(x). At the name; true if it was read.
std::optional<expr> parser::read_extract() {
  if (watch_ || !is_keyword(text_of(current()), "EXTRACT")
      || ahead(2).kind != token_kind::word || ahead(3).kind != token_kind::word
      || !is_keyword(text_of(ahead(3)), "FROM"))
    return std::nullopt;
  const auto start = here();
  auto result = expr{};
  result.kind = expr_kind::call;
  result.text = upper(text_of(ahead(2)));
  for (auto i = 0; i < 4; ++i)
    advance();
  auto x = read_expression();
  if (!x || !expect(token_kind::right_paren, "after the operand of EXTRACT"))
    return std::nullopt;
  result.arguments.push_back(std::move(*x));
  result.where = from(start);
  auto text = std::string{};
  print_expression(text, result);
  complain("AUR-E0109", result.where, "EXTRACT is a function of each part")
    .fixes.push_back({result.where, std::move(text), 0.9});
  return result;
}

} // namespace aura::dsl
