#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/words.hpp"

namespace aura::dsl {

// LET name = pipeline ;
std::optional<let> parser::read_let() {
  advance();
  auto result = let{};
  auto n = read_fresh_name("a name after LET");
  if (!n || !expect(token_kind::assign, "after the name of LET")) {
    // A LET that cannot be read is left out as a whole.
    while (!at_end() && !accept(token_kind::semicolon))
      advance();
    return std::nullopt;
  }
  result.name = std::move(*n);
  auto x = read_pipeline(false);
  if (!x)
    return std::nullopt;
  result.value = std::move(*x);
  if (!expect(token_kind::semicolon, "after the pipeline of LET"))
    return std::nullopt;
  if (watch_)
    watch_->let_ends(result, here());
  return result;
}

// Whether the parenthesis that is open here holds a pipeline.
bool parser::begins_pipeline() {
  const auto& t = current();
  if (watching_end())
    watch_->keyword("SOURCE");
  if (t.kind != token_kind::word)
    return false;
  const auto word = text_of(t);
  const auto& next = ahead();
  // A subquery of SQL.
  if (!strict_ && is_keyword(word, "SELECT"))
    return next.kind == token_kind::star || next.kind == token_kind::quoted_name
           || (next.kind == token_kind::word && !is_reserved(text_of(next)));
  if (!says(t, "SOURCE") && !(is_keyword(word, "FROM") && !strict_))
    return false;
  if (next.kind == token_kind::end)
    return watch_ != nullptr;
  return (next.kind == token_kind::word && !is_reserved(text_of(next)))
         || next.kind == token_kind::quoted_name
         || next.kind == token_kind::left_paren;
}

bool parser::expect_source() {
  if (accept_word("SOURCE"))
    return true;
  if (strict_ || watching_end()) {
    fatal_ = true;
    return false;
  }
  if (foreign_source())
    return true;
  return false;
}

std::optional<pipeline> parser::read_pipeline(bool nested) {
  auto result = pipeline{};
  const auto start = here();
  if (!count_operator())
    return std::nullopt;
  if (watch_)
    watch_->pipeline_begins(start);
  auto source = maybe<reference>{};
  if (expect_source())
    source = read_reference();
  if (source)
    result.source = std::move(*source);
  else
    skip_to_next_stage(nested);
  if (!read_stages(result, nested))
    return std::nullopt;
  result.where = from(start);
  if (watch_ && !watch_->pipeline_ends(result.where.end)) {
    fatal_ = true;
    return std::nullopt;
  }
  return result;
}

// False if nothing more is worth reading.
bool parser::read_stages(pipeline& to, bool nested) {
  const auto level = nesting_;
  while (!fatal_ && separates_stages(nested)) {
    auto x = read_stage();
    if (x) {
      to.stages.push_back(std::move(*x));
      continue;
    }
    nesting_ = level;
    skip_to_next_stage(nested);
  }
  return !fatal_;
}

void parser::read_rest_of_query(const parser_mark& mark) {
  operators_ = mark.operators;
  items_ = mark.items;
  in_main_ = true;
  auto rest = pipeline{};
  if (!read_stages(rest, false) || !watch_->pipeline_ends(from(mark.at).end))
    return;
  if (!at_end())
    fatal_ = true;
}

std::optional<pipeline> parser::read_nested_pipeline() {
  if (!nest())
    return std::nullopt;
  const auto tallest = std::exchange(tallest_, 0);
  auto x = read_pipeline(true);
  height_ = tallest_ + 1;
  tallest_ = std::max(tallest, height_);
  unnest();
  if (!grow(height_))
    return std::nullopt;
  return x;
}

bool parser::pipeline_finished() {
  if (!watch_ || watch_->operand_pipeline_ends())
    return true;
  fatal_ = true;
  return false;
}

// Asks the watcher whether what precedes the operator here means something.
bool parser::begin_stage() {
  if (!watch_)
    return true;
  if (!watch_->stage_begins(here())) {
    fatal_ = true;
    return false;
  }
  if (in_main_ && nesting_ == 0 && at_ > 1)
    mark_ = {here(), operators_, items_, tokens_[at_ - 2].where,
             tokens_[at_ - 1].where};
  return true;
}

// Moves onto the next operator; false at the end of the pipeline.
bool parser::separates_stages(bool nested) {
  if (at(token_kind::pipe))
    return begin_stage();
  if (at_end() || current().kind == token_kind::semicolon
      || (nested && current().kind == token_kind::right_paren))
    return false;
  if (strict_) {
    fatal_ = true;
    return false;
  }
  const auto& t = current();
  const auto word
    = t.kind == token_kind::word ? upper(text_of(t)) : std::string{};
  if (t.kind == token_kind::foreign && text_of(t) == "|") {
    complain("AUR-E0125", t.where, "operators are separated by `|>`")
      .fixes.push_back({t.where, "|>", 1});
    return begin_stage();
  }
  const auto words = operator_words();
  if (std::find(words.begin(), words.end(), word) != words.end()
      || is_foreign_operation(word)) {
    complain("AUR-E0124", t.where, "`|>` is missing before " + word)
      .fixes.push_back({{t.where.start, t.where.start}, "|> ", 0.9});
    return begin_stage();
  }
  if (!t.faulty)
    complain("AUR-E0110", t.where,
             "expected `|>` or the end of the pipeline, found " + found());
  skip_to_next_stage(nested);
  return separates_stages(nested);
}

// Further SOURCEs, of a LET or an operand, count as every other operator.
bool parser::count_operator() {
  if (++operators_ <= max_operators)
    return true;
  complain("AUR-E0122", current().where,
           "more than " + std::to_string(max_operators) + " operators");
  fatal_ = true;
  return false;
}

std::optional<stage> parser::read_stage() {
  const auto start = here();
  if (!count_operator())
    return std::nullopt;
  if (current().kind == token_kind::pipe
      || current().kind == token_kind::foreign)
    advance();
  auto x = read_operation();
  if (!x || fatal_)
    return std::nullopt;
  auto result = stage{};
  result.what = std::move(*x);
  result.where = from(start);
  return result;
}

// Gives up on what is here, up to where an operator or the end follows.
void parser::skip_to_next_stage(bool nested) {
  // Who watches the end has seen it.
  if (watching_end())
    fatal_ = true;
  if (fatal_)
    return;
  const auto begin = at_;
  auto first_pipe = tokens_.size();
  auto depth = 0;
  for (; !at_end(); advance()) {
    const auto kind = current().kind;
    if (kind == token_kind::pipe) {
      if (depth <= 0)
        return;
      first_pipe = std::min(first_pipe, at_);
    } else if (kind == token_kind::semicolon && depth <= 0) {
      return;
    } else if (kind == token_kind::left_paren) {
      ++depth;
    } else if (kind == token_kind::right_paren) {
      if (nested && depth == 0)
        return;
      --depth;
    }
  }
  // A parenthesis stayed open: the operators after it are worth reading.
  if (depth > 0 && first_pipe < tokens_.size() && first_pipe > begin)
    at_ = first_pipe;
}

std::optional<reference> parser::read_reference() {
  auto result = reference{};
  const auto start = here();
  if (complain_about_literal_rows())
    return std::nullopt;
  if (accept(token_kind::left_paren)) {
    if (watching_end())
      watch_->keyword("SOURCE");
    auto x = read_nested_pipeline();
    if (!x || !expect(token_kind::right_paren, "after the pipeline"))
      return std::nullopt;
    result.source = box<pipeline>{std::move(*x)};
  } else {
    auto n = read_table();
    if (!n)
      return std::nullopt;
    result.source = std::move(*n);
  }
  if (accept_word("AS")) {
    auto alias = read_fresh_name("a name after AS");
    if (!alias)
      return std::nullopt;
    result.alias = std::move(*alias);
  } else if (complain_about_missing_as(from(start))) {
    advance();
  }
  result.where = from(start);
  return result;
}

} // namespace aura::dsl
