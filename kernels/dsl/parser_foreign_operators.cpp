#include "kernels/dsl/foreign_calls.hpp"
#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/words.hpp"

/// Operators between values as SQL, PRQL, KQL and pandas write them, each an
/// error with a fix.
namespace aura::dsl {

namespace {

struct word_spelling {
  std::string_view foreign;
  std::string_view ours;
};

// KQL, where a function of ours says the same.
constexpr auto infix_functions = std::to_array<word_spelling>({
  {"HAS", "CONTAINS"},
  {"CONTAINS", "CONTAINS"},
  {"STARTSWITH", "STARTS_WITH"},
  {"STARTS_WITH", "STARTS_WITH"},
  {"HASPREFIX", "STARTS_WITH"},
  {"ENDSWITH", "ENDS_WITH"},
  {"ENDS_WITH", "ENDS_WITH"},
  {"HASSUFFIX", "ENDS_WITH"},
});

std::string_view infix_function(std::string_view word) {
  for (const auto& x : infix_functions)
    if (is_keyword(word, x.foreign))
      return x.ours;
  return {};
}

expr call_of(std::string_view name, expr a, expr b) {
  auto result = expr{};
  result.kind = expr_kind::call;
  result.text = name;
  result.arguments.push_back(std::move(a));
  result.arguments.push_back(std::move(b));
  return result;
}

expr negation(expr x) {
  auto result = expr{};
  result.kind = expr_kind::unary;
  result.text = "NOT";
  result.arguments.push_back(std::move(x));
  return result;
}

// Whether `x` says no more as a regular expression than as a text.
bool is_plain_text(const expr& x) {
  return x.kind == expr_kind::text
         && x.text.find_first_of("^$.*+?[]()|\\{}") == std::string::npos;
}

std::string lower(std::string x) {
  for (auto& c : x)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return x;
}

} // namespace

std::optional<binary_operator> parser::foreign_operator() {
  const auto& t = current();
  const auto text = text_of(t);
  if (strict_)
    return std::nullopt;
  const auto rewritten = [](int precedence, std::string_view what) {
    return binary_operator{precedence, what, true, true};
  };
  if (t.kind == token_kind::assign || text == "===")
    return binary_operator{binds_compare, "==", true};
  if (t.kind == token_kind::word) {
    if (is_keyword(text, "ILIKE"))
      return binary_operator{binds_compare, "LIKE", true};
    if (is_keyword(text, "MOD"))
      return binary_operator{binds_multiply, "%", true};
    if (is_keyword(text, "DIV"))
      return binary_operator{binds_multiply, "//", true};
    if (is_keyword(text, "REGEXP") || is_keyword(text, "RLIKE")
        || is_keyword(text, "GLOB") || is_keyword(text, "MATCHES")
        || is_keyword(text, "SIMILAR"))
      return binary_operator{binds_compare, "", true};
    if (is_keyword(text, "ISNULL") || is_keyword(text, "NOTNULL"))
      return rewritten(binds_compare, "NULL");
    if (const auto ours = infix_function(text);
        !ours.empty() && ahead().kind != token_kind::left_paren)
      return rewritten(binds_compare, ours);
    return std::nullopt;
  }
  if (t.kind != token_kind::foreign)
    return std::nullopt;
  if (text == "<>")
    return binary_operator{binds_compare, "!=", true};
  if (text == "&&" || text == "&")
    return binary_operator{binds_and, "AND", true};
  if (text == "|" && ahead().kind == token_kind::left_paren)
    return binary_operator{binds_or, "OR", true};
  if (text == "^")
    return rewritten(binds_unary, "POWER");
  if (text == "=~" || text == "!~")
    return rewritten(binds_compare, "LOWER");
  if (text == "~")
    return binary_operator{binds_compare, "", true};
  if (text == "!" && ahead().where.start == t.where.end) {
    if (is_keyword(text_of(ahead()), "IN"))
      return rewritten(binds_compare, "IN");
    if (const auto ours = infix_function(text_of(ahead())); !ours.empty())
      return rewritten(binds_compare, ours);
  }
  return std::nullopt;
}

void parser::complain_about_foreign_operator(const binary_operator& op) {
  const auto& t = current();
  if (op.is_rewritten)
    return; // once its right side is known
  if (op.text.empty()) {
    complain("AUR-E0130", t.where, "regular expressions are not in version 1")
      .hints.push_back("LIKE, CONTAINS, STARTS_WITH and ENDS_WITH compare "
                       "parts of a text");
    return;
  }
  complain("AUR-E0109", t.where,
           found() + " is written `" + std::string{op.text} + "`")
    .fixes.push_back({t.where, std::string{op.text}, 0.9});
}

// From an operator on that becomes something other than an operator.
std::optional<expr> parser::read_foreign_rest(expr left, binary_operator op) {
  const auto start = left.where.start;
  const auto sign = current().where;
  const auto spelled = std::string{text_of(current())};
  const auto negated = spelled.front() == '!';
  const auto below = height_;
  advance();
  auto whole = expr{};
  if (op.text == "NULL") {
    auto test = expr{};
    test.kind = expr_kind::is_null;
    test.negated = is_keyword(spelled, "NOTNULL");
    test.arguments.push_back(std::move(left));
    whole.where = from(start);
    complain_rewritten("AUR-E0109", whole, {std::move(test), 1, ""}, spelled);
    return grow(below) ? maybe<expr>{std::move(whole)} : std::nullopt;
  }
  if (op.text == "IN") {
    complain("AUR-E0109", {sign.start, current().where.end},
             "`!in` is written NOT IN")
      .fixes.push_back({{sign.start, current().where.end}, "NOT IN", 0.95});
    advance();
    return read_in(std::move(left), true);
  }
  const auto word = negated && spelled.size() == 1
                      ? "!" + std::string{text_of(current())}
                      : spelled;
  if (negated && spelled.size() == 1)
    advance();
  auto right = read_expression(op.precedence + 1);
  if (!right || !grow(std::max(below, height_)))
    return std::nullopt;
  if (op.text == "LOWER") {
    if (!is_plain_text(*right)) {
      complain("AUR-E0130", sign, "regular expressions are not in version 1")
        .hints.push_back("LIKE, CONTAINS, STARTS_WITH and ENDS_WITH compare "
                         "parts of a text");
      return std::nullopt;
    }
    auto lowered = expr{};
    lowered.kind = expr_kind::call;
    lowered.text = "LOWER";
    lowered.arguments.push_back(std::move(left));
    right->text = lower(std::move(right->text));
    auto test = call_of("", std::move(lowered), std::move(*right));
    test.kind = expr_kind::binary;
    test.text = negated ? "!=" : "==";
    whole.where = from(start);
    complain_rewritten("AUR-E0109", whole,
                       {std::move(test), 0.85, "`==` on text is exact"},
                       "`" + word + "`");
    return whole;
  }
  auto call = call_of(op.text, std::move(left), std::move(*right));
  whole.where = from(start);
  complain_rewritten(
    "AUR-E0109", whole,
    {negated ? negation(std::move(call)) : std::move(call), 0.9, ""},
    "`" + word + "`");
  return whole;
}

// condition ? a : b, at the question mark.
std::optional<expr> parser::read_ternary(expr condition) {
  const auto start = condition.where.start;
  auto tallest = height_;
  advance();
  auto a = read_expression();
  if (!a)
    return std::nullopt;
  tallest = std::max(tallest, height_);
  if (text_of(current()) != ":") {
    expected("`:` and the other value");
    return std::nullopt;
  }
  advance();
  auto b = read_expression();
  if (!b || !grow(std::max(tallest, height_)))
    return std::nullopt;
  auto ours = call_of("IF", std::move(condition), std::move(*a));
  ours.arguments.push_back(std::move(*b));
  auto whole = expr{};
  whole.where = from(start);
  complain_rewritten("AUR-E0109", whole, {std::move(ours), 0.9, ""}, "`?:`");
  return whole;
}

// `is None`, `IS TRUE`, `IS 'x'`, behind IS [NOT].
std::optional<expr> parser::read_foreign_is(expr left, bool negated) {
  const auto start = left.where.start;
  const auto below = height_;
  auto right = read_expression(binds_compare + 1);
  if (!right || !grow(std::max(below, height_)))
    return std::nullopt;
  auto whole = expr{};
  whole.where = from(start);
  auto ours = expr{};
  if (right->kind == expr_kind::column && right->path.size() == 1
      && foreign::our_value(right->path[0].text) == "NULL") {
    ours.kind = expr_kind::is_null;
    ours.negated = negated;
    ours.arguments.push_back(std::move(left));
    complain_rewritten("AUR-E0109", whole, {std::move(ours), 1, ""},
                       "`" + right->path[0].text + "`");
    return whole;
  }
  if (right->kind == expr_kind::boolean) {
    // NULL IS TRUE is false, and NULL IS NOT TRUE is true.
    const auto wanted = (right->text == "TRUE") != negated;
    auto otherwise = expr{};
    otherwise.kind = expr_kind::boolean;
    otherwise.text = right->text == "TRUE" ? "FALSE" : "TRUE";
    ours = call_of("\?\?", std::move(left), std::move(otherwise));
    ours.kind = expr_kind::binary;
    if (!wanted)
      ours = negation(std::move(ours));
    complain_rewritten("AUR-E0109", whole, {std::move(ours), 0.9, ""},
                       "IS " + right->text);
    return whole;
  }
  ours = call_of(negated ? "!=" : "==", std::move(left), std::move(*right));
  ours.kind = expr_kind::binary;
  complain_rewritten("AUR-E0109", whole, {std::move(ours), 0.85, ""}, "IS");
  return whole;
}

// NOT ILIKE, at ILIKE.
std::optional<expr> parser::read_ilike(expr left, bool negated) {
  complain_about_foreign_operator({binds_compare, "LIKE", true});
  advance();
  return read_like(std::move(left), negated);
}

// in~ (…) and in [1, 2], behind IN. True if the list was read.
bool parser::read_foreign_list(expr& in_list) {
  if (text_of(current()) == "~") {
    complain("AUR-E0109", current().where,
             "IN compares exactly; LOWER(x) IN (...) does not mind the case")
      .fixes.push_back({current().where, "", 0.6});
    advance();
    return false;
  }
  if (text_of(current()) != "[")
    return false;
  const auto all = foreign::words{source_, tokens_};
  const auto end = all.behind(at_);
  const auto whole = span{here(), tokens_[end - 1].where.end};
  complain("AUR-E0109", whole, "a list stands in parentheses")
    .fixes.push_back(
      {whole, '(' + all.part(at_, end).unwrapped().text() + ')', 0.95});
  at_ = std::min(end, tokens_.size() - 1);
  in_list.arguments.emplace_back();
  return true;
}

// LIKE x ESCAPE '\\', at ESCAPE: a backslash escapes without it.
void parser::skip_escape() {
  const auto backslash
    = ahead().kind == token_kind::text && value(ahead(), source_) == "\\";
  const auto start = tokens_[at_ - 1].where.end;
  auto& d = complain("AUR-E0109", current().where,
                     "a backslash escapes in LIKE, and nothing else does");
  if (backslash)
    d.fixes.push_back({{start, ahead().where.end}, "", 1});
  advance();
  advance();
}

// between (1 .. 5) of KQL, at the parenthesis. False if it is none.
bool parser::read_foreign_bounds(expr& between) {
  if (watch_ || current().kind != token_kind::left_paren)
    return false;
  const auto all = foreign::words{source_, tokens_};
  const auto end = all.behind(at_);
  auto dots = at_ + 1;
  while (
    dots < end
    && !(all.is(dots, token_kind::dot) && all.is(dots + 1, token_kind::dot)))
    dots = all.behind(dots);
  if (dots + 2 >= end)
    return false;
  const auto whole = span{here(), tokens_[end - 1].where.end};
  complain("AUR-E0109", whole, "the two ends of BETWEEN stand beside AND")
    .fixes.push_back({whole,
                      all.part(at_ + 1, dots).text() + " AND "
                        + all.part(dots + 2, end - 1).text(),
                      0.95});
  at_ = std::min(end, tokens_.size() - 1);
  auto bound = expr{};
  between.arguments.push_back(bound);
  between.arguments.push_back(bound);
  return true;
}

} // namespace aura::dsl
