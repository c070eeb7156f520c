#include "kernels/dsl/foreign_calls.hpp"
#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>

/// Values as SQL, PRQL, KQL and pandas write them, each an error with a fix.
namespace aura::dsl {

namespace {

bool is_compound(const expr& x) {
  switch (x.kind) {
  case expr_kind::unary:
  case expr_kind::binary:
  case expr_kind::is_null:
  case expr_kind::in_list:
  case expr_kind::in_query:
  case expr_kind::between:
  case expr_kind::like:
  case expr_kind::during:
    return true;
  default:
    return false;
  }
}

std::string shortened(std::string text) {
  constexpr std::size_t longest = 60;
  if (text.size() <= longest)
    return text;
  auto cut = longest - 3;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0u) == 0x80u)
    --cut;
  return text.substr(0, cut) + "...";
}

} // namespace

// Whether what was just read from `where` on has no operator at its sides that
// might bind to a part of it.
bool parser::stands_alone(span where) const {
  const auto ties = [&](const token& x, bool before) {
    switch (x.kind) {
    case token_kind::end:
    case token_kind::pipe:
    case token_kind::comma:
    case token_kind::semicolon:
    case token_kind::assign:
      return false;
    case token_kind::left_paren:
      return !before;
    case token_kind::right_paren:
      return before;
    case token_kind::word:
      for (const auto* word : {"NOT", "LIKE", "IN", "IS", "BETWEEN", "DURING"})
        if (is_keyword(text_of(x), word))
          return true;
      return false;
    default:
      return true;
    }
  };
  const auto first = std::lower_bound(
    tokens_.begin(), tokens_.end(), where.start,
    [](const token& x, std::uint32_t at) { return x.where.start < at; });
  return !(first != tokens_.begin() && ties(*(first - 1), true))
         && !ties(current(), false);
}

// The fix that writes ours, and what to mind about it.
void parser::offer(diagnostic& d, span where, foreign::query_rewriting ours) {
  d.fixes.push_back({where, std::move(ours.text), ours.confidence});
  if (!ours.hint.empty())
    d.hints.push_back(std::move(ours.hint));
}

// Says that `x` is written otherwise, and reads it as what it means.
void parser::complain_rewritten(const char* code, expr& x,
                                foreign::rewriting ours,
                                const std::string& what) {
  ours.ours.where = x.where;
  auto text = print(ours.ours);
  auto& d
    = complain(code, x.where, what + " is written `" + shortened(text) + "`");
  if (is_compound(ours.ours) && !stands_alone(x.where))
    text = '(' + text + ')';
  offer(d, x.where, {std::move(text), ours.confidence, std::move(ours.hint)});
  x = std::move(ours.ours);
}

