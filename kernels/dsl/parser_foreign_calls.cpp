#include "kernels/dsl/foreign_calls.hpp"
#include "kernels/dsl/foreign_queries.hpp"
#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>

/// Calls as SQL and pandas write them, and what they write behind them.
namespace aura::dsl {

void parser::mend_call(expr& call) {
  if (watch_)
    return;
  if (auto ours = foreign::rewrite_call(call))
    complain_rewritten("AUR-E0241", call, std::move(*ours), call.text);
}

// receiver.method(…), at the parenthesis.
std::optional<expr> parser::read_method(expr receiver) {
  const auto start = receiver.where.start;
  const auto name = receiver.path.back();
  if (!nest())
    return std::nullopt;
  advance();
  auto call = expr{};
  call.kind = expr_kind::call;
  call.text = name.text;
  call.arguments.push_back(std::move(receiver));
  auto tallest = height_;
  while (!at(token_kind::right_paren)) {
    const auto listed
      = current().kind == token_kind::foreign && text_of(current()) == "[";
    if (listed)
      advance();
    do {
      auto x = read_expression();
      if (!x)
        return std::nullopt;
      tallest = std::max(tallest, height_);
      call.arguments.push_back(std::move(*x));
    } while (accept(token_kind::comma));
    if (listed && text_of(current()) == "]")
      advance();
    else
      break;
  }
  unnest();
  if (!expect(token_kind::right_paren, "after the arguments") || !grow(tallest))
    return std::nullopt;
  call.where = from(start);
  if (auto ours = foreign::rewrite_method(call)) {
    complain_rewritten("AUR-E0241", call, std::move(*ours),
                       "`." + name.text + "()`");
    return call;
  }
  complain("AUR-E0241", name.where,
           "there are no methods; functions take what they work on as an "
           "argument: "
             + upper(name.text) + "(x)");
  return std::nullopt;
}

// What SQL writes behind a call: FILTER (WHERE p), WITHIN GROUP (ORDER BY x),
// OVER (…). False if it cannot be read as ours.
bool parser::read_call_suffix(expr& call) {
  if (watch_ || current().kind != token_kind::word)
    return true;
  const auto word = text_of(current());
  const auto start = call.where.start;
  if (is_keyword(word, "FILTER") && ahead().kind == token_kind::left_paren
      && is_keyword(text_of(ahead(2)), "WHERE")) {
    advance();
    advance();
    advance();
    auto x = read_expression();
    if (!x || !expect(token_kind::right_paren, "after the condition"))
      return false;
    auto ours = call;
    ours.condition.assign(1, std::move(*x));
    call.where = from(start);
    complain_rewritten("AUR-E0109", call, {std::move(ours), 0.95, ""},
                       "FILTER behind an aggregate");
    return true;
  }
  if (is_keyword(word, "WITHIN") && is_keyword(text_of(ahead()), "GROUP")
      && ahead(2).kind == token_kind::left_paren) {
    for (auto i = 0; i < 5; ++i)
      advance();
    auto keys = read_sort_keys(slot::call_sort, false);
    if (!keys || !expect(token_kind::right_paren, "after WITHIN GROUP"))
      return false;
    auto ours = call;
    if (call.arguments.size() == 1) {
      ours.text = "PERCENTILE";
      ours.arguments.insert(ours.arguments.begin(), keys->front().value);
    } else {
      ours.sort = std::move(*keys);
    }
    call.where = from(start);
    complain_rewritten("AUR-E0109", call, {std::move(ours), 0.9, ""},
                       "WITHIN GROUP");
    return true;
  }
  if (is_keyword(word, "OVER") && ahead().kind == token_kind::left_paren)
    complain_about_over(call);
  return true;
}

// f(x) OVER (…), at OVER. The operator that it stands in becomes two.
void parser::complain_about_over(const expr& call) {
  const auto all = foreign::words{source_, tokens_};
  const auto over_at = at_;
  auto depth = 0;
  while (at_ > 0 && (depth > 0 || current().kind != token_kind::pipe)) {
    --at_;
    depth += current().kind == token_kind::right_paren ? 1 : 0;
    depth -= current().kind == token_kind::left_paren ? 1 : 0;
  }
  advance();
  const auto end = stage_end();
  const auto where = span{here(), tokens_[end - 1].where.end};
  auto ours
    = end > over_at ? foreign::rewrite_over(all.part(at_, end)) : std::nullopt;
  at_ = std::min(all.behind(over_at + 1), tokens_.size() - 1);
  auto& d = complain("AUR-E0141", from(tokens_[over_at].where.start),
                     "OVER is an operator of its own, WINDOW");
  if (!ours) {
    d.hints.push_back("|> WINDOW " + print(call) + " AS name PER … SORT …");
    return;
  }
  offer(d, where, std::move(*ours));
}

} // namespace aura::dsl
