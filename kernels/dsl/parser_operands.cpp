#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/print_expression.hpp"
#include "kernels/dsl/words.hpp"

namespace aura::dsl {

bool parser::takes(const expr& x) {
  if (!watch_ || watch_->takes_operand(x))
    return true;
  fatal_ = true;
  return false;
}

// A literal that is the token at hand.
std::optional<expr> parser::literal(expr_kind kind) {
  auto result = maybe<expr>{std::in_place};
  result->kind = kind;
  result->text = value(current(), source_);
  const auto start = here();
  advance();
  result->where = from(start);
  height_ = 0;
  if (!takes(*result))
    result.reset();
  return result;
}

std::optional<expr> parser::read_operand() {
  switch (current().kind) {
  case token_kind::integer:
    return read_number();
  case token_kind::real:
    return literal(expr_kind::real);
  case token_kind::text:
    return literal(expr_kind::text);
  case token_kind::parameter:
    return literal(expr_kind::parameter);
  case token_kind::left_paren:
    return read_group();
  case token_kind::quoted_name:
    return read_path();
  case token_kind::word:
    return read_word_operand();
  case token_kind::double_text: {
    const auto& t = current();
    auto x = expr{};
    x.kind = expr_kind::text;
    x.text = value(t, source_);
    x.where = t.where;
    if (!t.faulty)
      complain("AUR-E0108", t.where,
               "a text stands in single quotes, found double quotes")
        .fixes.push_back({t.where, print_text(x.text), 0.9});
    advance();
    height_ = 0;
    return x;
  }
  default:
    if (!complain_about_foreign_operand())
      expected("an expression");
    return std::nullopt;
  }
}

// 42, or 15 MINUTES.
std::optional<expr> parser::read_number() {
  const auto start = here();
  auto result = maybe<expr>{std::in_place};
  result->kind = expr_kind::integer;
  result->text = text_of(current());
  advance();
  if (watching_end())
    watch_->unit_after(result->text);
  if (current().kind == token_kind::word) {
    if (const auto u = find_unit(text_of(current()))) {
      result->kind = expr_kind::duration;
      result->unit = *u;
      advance();
    }
  }
  result->where = from(start);
  height_ = 0;
  if (!takes(*result))
    result.reset();
  return result;
}

std::optional<expr> parser::read_group() {
  const auto start = here();
  if (!nest())
    return std::nullopt;
  auto in = enter(slot::group);
  advance();
  auto result = maybe<expr>{};
  if (begins_pipeline()) {
    auto x = read_nested_pipeline();
    if (!x || !pipeline_finished())
      return std::nullopt;
    result = expr{};
    result->kind = expr_kind::scalar_query;
    result->query = std::move(*x);
  } else {
    result = read_expression();
    if (!result || !finished(*result))
      return std::nullopt;
  }
  unnest();
  if (!expect(token_kind::right_paren, "to close the parenthesis"))
    return std::nullopt;
  // With its parentheses, so that what replaces it replaces all of it.
  result->where = from(start);
  return result;
}

std::optional<expr> parser::read_word_operand() {
  const auto word = text_of(current());
  const auto& next = ahead();
  if (says(current(), "CASE"))
    return read_case();
  if (says(current(), "CAST") && next.kind == token_kind::left_paren)
    return read_cast();
  const auto is_null = says(current(), "NULL");
  if (is_null || says(current(), "TRUE") || says(current(), "FALSE")) {
    auto x = literal(is_null ? expr_kind::null : expr_kind::boolean);
    if (x)
      x->text = x->kind == expr_kind::null ? std::string{} : upper(x->text);
    return x;
  }
  const auto is_date = says(current(), "DATE");
  if (is_date || says(current(), "TIMESTAMP")) {
    if (watch_ && next.kind == token_kind::end)
      watch_->date_text(is_date);
    if (next.kind == token_kind::text) {
      const auto start = here();
      advance();
      auto x = literal(is_date ? expr_kind::date : expr_kind::timestamp);
      if (x)
        x->where = from(start);
      return x;
    }
  }
  if (auto foreign = maybe<expr>{}; read_foreign_operand(foreign))
    return foreign;
  if (complain_about_foreign_operand())
    return std::nullopt;
  if (is_reserved(word)) {
    auto& d
      = complain("AUR-E0117", current().where,
                 "expected an expression, found the reserved word " + found());
    d.fixes.push_back({current().where, spell_name(word), 0.3});
    return std::nullopt;
  }
  if (watch_ && next.kind == token_kind::end)
    watch_->paren_after(word);
  if (next.kind == token_kind::left_paren)
    return read_call();
  auto path = read_path();
  if (path && !watch_ && path->path.size() > 1
      && current().kind == token_kind::left_paren)
    return read_method(std::move(*path));
  return path;
}

// A column by itself or behind aliases and relations: a, t.a, t.device.room.
std::optional<expr> parser::read_path() {
  auto result = maybe<expr>{std::in_place};
  result->kind = expr_kind::column;
  const auto start = here();
  if (read_names(result->path)) {
    result->where = from(start);
    height_ = 0;
    if (takes(*result))
      return result;
  }
  result.reset();
  return result;
}

// The names of a path and the dots between them.
bool parser::read_names(std::vector<name>& path) {
  for (;;) {
    const auto& t = current();
    if (watching_end())
      watch_->name_after(path);
    const auto is_word = t.kind == token_kind::word;
    if (is_word && is_reserved(text_of(t))) {
      complain("AUR-E0117", t.where,
               "expected a column, found the reserved word " + found())
        .fixes.push_back({t.where, spell_name(text_of(t)), 0.3});
      return false;
    }
    if (!is_word && t.kind != token_kind::quoted_name) {
      if (t.kind == token_kind::star && !path.empty())
        complain("AUR-E0116", t.where,
                 "`*` does not stand for columns; list them");
      else
        expected("a column");
      return false;
    }
    path.push_back({value(t, source_), t.where});
    advance();
    if (watching_end()) {
      watch_->dot_after(path);
      return true;
    }
    if (current().kind != token_kind::dot)
      return true;
    if (path.size() >= max_nesting) {
      complain("AUR-E0121", t.where,
               "more than " + std::to_string(max_nesting) + " names in a path");
      fatal_ = true;
      return false;
    }
    advance();
  }
}

std::optional<expr> parser::read_call() {
  const auto start = here();
  if (!nest())
    return std::nullopt;
  auto result = expr{};
  result.kind = expr_kind::call;
  result.text
    = strict_ ? std::string{text_of(current())} : upper(text_of(current()));
  if (watch_ && !watch_->takes_call(result.text)) {
    fatal_ = true;
    return std::nullopt;
  }
  advance();
  advance();
  if (!read_arguments(result))
    return std::nullopt;
  unnest();
  if (!expect(token_kind::right_paren, "after the arguments of " + result.text))
    return std::nullopt;
  result.where = from(start);
  if (!grow(height_) || !takes(result) || !read_call_suffix(result))
    return std::nullopt;
  mend_call(result);
  return result;
}

// Everything between the parentheses of a call.
bool parser::read_arguments(expr& call) {
  auto tallest = 0;
  auto may_close = true;
  if (call.text == "COUNT" && current().kind == token_kind::star && !strict_) {
    advance(); // COUNT(*) is COUNT()
    height_ = 0;
    return true;
  }
  if (watching_end())
    watch_->first_argument(call.text);
  const auto may_have = [&](std::string_view word) {
    return !watch_ || watch_->takes_clause(word, call);
  };
  if (current().kind != token_kind::right_paren
      && !(may_have("WHERE") && at_word_before_operand("WHERE"))) {
    call.distinct = may_have("DISTINCT") && at_word_before_operand("DISTINCT");
    if (call.distinct)
      advance();
    do {
      auto in = enter(slot::argument, nullptr, call.text, &call.arguments);
      auto x = read_expression();
      if (!x || !finished(*x))
        return false;
      tallest = std::max(tallest, height_);
      call.arguments.push_back(std::move(*x));
    } while (accept_argument_comma(call));
    may_close = !watch_ || watch_->may_close(call);
  }
  if (accept_call_clause("WHERE", call)) {
    auto in = enter(slot::condition, nullptr, call.text);
    auto x = read_expression();
    if (!x || !finished(*x))
      return false;
    tallest = std::max(tallest, height_);
    call.condition.push_back(std::move(*x));
  }
  const auto order_by
    = !watch_ && says(current(), "ORDER") && says(ahead(), "BY");
  if (order_by) {
    const auto where = span{here(), ahead().where.end};
    complain("AUR-E0109", where, "ORDER BY is written SORT")
      .fixes.push_back({where, "SORT", 0.95});
    advance();
    advance();
  }
  if (order_by || accept_call_clause("SORT", call)) {
    auto keys = read_sort_keys(slot::call_sort, false);
    if (!keys)
      return false;
    tallest = std::max(tallest, height_);
    call.sort = std::move(*keys);
  }
  if (!may_close) {
    fatal_ = true;
    return false;
  }
  height_ = tallest;
  return true;
}

bool parser::accept_argument_comma(const expr& call) {
  if (watching_end() && !watch_->takes_argument(call))
    return false;
  if (!accept(token_kind::comma))
    return false;
  if (watch_ && !watch_->takes_argument(call))
    fatal_ = true;
  return !fatal_;
}

bool parser::accept_call_clause(std::string_view keyword, const expr& call) {
  if (watch_ && !watch_->takes_clause(keyword, call))
    return false;
  return accept_word(keyword);
}

} // namespace aura::dsl