// Where an operand is expected.
bool parser::complain_about_foreign_operand() {
  const auto& t = current();
  const auto text = text_of(t);
  if (t.kind == token_kind::star)
    return complain_about_star();
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
  return false;
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

// x::type, once or more often.
std::optional<expr> parser::read_type_suffix(expr x) {
  while (!watch_ && current().kind == token_kind::foreign
         && text_of(current()) == "::") {
    const auto start = x.where.start;
    const auto type = ahead().kind == token_kind::word
                        ? foreign::our_type(text_of(ahead()))
                        : std::string_view{};
    if (type.empty()) {
      complain("AUR-E0109", current().where,
               "a value gets another type by CAST(x AS TYPE)");
      return std::nullopt;
    }
    advance();
    advance();
    auto cast = expr{};
    cast.kind = expr_kind::cast;
    cast.text = type;
    cast.arguments.push_back(std::move(x));
    auto whole = expr{};
    whole.where = from(start);
    complain_rewritten("AUR-E0109", whole, {std::move(cast), 0.95, ""}, "`::`");
    x = std::move(whole);
    if (!grow(height_))
      return std::nullopt;
  }
  return x;
}

// EXTRACT(year FROM x), at EXTRACT.
std::optional<expr> parser::read_extract() {
  const auto start = here();
  auto call = expr{};
  call.kind = expr_kind::call;
  call.text = "EXTRACT";
  advance();
  advance();
  auto part = expr{};
  part.kind = expr_kind::column;
  part.path.push_back({std::string{text_of(current())}, current().where});
  call.arguments.push_back(std::move(part));
  advance();
  advance();
  auto x = read_expression();
  if (!x || !expect(token_kind::right_paren, "after EXTRACT"))
    return std::nullopt;
  call.arguments.push_back(std::move(*x));
  call.where = from(start);
  mend_call(call);
  if (call.kind == expr_kind::call && call.text == "EXTRACT")
    complain("AUR-E0241", call.arguments[0].where,
             "EXTRACT is written as a function of the part, such as YEAR(x)");
  return call;
}

// INTERVAL '7' DAY, INTERVAL '7 days', INTERVAL 7 DAY, at INTERVAL.
std::optional<expr> parser::read_interval() {
  const auto start = here();
  advance();
  const auto quoted = current().kind == token_kind::text;
  auto text
    = quoted ? value(current(), source_) : std::string{text_of(current())};
  advance();
  auto duration = expr{};
  duration.kind = expr_kind::duration;
  auto u = maybe<unit>{};
  const auto space = text.find(' ');
  if (space != std::string::npos) {
    u = find_unit(std::string_view{text}.substr(space + 1));
    text.resize(space);
  } else if (current().kind == token_kind::word) {
    u = find_unit(text_of(current()));
    if (u)
      advance();
  }
  const auto digits = !text.empty() && text.size() < 19
                      && std::all_of(text.begin(), text.end(), [](char c) {
                           return c >= '0' && c <= '9';
                         });
  auto whole = expr{};
  whole.where = from(start);
  if (!u || !digits) {
    complain("AUR-E0140", whole.where,
             "a duration is a number and a unit, such as 15 MINUTES");
    return std::nullopt;
  }
  duration.text = text;
  duration.unit = *u;
  height_ = 0;
  complain_rewritten("AUR-E0140", whole, {std::move(duration), 0.95, ""},
                     "INTERVAL");
  return whole;
}

// f"{a} is {b}", at the f.
std::optional<expr> parser::read_format_string() {
  const auto start = here();
  const auto kind = text_of(current());
  if (is_keyword(kind, "S")) {
    advance();
    advance();
    complain("AUR-E0137", from(start), "raw SQL is not in version 1")
      .hints.push_back("what functions there are, the manual lists");
    return std::nullopt;
  }
  const auto text = value(ahead(), source_);
  advance();
  advance();
  auto whole = expr{};
  whole.where = from(start);
  auto ours = std::string{};
  const auto add
    = [&](const std::string& x) { ours += (ours.empty() ? "" : " || ") + x; };
  auto literal_text = std::string{};
  const auto flush = [&] {
    auto piece = expr{};
    piece.kind = expr_kind::text;
    piece.text = std::exchange(literal_text, {});
    if (!piece.text.empty())
      add(print(piece));
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto close = text[i] == '{' ? text.find('}', i) : std::string::npos;
    if (close == std::string::npos) {
      literal_text += text[i];
      continue;
    }
    flush();
    add(text.substr(i + 1, close - i - 1));
    i = close;
  }
  flush();
  auto& d = complain("AUR-E0109", whole.where,
                     "an f-string is written with `||` between its parts");
  d.fixes.push_back({whole.where, ours.empty() ? "''" : ours, 0.85});
  d.hints.push_back("a number joins a text as CAST(x AS TEXT)");
  whole.kind = expr_kind::text;
  height_ = 0;
  return whole;
}

// Reads a value that only other languages write so. False if there is none;
// otherwise `out` is what it means, if that is known.
bool parser::read_foreign_operand(maybe<expr>& out) {
  if (watch_ || current().kind != token_kind::word)
    return false;
  const auto word = text_of(current());
  const auto& next = ahead();
  if (next.kind != token_kind::left_paren && next.kind != token_kind::text
      && next.kind != token_kind::integer
      && next.kind != token_kind::double_text)
    return false;
  if (next.kind == token_kind::left_paren && is_keyword(word, "EXTRACT")
      && ahead(2).kind == token_kind::word
      && is_keyword(text_of(ahead(3)), "FROM")) {
    out = read_extract();
    return true;
  }
  if (is_keyword(word, "INTERVAL")
      && (next.kind == token_kind::text || next.kind == token_kind::integer)) {
    out = read_interval();
    return true;
  }
  if (word.size() == 1
      && (next.kind == token_kind::double_text || next.kind == token_kind::text)
      && next.where.start == current().where.end
      && (is_keyword(word, "F") || is_keyword(word, "S"))) {
    out = read_format_string();
    return true;
  }
  return false;
}

} // namespace aura::dsl
