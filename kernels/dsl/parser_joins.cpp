#include "kernels/dsl/parsing.hpp"

/// Operators that bring in other rows.
namespace aura::dsl {

std::optional<parser::operation> parser::read_join() {
  using kind = join::kind;
  struct row {
    std::string_view word;
    kind how;
  };
  static constexpr auto kinds = std::to_array<row>({{"INNER", kind::inner},
                                                    {"LEFT", kind::left},
                                                    {"RIGHT", kind::right},
                                                    {"FULL", kind::full},
                                                    {"CROSS", kind::cross},
                                                    {"SEMI", kind::semi},
                                                    {"ANTI", kind::anti}});
  auto result = join{};
  for (const auto& x : kinds)
    if (accept_word(x.word)) {
      result.how = x.how;
      if (!strict_ && at_word("OUTER")) {
        complain("AUR-E0113", current().where,
                 "OUTER says nothing that " + std::string{x.word}
                   + " JOIN does not")
          .fixes.push_back(
            {{current().where.start, ahead().where.start}, "", 1});
        advance();
      }
      break;
    }
  if (!expect_word("JOIN", "and a table"))
    return std::nullopt;
  auto other = read_reference();
  if (!other)
    return std::nullopt;
  result.other = std::move(*other);
  if (result.how == kind::cross)
    return result;
  const auto may_match = !watch_ || watch_->joins(result);
  if (may_match && accept_word("ON")) {
    auto in = enter(slot::join_on);
    auto x = read_expression();
    if (!x || !finished(*x))
      return std::nullopt;
    result.on = std::move(*x);
  } else if (may_match && accept_word("USING")) {
    if (!expect(token_kind::left_paren, "after USING"))
      return std::nullopt;
    auto in = enter(slot::shared);
    do {
      auto x = read_fresh_name("a column that both sides have");
      if (!x)
        return std::nullopt;
      result.using_columns.push_back(std::move(*x));
    } while (accept(token_kind::comma));
    if (!expect(token_kind::right_paren, "after the columns of USING"))
      return std::nullopt;
  }
  return result;
}

std::optional<parser::operation>
parser::read_set_operation(set_operation::kind how) {
  advance();
  auto result = set_operation{};
  result.how = how;
  result.all = accept_word("ALL");
  auto other = read_reference();
  if (!other)
    return std::nullopt;
  result.other = std::move(*other);
  return result;
}

std::optional<parser::operation> parser::read_union() {
  return read_set_operation(set_operation::kind::union_rows);
}

std::optional<parser::operation> parser::read_intersect() {
  return read_set_operation(set_operation::kind::intersect);
}

std::optional<parser::operation> parser::read_except() {
  return read_set_operation(set_operation::kind::except);
}

} // namespace aura::dsl
