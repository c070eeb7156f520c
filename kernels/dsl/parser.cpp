#include "kernels/dsl/parser.hpp"

#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>

namespace aura::dsl {

parser::parser(std::string_view source, token_list tokens, watcher* watch)
  : source_{source}, tokens_{std::move(tokens.tokens)},
    comments_{std::move(tokens.comments)}, watch_{watch},
    strict_{watch && watch->is_strict()}, problems_{
                                            std::move(tokens.diagnostics)} {
}

bool parser::accept(token_kind kind) {
  if (!at(kind))
    return false;
  if (kind == token_kind::comma && ++items_ >= max_items) {
    complain("AUR-E0123", current().where,
             "more than " + std::to_string(max_items) + " items in lists");
    fatal_ = true;
    return false;
  }
  advance();
  return true;
}

bool parser::accept_word(std::string_view keyword) {
  if (!at_word(keyword))
    return false;
  advance();
  return true;
}

bool parser::at_word_before_operand(std::string_view keyword) {
  if (!at_word(keyword))
    return false;
  const auto& next = ahead();
  switch (next.kind) {
  case token_kind::word: {
    const auto word = text_of(next);
    return !is_reserved(word) || is_keyword(word, "NOT")
           || is_keyword(word, "CASE") || is_keyword(word, "NULL")
           || is_keyword(word, "TRUE") || is_keyword(word, "FALSE");
  }
  case token_kind::quoted_name:
  case token_kind::integer:
  case token_kind::real:
  case token_kind::text:
  case token_kind::double_text:
  case token_kind::parameter:
  case token_kind::left_paren:
  case token_kind::minus: // a name before a minus stands in backticks
    return true;
  case token_kind::end:
    return watch_ != nullptr;
  default:
    return false;
  }
}

bool parser::expect(token_kind kind, std::string_view where) {
  if (accept(kind))
    return true;
  if (!strict_)
    expected(std::string{describe(kind)} + " " + std::string{where});
  else
    fatal_ = true;
  return false;
}

bool parser::expect_word(std::string_view keyword, std::string_view where) {
  if (accept_word(keyword))
    return true;
  if (!strict_)
    expected("`" + std::string{keyword} + "` " + std::string{where});
  else
    fatal_ = true;
  return false;
}

void parser::advance() {
  if (!at_end())
    ++at_;
}

span parser::from(std::uint32_t start) const {
  return {start, at_ == 0 ? start : tokens_[at_ - 1].where.end};
}

diagnostic& parser::complain(const char* code, span where,
                             std::string message) {
  // An unfinished query is viable or not; nobody reads the reasons.
  if (strict_)
    fatal_ = true;
  // What follows a limit that is exceeded means nothing.
  if (watch_ || fatal_ || problems_.size() >= 100) {
    scrap_ = {};
    return scrap_;
  }
  auto& d = problems_.emplace_back();
  d.code = code;
  d.where = where;
  d.message = std::move(message);
  return d;
}

std::string parser::found() const {
  const auto& t = current();
  if (t.kind == token_kind::end)
    return "the end of the query";
  auto text = std::string{text_of(t)};
  if (text.size() > 40) {
    auto cut = std::size_t{37};
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0u) == 0x80u)
      --cut;
    text = text.substr(0, cut) + "...";
  }
  return "`" + text + "`";
}

void parser::expected(std::string_view what) {
  if (strict_ || watching_end()) {
    fatal_ = true;
    return;
  }
  // The lexer has said what is wrong with this token.
  if (current().faulty)
    return;
  // What is missing at the end is missing behind the last token.
  auto where = current().where;
  if (at_end() && at_ > 0)
    where.start = where.end = tokens_[at_ - 1].where.end;
  complain("AUR-E0110", where,
           "expected " + std::string{what} + ", found " + found());
}

bool parser::nest() {
  if (++nesting_ <= max_nesting)
    return true;
  --nesting_;
  if (!fatal_)
    complain("AUR-E0121", current().where,
             "more than " + std::to_string(max_nesting) + " levels of nesting");
  fatal_ = true;
  return false;
}

bool parser::grow(int below) {
  height_ = below + 1;
  tallest_ = std::max(tallest_, height_);
  if (height_ <= max_height)
    return true;
  if (!fatal_)
    complain("AUR-E0121", current().where,
             "an expression of more than " + std::to_string(max_height)
               + " operators in a chain");
  fatal_ = true;
  return false;
}

parser::entered parser::enter(slot what, const expr* left,
                              std::string_view word,
                              const std::vector<expr>* before) {
  if (watch_)
    watch_->frames.push_back({what, left, word, before});
  return entered{watch_};
}

bool parser::finished(const expr& x) {
  if (!watch_ || watch_->ends(x))
    return true;
  fatal_ = true;
  return false;
}

query parser::read_query() {
  auto result = query{};
  if (at_end() && !watch_) {
    if (problems_.empty())
      complain("AUR-E0127", current().where,
               "the query is empty; it begins with SOURCE");
    return result;
  }
  while (!fatal_ && at_word("LET")) {
    if (auto x = read_let())
      result.lets.push_back(std::move(*x));
  }
  if (fatal_)
    return result;
  in_main_ = true;
  if (auto x = read_pipeline(false))
    result.main = std::move(*x);
  if (fatal_)
    return result;
  if (!strict_)
    accept(token_kind::semicolon);
  if (!at_end())
    complain("AUR-E0126", current().where,
             "expected the end of the query, found " + found());
  result.comments = std::move(comments_);
  return result;
}

parsed parse(std::string_view source) {
  auto result = parsed{};
  if (source.size() > max_source_bytes) {
    auto& d = result.diagnostics.emplace_back();
    d.code = "AUR-E0120";
    d.message = "the query has " + std::to_string(source.size())
                + " bytes, more than " + std::to_string(max_source_bytes);
    return result;
  }
  auto p = parser{source, tokenize(source)};
  auto q = p.read_query();
  result.diagnostics = std::move(p.problems());
  std::stable_sort(result.diagnostics.begin(), result.diagnostics.end(),
                   [](const diagnostic& a, const diagnostic& b) {
                     return a.where.start < b.where.start;
                   });
  if (!has_errors(result.diagnostics))
    result.query = std::move(q);
  return result;
}

} // namespace aura::dsl
