#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/words.hpp"

namespace aura::dsl {

namespace {

struct word_operator {
  std::string_view word;
  binary_operator op;
};

constexpr auto word_operators = std::to_array<word_operator>({
  {"AND", {binds_and, "AND"}},
  {"OR", {binds_or, "OR"}},
  {"IS", {binds_compare, "IS"}},
  {"IN", {binds_compare, "IN"}},
  {"NOT", {binds_compare, "NOT"}},
  {"LIKE", {binds_compare, "LIKE"}},
  {"BETWEEN", {binds_compare, "BETWEEN"}},
  {"DURING", {binds_compare, "DURING"}},
});

std::optional<binary_operator> symbol_operator(token_kind kind) {
  switch (kind) {
  case token_kind::star:
    return binary_operator{binds_multiply, "*"};
  case token_kind::slash:
    return binary_operator{binds_multiply, "/"};
  case token_kind::double_slash:
    return binary_operator{binds_multiply, "//"};
  case token_kind::percent:
    return binary_operator{binds_multiply, "%"};
  case token_kind::plus:
    return binary_operator{binds_add, "+"};
  case token_kind::minus:
    return binary_operator{binds_add, "-"};
  case token_kind::concat:
    return binary_operator{binds_concat, "||"};
  case token_kind::coalesce:
    return binary_operator{binds_coalesce, "\?\?"};
  case token_kind::equal:
    return binary_operator{binds_compare, "=="};
  case token_kind::not_equal:
    return binary_operator{binds_compare, "!="};
  case token_kind::less:
    return binary_operator{binds_compare, "<"};
  case token_kind::less_equal:
    return binary_operator{binds_compare, "<="};
  case token_kind::greater:
    return binary_operator{binds_compare, ">"};
  case token_kind::greater_equal:
    return binary_operator{binds_compare, ">="};
  default:
    return std::nullopt;
  }
}

// Whether two comparisons stand side by side without parentheses.
bool is_comparison(const binary_operator& x) {
  return x.precedence == binds_compare;
}

} // namespace

std::optional<binary_operator> parser::operator_here() {
  if (auto op = symbol_operator(current().kind))
    return op;
  if (current().kind == token_kind::word) {
    for (const auto& x : word_operators)
      if (says(current(), x.word))
        return x.op;
  }
  return foreign_operator();
}

std::optional<expr> parser::read_expression(int least) {
  auto most = binds_unary;
  auto left = read_prefix(least, most);
  while (left && !fatal_) {
    if (watching_end()) {
      watch_->operator_after(*left, least, most);
      return left;
    }
    const auto op = operator_here();
    if (!op || op->precedence < least) {
      if (!watch_ && least == binds_or && text_of(current()) == "?")
        return read_ternary(std::move(*left));
      return left;
    }
    if (op->precedence > most) {
      complain_about_chain(*left);
      return std::nullopt;
    }
    if (op->is_foreign)
      complain_about_foreign_operator(*op);
    if (watch_ && !watch_->takes_operator(op->text, *left, least)) {
      fatal_ = true;
      return std::nullopt;
    }
    left = op->is_rewritten ? read_foreign_rest(std::move(*left), *op)
                            : read_rest(std::move(*left), *op);
    most = is_comparison(*op) ? binds_compare - 1 : op->precedence;
  }
  return left;
}

// An operand with what stands before it.
std::optional<expr> parser::read_prefix(int least, int& most) {
  const auto start = here();
  if (watching_end())
    watch_->operand(least);
  if (at_end()) {
    expected("an expression");
    return std::nullopt;
  }
  if (current().kind == token_kind::minus) {
    if (!nest())
      return std::nullopt;
    advance();
    auto result = expr{};
    auto in = enter(slot::minus);
    auto inner = 0;
    auto x = read_prefix(binds_unary, inner);
    unnest();
    if (!x || !finished(*x) || !grow(height_))
      return std::nullopt;
    result.kind = expr_kind::unary;
    result.text = "-";
    result.arguments.push_back(std::move(*x));
    result.where = from(start);
    return result;
  }
  const auto is_not = says(current(), "NOT");
  const auto is_bang
    = current().kind == token_kind::foreign && text_of(current()) == "!";
  if (!is_not && !is_bang) {
    auto x = read_operand();
    if (x && current().kind == token_kind::foreign)
      x = read_type_suffix(std::move(*x));
    return x;
  }
  if (is_bang)
    complain("AUR-E0109", current().where, "`!` is written NOT")
      .fixes.push_back(
        {current().where,
         ahead().where.start > current().where.end ? "NOT" : "NOT ", 0.9});
  if (least > binds_not) {
    complain("AUR-E0115", current().where,
             "NOT binds weaker than what precedes it; put it in parentheses");
    return std::nullopt;
  }
  if (!nest())
    return std::nullopt;
  advance();
  auto result = expr{};
  auto in = enter(slot::negated);
  auto x = read_expression(binds_not);
  unnest();
  if (!x || !finished(*x) || !grow(height_))
    return std::nullopt;
  result.kind = expr_kind::unary;
  result.text = "NOT";
  result.arguments.push_back(std::move(*x));
  result.where = from(start);
  most = binds_and;
  return result;
}

std::optional<expr> parser::read_rest(expr&& left, binary_operator op) {
  if (op.is_foreign && op.text == "LIKE") {
    advance();
    return read_like(std::move(left), false);
  }
  if (is_comparison(op) && !op.text.empty() && op.text[0] >= 'A'
      && op.text[0] <= 'Z')
    return read_comparison_tail(std::move(left));
  const auto below = height_;
  const auto power
    = op.text == "*" && !watch_ && ahead().kind == token_kind::star;
  if (power) {
    advance();
    return read_foreign_rest(std::move(left),
                             {binds_unary, "POWER", true, true});
  }
  advance();
  auto right = maybe<expr>{};
  {
    auto in = enter(slot::operand, &left, op.text);
    right = read_expression(op.precedence + 1);
    if (!right || !finished(*right))
      return std::nullopt;
  }
  if (!grow(std::max(below, height_)))
    return std::nullopt;
  return joined(std::move(left), op.text, std::move(*right));
}

// One object from the start, which the caller gets without a copy.
std::optional<expr> parser::joined(expr&& left, std::string_view op,
                                   expr&& right) {
  auto result = maybe<expr>{std::in_place};
  result->kind = expr_kind::binary;
  result->text = op;
  result->where = from(left.where.start);
  result->arguments.reserve(2);
  result->arguments.push_back(std::move(left));
  result->arguments.push_back(std::move(right));
  complain_about_null(*result);
  return result;
}

// IS [NOT] NULL, [NOT] IN, [NOT] BETWEEN, [NOT] LIKE, [NOT] DURING.
std::optional<expr> parser::read_comparison_tail(expr&& left) {
  const auto below = height_;
  auto result = maybe<expr>{};
  if (accept_word("IS")) {
    result = read_is_null(std::move(left));
  } else {
    const auto negated = accept_word("NOT");
    const auto accepts = [&](std::string_view word) {
      return (!watch_ || watch_->takes_operator(word, left, binds_or))
             && accept_word(word);
    };
    if (accepts("IN"))
      result = read_in(std::move(left), negated);
    else if (accepts("BETWEEN"))
      result = read_between(std::move(left), negated);
    else if (accepts("LIKE"))
      result = read_like(std::move(left), negated);
    else if (!watch_ && says(current(), "ILIKE"))
      result = read_ilike(std::move(left), negated);
    else if (accepts("DURING"))
      result = read_during(std::move(left), negated);
    else
      expected("IN, BETWEEN, LIKE or DURING after NOT");
  }
  if (!result || !grow(std::max(below, height_)))
    return std::nullopt;
  return result;
}

namespace {

expr tail(expr_kind kind, expr&& left, bool negated) {
  auto result = expr{};
  result.kind = kind;
  result.negated = negated;
  result.where = left.where;
  result.arguments.reserve(3);
  result.arguments.push_back(std::move(left));
  return result;
}

} // namespace

std::optional<expr> parser::read_is_null(expr&& left) {
  const auto negated = accept_word("NOT");
  if (!watch_ && !at_end() && !says(current(), "NULL"))
    return read_foreign_is(std::move(left), negated);
  if (!expect_word("NULL", "after IS"))
    return std::nullopt;
  auto result = tail(expr_kind::is_null, std::move(left), negated);
  result.where = from(result.where.start);
  return result;
}

std::optional<expr> parser::read_in(expr&& left, bool negated) {
  auto result = tail(expr_kind::in_list, std::move(left), negated);
  auto in = enter(slot::member, result.arguments.data());
  if (!watch_ && read_foreign_list(result))
    return result;
  if (!expect(token_kind::left_paren, "after IN") || !nest())
    return std::nullopt;
  if (begins_pipeline()) {
    result.kind = expr_kind::in_query;
    auto x = read_nested_pipeline();
    if (!x || !pipeline_finished())
      return std::nullopt;
    result.query = std::move(*x);
  } else {
    auto tallest = 0;
    do {
      auto x = read_expression();
      if (!x || !finished(*x))
        return std::nullopt;
      tallest = std::max(tallest, height_);
      result.arguments.push_back(std::move(*x));
      if (watch_)
        watch_->frames.back().left = result.arguments.data();
    } while (accept(token_kind::comma));
    height_ = tallest;
  }
  unnest();
  if (!expect(token_kind::right_paren, "after the values of IN"))
    return std::nullopt;
  result.where = from(result.where.start);
  return result;
}

std::optional<expr> parser::read_between(expr&& left, bool negated) {
  auto result = tail(expr_kind::between, std::move(left), negated);
  if (read_foreign_bounds(result))
    return result;
  auto tallest = 0;
  for (auto what : {slot::low, slot::high}) {
    auto in = enter(what, result.arguments.data());
    auto x = read_expression(binds_coalesce);
    if (!x || !finished(*x))
      return std::nullopt;
    tallest = std::max(tallest, height_);
    result.arguments.push_back(std::move(*x)); // reserved: does not move
    if (what == slot::low && !expect_word("AND", "between the two ends"))
      return std::nullopt;
  }
  height_ = tallest;
  result.where = from(result.where.start);
  return result;
}

std::optional<expr> parser::read_like(expr&& left, bool negated) {
  auto result = tail(expr_kind::like, std::move(left), negated);
  auto in = enter(slot::pattern, result.arguments.data());
  auto x = read_expression(binds_coalesce);
  if (!x || !finished(*x))
    return std::nullopt;
  result.arguments.push_back(std::move(*x));
  result.where = from(result.where.start);
  if (!watch_ && says(current(), "ESCAPE"))
    skip_escape();
  return result;
}

} // namespace aura::dsl
