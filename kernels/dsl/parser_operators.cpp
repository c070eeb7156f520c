#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/words.hpp"

namespace aura::dsl {

// What follows a `|>`.
std::optional<parser::operation> parser::read_operation() {
  struct row {
    std::string_view word;
    maybe<operation> (parser::*read)();
  };
  static constexpr auto table = std::to_array<row>({
    {"FILTER", &parser::read_filter},
    {"SELECT", &parser::read_select},
    {"EXTEND", &parser::read_extend},
    {"DROP", &parser::read_drop},
    {"RENAME", &parser::read_rename},
    {"SET", &parser::read_set},
    {"AGGREGATE", &parser::read_aggregate},
    {"SORT", &parser::read_sort},
    {"LIMIT", &parser::read_limit},
    {"DISTINCT", &parser::read_distinct},
    {"TOP", &parser::read_top},
    {"AS", &parser::read_rename_rows},
    {"JOIN", &parser::read_join},
    {"LEFT", &parser::read_join},
    {"RIGHT", &parser::read_join},
    {"FULL", &parser::read_join},
    {"CROSS", &parser::read_join},
    {"SEMI", &parser::read_join},
    {"ANTI", &parser::read_join},
    {"INNER", &parser::read_join},
    {"UNION", &parser::read_union},
    {"INTERSECT", &parser::read_intersect},
    {"EXCEPT", &parser::read_except},
    {"WINDOW", &parser::read_window},
    {"PIVOT", &parser::read_pivot},
    {"UNPIVOT", &parser::read_unpivot},
  });
  if (!watch_ && current().kind == token_kind::word && foreign_stage())
    return distinct{}; // in its place: there is an error
  for (const auto& x : table)
    if (at_word(x.word))
      return (this->*x.read)();
  if (strict_ || watching_end()) {
    fatal_ = true;
    return std::nullopt;
  }
  const auto meant = foreign_operation();
  for (const auto& x : table)
    if (x.word == meant)
      return (this->*x.read)();
  return std::nullopt;
}

std::optional<parser::operation> parser::read_filter() {
  advance();
  auto x = read_slot(slot::filter);
  if (!x)
    return std::nullopt;
  return filter{std::move(*x)};
}

std::optional<parser::operation> parser::read_select() {
  const auto start = here();
  advance();
  const auto is_distinct = !watch_ && at_word_before_operand("DISTINCT");
  if (is_distinct)
    advance();
  const auto first = here();
  auto x = read_items(slot::item);
  if (!x)
    return std::nullopt;
  if (is_distinct)
    complain_about_distinct(start, from(first));
  return select{std::move(*x)};
}

std::optional<parser::operation> parser::read_extend() {
  advance();
  auto x = read_items(slot::extended);
  if (!x)
    return std::nullopt;
  return extend{std::move(*x)};
}

std::optional<parser::operation> parser::read_drop() {
  advance();
  auto x = read_columns(slot::column);
  if (!x)
    return std::nullopt;
  return drop{std::move(*x)};
}

std::optional<parser::operation> parser::read_rename() {
  advance();
  auto result = rename{};
  do {
    auto in = enter(slot::column);
    auto from_column = read_path();
    if (!from_column || !finished(*from_column)
        || !expect_word("AS", "and the new name"))
      return std::nullopt;
    auto to = read_fresh_name("the new name");
    if (!to)
      return std::nullopt;
    result.changes.push_back({std::move(*from_column), std::move(*to)});
  } while (accept(token_kind::comma));
  return result;
}

std::optional<parser::operation> parser::read_set() {
  advance();
  auto result = set{};
  do {
    auto column = maybe<expr>{};
    {
      auto in = enter(slot::column);
      column = read_path();
      if (!column || !finished(*column))
        return std::nullopt;
    }
    if (current().kind == token_kind::equal) {
      complain("AUR-E0109", current().where, "SET assigns with `=`")
        .fixes.push_back({current().where, "=", 0.9});
      advance();
    } else if (!expect(token_kind::assign, "after the column of SET")) {
      return std::nullopt;
    }
    auto in = enter(slot::assigned, &*column);
    auto x = read_expression();
    if (!x || !finished(*x))
      return std::nullopt;
    result.changes.push_back({std::move(*column), std::move(*x)});
  } while (accept(token_kind::comma));
  return result;
}

std::optional<parser::operation> parser::read_aggregate() {
  advance();
  auto result = aggregate{};
  auto items = read_items(slot::aggregate);
  if (!items)
    return std::nullopt;
  result.items = std::move(*items);
  if (!watch_ && at_word("GROUP"))
    skip_needless_words();
  if (accept_word("BY")) {
    auto keys = read_items(slot::key);
    if (!keys)
      return std::nullopt;
    result.keys = std::move(*keys);
  }
  return result;
}

std::optional<parser::operation> parser::read_sort() {
  advance();
  skip_needless_words();
  auto keys = read_sort_keys(slot::sort_key, false);
  if (!keys)
    return std::nullopt;
  return sort{std::move(*keys)};
}

std::optional<parser::operation> parser::read_limit() {
  advance();
  auto result = limit{};
  auto n = read_count("a number of rows");
  if (!n)
    return std::nullopt;
  result.count = *n;
  if (accept_word("OFFSET")) {
    auto m = read_count("a number of rows");
    if (!m)
      return std::nullopt;
    result.offset = *m;
  }
  return result;
}

std::optional<parser::operation> parser::read_distinct() {
  const auto start = here();
  advance();
  const auto kind = current().kind;
  if (!watch_
      && (kind == token_kind::quoted_name
          || (kind == token_kind::word && !is_reserved(text_of(current()))))) {
    const auto words = operator_words();
    const auto word = upper(text_of(current()));
    const auto first = here();
    if (std::find(words.begin(), words.end(), word) == words.end()
        && !is_foreign_operation(word)) {
      if (!read_items(slot::item))
        return std::nullopt;
      complain_about_distinct(start, from(first));
    }
  }
  return distinct{};
}

std::optional<parser::operation> parser::read_top() {
  advance();
  auto result = top{};
  auto n = read_count("a number of rows");
  const auto& t = current();
  if (n && !watch_
      && (t.kind == token_kind::quoted_name
          || (t.kind == token_kind::word && !is_reserved(text_of(t)))))
    complain("AUR-E0110", t.where, "expected `BY` after TOP, found " + found())
      .fixes.push_back({{t.where.start, t.where.start}, "BY ", 0.9});
  else if (!n || !expect_word("BY", "and what TOP compares"))
    return std::nullopt;
  result.count = *n;
  auto by = read_sort_keys(slot::sort_key, true);
  if (!by)
    return std::nullopt;
  result.by = std::move(*by);
  if (accept_word("PER")) {
    auto per = read_per();
    if (!per)
      return std::nullopt;
    result.per = std::move(*per);
  }
  if (accept_word("WITH")) {
    if (!expect_word("TIES", "after WITH"))
      return std::nullopt;
    result.with_ties = true;
  }
  return result;
}

std::optional<parser::operation> parser::read_rename_rows() {
  advance();
  auto x = read_fresh_name("a name for the rows");
  if (!x)
    return std::nullopt;
  return rename_rows{std::move(*x)};
}

std::optional<parser::operation> parser::read_window() {
  advance();
  auto result = window{};
  auto items = read_items(slot::window);
  if (!items)
    return std::nullopt;
  result.items = std::move(*items);
  if (accept_word("PER")) {
    auto per = read_per();
    if (!per)
      return std::nullopt;
    result.per = std::move(*per);
  }
  if (accept_word("SORT")) {
    auto keys = read_sort_keys(slot::sort_key, false);
    if (!keys)
      return std::nullopt;
    result.sort = std::move(*keys);
  }
  if (at_word("RUNNING") || at_word("ROLLING") || at_word("ROWS")) {
    auto x = read_frame();
    if (!x)
      return std::nullopt;
    result.frame = *x;
  }
  return result;
}

// PIVOT agg FOR c IN (v [AS n], …) [BY k [AS n], …]
std::optional<parser::operation> parser::read_pivot() {
  advance();
  auto result = pivot{};
  auto value_read = read_slot(slot::pivoted);
  if (!value_read || !expect_word("FOR", "and the column that is spread"))
    return std::nullopt;
  result.value = std::move(*value_read);
  auto in = enter(slot::pivot_column);
  auto column = read_path();
  if (!column || !finished(*column) || !expect_word("IN", "and the values")
      || !expect(token_kind::left_paren, "after IN"))
    return std::nullopt;
  result.column = std::move(*column);
  auto cells = maybe<std::vector<item>>{};
  {
    auto cell = enter(slot::member, &result.column);
    cells = read_items(slot::pivot_cell);
  }
  if (!cells || !expect(token_kind::right_paren, "after the values of PIVOT"))
    return std::nullopt;
  result.cells = std::move(*cells);
  if (accept_word("BY")) {
    auto keys = read_items(slot::key);
    if (!keys)
      return std::nullopt;
    result.keys = std::move(*keys);
  }
  return result;
}

// UNPIVOT v FOR n IN (c, …)
std::optional<parser::operation> parser::read_unpivot() {
  advance();
  auto result = unpivot{};
  auto v = read_fresh_name("a name for the values");
  if (!v || !expect_word("FOR", "and a name for the labels"))
    return std::nullopt;
  result.value = std::move(*v);
  auto n = read_fresh_name("a name for the labels");
  if (!n || !expect_word("IN", "and the columns")
      || !expect(token_kind::left_paren, "after IN"))
    return std::nullopt;
  result.label = std::move(*n);
  auto columns = read_columns(slot::column);
  if (!columns
      || !expect(token_kind::right_paren, "after the columns of UNPIVOT"))
    return std::nullopt;
  result.columns = std::move(*columns);
  return result;
}

} // namespace aura::dsl
