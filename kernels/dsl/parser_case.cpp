#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/print_expression.hpp"
#include "kernels/dsl/words.hpp"

namespace aura::dsl {

std::optional<expr> parser::read_case() {
  const auto start = here();
  if (!nest())
    return std::nullopt;
  auto result = expr{};
  result.kind = expr_kind::case_when;
  advance();
  auto tallest = 0;
  // CASE x WHEN 1 THEN ..., as SQL knows it too.
  auto subject = maybe<expr>{};
  if (!watch_ && !at_word("WHEN") && !at_end()) {
    subject = read_expression();
    if (!subject)
      return std::nullopt;
    tallest = height_;
  }
  const auto branch = [&](slot what) {
    auto in = enter(what, nullptr, {}, &result.arguments);
    auto x = read_expression();
    if (!x || !finished(*x))
      return false;
    tallest = std::max(tallest, height_);
    if (subject && what == slot::when) {
      auto equal = expr{};
      equal.kind = expr_kind::binary;
      equal.text = "==";
      equal.where = x->where;
      equal.arguments.push_back(*subject);
      equal.arguments.push_back(std::move(*x));
      x = std::move(equal);
      ++tallest;
    }
    result.arguments.push_back(std::move(*x));
    return true;
  };
  while (accept_word("WHEN"))
    if (!branch(slot::when) || !expect_word("THEN", "after the condition")
        || !branch(slot::then))
      return std::nullopt;
  if (result.arguments.empty()) {
    expected("`WHEN` after CASE");
    return std::nullopt;
  }
  if (accept_word("ELSE") && !branch(slot::then))
    return std::nullopt;
  unnest();
  if (!expect_word("END", "to close CASE") || !grow(tallest))
    return std::nullopt;
  result.where = from(start);
  if (subject) {
    auto text = std::string{};
    print_expression(text, result);
    complain("AUR-E0139", subject->where,
             "CASE is followed by WHEN and a whole condition")
      .fixes.push_back({result.where, std::move(text), 0.95});
  }
  if (!takes(result))
    return std::nullopt;
  return result;
}

std::optional<expr> parser::read_cast() {
  static constexpr auto types = std::to_array<std::string_view>(
    {"INTEGER", "REAL", "TEXT", "BOOLEAN", "DATE", "TIMESTAMP"});
  const auto start = here();
  if (!nest())
    return std::nullopt;
  auto result = expr{};
  result.kind = expr_kind::cast;
  advance();
  advance();
  {
    auto in = enter(slot::cast);
    auto x = read_expression();
    if (!x || !finished(*x))
      return std::nullopt;
    result.arguments.push_back(std::move(*x));
  }
  const auto below = height_;
  if (!expect_word("AS", "and a type in CAST"))
    return std::nullopt;
  for (auto x : types) {
    if (watch_ && !watch_->takes_cast(result.arguments.front(), x))
      continue;
    if (!accept_word(x))
      continue;
    result.text = x;
    break;
  }
  if (result.text.empty()) {
    if (strict_ || watching_end()) {
      fatal_ = true;
      return std::nullopt;
    }
    auto& d = complain("AUR-E0131", current().where,
                       "expected a type, found " + found());
    for (auto x : types)
      d.candidates.emplace_back(x);
    const auto near = alike(text_of(current()), types);
    auto ours = std::string{foreign::our_type(text_of(current()))};
    if (!ours.empty())
      d.message = upper(text_of(current())) + " is written " + ours;
    else if (!near.empty())
      ours = near.front();
    if (ours.empty())
      return std::nullopt;
    const auto type = here();
    result.text = ours;
    advance();
    // DOUBLE PRECISION, VARCHAR(20), DECIMAL(10, 2): one type with us.
    while (current().kind == token_kind::word)
      advance();
    if (accept(token_kind::left_paren)) {
      while (current().kind == token_kind::integer
             || current().kind == token_kind::comma)
        advance();
      if (!expect(token_kind::right_paren, "after the size of a type"))
        return std::nullopt;
    }
    d.where = from(type);
    d.fixes.push_back({d.where, std::move(ours), 0.9});
  }
  unnest();
  if (!expect(token_kind::right_paren, "after the type") || !grow(below))
    return std::nullopt;
  result.where = from(start);
  if (!takes(result))
    return std::nullopt;
  return result;
}

} // namespace aura::dsl
