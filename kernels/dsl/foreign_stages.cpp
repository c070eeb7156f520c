#include "kernels/dsl/foreign_queries.hpp"
#include "kernels/dsl/words.hpp"

#include <charconv>

namespace aura::dsl::foreign {

namespace {

using result = std::optional<query_rewriting>;

bool opens_list(const words& x, std::size_t i) {
  return x.symbol(i, "{") || x.symbol(i, "[");
}

std::optional<std::int64_t> number(const words& x, std::size_t i) {
  if (!x.is(i, token_kind::integer))
    return std::nullopt;
  auto n = std::int64_t{};
  const auto digits = x.raw(i);
  const auto read
    = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  return read.ec == std::errc{} ? std::optional{n} : std::nullopt;
}

/// `-x` is `x DESC`, `+x` is `x`.
std::string sort_keys(const words& x) {
  auto out = std::string{};
  for (const auto& key : x.split()) {
    const auto down = key.is(0, token_kind::minus);
    const auto up = key.is(0, token_kind::plus);
    out += (out.empty() ? "" : ", ") + (up || down ? key.from(1) : key).text()
           + (down ? " DESC" : "");
  }
  return out;
}

/// TOP wants every direction written.
std::string directed_keys(const words& x) {
  auto out = std::string{};
  for (const auto& key : x.split()) {
    const auto down = key.is(0, token_kind::minus);
    const auto up = key.is(0, token_kind::plus);
    out += (out.empty() ? "" : ", ") + (up || down ? key.from(1) : key).text()
           + (down ? " DESC" : " ASC");
  }
  return out;
}

/// `{a = b, …}` behind a word.
result rewrite_braces(const words& x) {
  static constexpr struct {
    std::string_view word, ours;
  } operators[] = {{"SELECT", "SELECT"},
                   {"PROJECT", "SELECT"},
                   {"DERIVE", "EXTEND"},
                   {"EXTEND", "EXTEND"},
                   {"AGGREGATE", "AGGREGATE"}};
  const auto negated = x.symbol(1, "!");
  const auto start = negated ? std::size_t{2} : std::size_t{1};
  if (!opens_list(x, start) || x.behind(start) != x.size())
    return std::nullopt;
  const auto items = x.from(start).unwrapped();
  if (negated)
    return x.is(0, "SELECT") ? result{{"DROP " + items.text(), 0.9, ""}}
                             : std::nullopt;
  if (x.is(0, "SORT"))
    return query_rewriting{"SORT " + sort_keys(items), 0.9, ""};
  if (x.is(0, "DROP"))
    return query_rewriting{"DROP " + items.text(), 0.9, ""};
  if (x.is(0, "RENAME"))
    return query_rewriting{"RENAME " + named_items(items), 0.9, ""};
  for (const auto& row : operators)
    if (x.is(0, row.word))
      return query_rewriting{std::string{row.ours} + ' ' + named_items(items),
                             0.9, ""};
  return std::nullopt;
}

/// group {keys} (aggregate {items}), group k (sort {-x} | take n).
result rewrite_group(const words& x) {
  const auto keys_end = opens_list(x, 1) ? x.behind(1) : std::size_t{2};
  if (!x.is(keys_end, token_kind::left_paren) || x.behind(keys_end) != x.size())
    return std::nullopt;
  const auto keys = x.part(1, keys_end).unwrapped();
  const auto inner = x.from(keys_end).unwrapped();
  if (inner.is(0, "AGGREGATE"))
    return query_rewriting{"AGGREGATE " + named_items(inner.from(1).unwrapped())
                             + " BY " + named_items(keys),
                           0.9, ""};
  auto bar = std::size_t{0};
  while (bar < inner.size() && !inner.symbol(bar, "|"))
    ++bar;
  const auto take = inner.from(std::min(bar + 1, inner.size()));
  if (inner.is(0, "SORT") && take.is(0, "TAKE") && number(take, 1)
      && take.size() == 2)
    return query_rewriting{"TOP " + std::string{take.raw(1)} + " BY "
                             + directed_keys(inner.part(1, bar).unwrapped())
                             + " PER " + keys.text(),
                           0.9, ""};
  return std::nullopt;
}

/// `take 5..10`, `LIMIT 5, 10`, `FETCH FIRST 5 ROWS ONLY`, `head(5)`.
result rewrite_limit(const words& x) {
  const auto limit = [](std::int64_t count, std::int64_t offset) {
    return query_rewriting{
      "LIMIT " + std::to_string(count)
        + (offset > 0 ? " OFFSET " + std::to_string(offset) : ""),
      0.95, ""};
  };
  if (x.is(0, "FETCH") && (x.is(1, "FIRST") || x.is(1, "NEXT"))) {
    const auto n = number(x, 2);
    return n ? result{limit(*n, 0)} : std::nullopt;
  }
  const auto first = number(x, 1);
  if (first && x.is(2, token_kind::dot) && x.is(3, token_kind::dot)) {
    const auto last = number(x, 4);
    return last && *first >= 1 && *last >= *first
             ? result{limit(*last - *first + 1, *first - 1)}
             : std::nullopt;
  }
  if (first && x.is(2, token_kind::comma) && x.is(0, "LIMIT")) {
    const auto count = number(x, 3);
    return count ? result{limit(*count, *first)} : std::nullopt;
  }
  if (x.is(1, token_kind::left_paren) && number(x, 2) && x.behind(1) == 4)
    return limit(*number(x, 2), 0);
  return std::nullopt;
}

struct kind_of_join {
  std::string_view foreign, ours;
};

constexpr kind_of_join kinds[]
  = {{"INNER", "JOIN"},         {"INNERUNIQUE", "JOIN"},
     {"LEFT", "LEFT JOIN"},     {"LEFTOUTER", "LEFT JOIN"},
     {"RIGHT", "RIGHT JOIN"},   {"RIGHTOUTER", "RIGHT JOIN"},
     {"FULL", "FULL JOIN"},     {"FULLOUTER", "FULL JOIN"},
     {"LEFTSEMI", "SEMI JOIN"}, {"LEFTANTI", "ANTI JOIN"},
     {"ANTI", "ANTI JOIN"}};

std::string_view join_named(std::string_view word) {
  for (const auto& kind : kinds)
    if (is_keyword(word, kind.foreign))
      return kind.ours;
  return {};
}

/// The columns of `(==a && ==b)` or `(==a)`; empty if it is something else.
std::string equal_columns(const words& x) {
  auto out = std::string{};
  for (std::size_t i = 0; i < x.size(); i += 3) {
    if (!x.is(i, token_kind::equal) || !x.name(i + 1))
      return {};
    out += (out.empty() ? "" : ", ") + std::string{x.raw(i + 1)};
    if (i + 2 < x.size() && !x.symbol(i + 2, "&&") && !x.is(i + 2, "AND"))
      return {};
  }
  return out;
}

/// PRQL: join side:left t (==id). KQL: join kind=leftouter (t) on id.
result rewrite_join(const words& x) {
  auto at = std::size_t{1};
  auto ours = std::string_view{"JOIN"};
  const auto prql = x.is(1, "SIDE") && x.symbol(2, ":");
  const auto kql = x.is(1, "KIND") && x.is(2, token_kind::assign);
  if (prql || kql) {
    ours = x.size() > 3 ? join_named(x.raw(3)) : std::string_view{};
    at = 4;
  }
  if (ours.empty() || at >= x.size())
    return std::nullopt;
  auto out = std::string{ours} + ' ';
  auto alias = std::string{};
  if (x.name(at) && x.is(at + 1, token_kind::assign)) {
    alias = " AS " + std::string{x.raw(at)};
    at += 2;
  }
  if (x.is(at, token_kind::left_paren)) {
    // A table in parentheses is the table.
    const auto inner = x.part(at, x.behind(at)).unwrapped();
    out += inner.size() == 1 && inner.name(0) ? inner.text()
                                              : "(" + inner.text() + ")";
    at = x.behind(at);
  } else if (x.name(at)) {
    out += x.raw(at++);
  } else {
    return std::nullopt;
  }
  out += alias;
  if (x.is(at, token_kind::left_paren) && x.behind(at) == x.size()) {
    const auto condition = x.from(at).unwrapped();
    const auto columns = equal_columns(condition);
    out += columns.empty() ? " ON " + condition.text()
                           : " USING (" + columns + ")";
    return query_rewriting{std::move(out), 0.9, ""};
  }
  if (!x.is(at, "ON"))
    return at == x.size() && (prql || kql) ? result{{std::move(out), 0.9, ""}}
                                           : std::nullopt;
  const auto columns = x.from(at + 1).split();
  for (const auto& column : columns)
    if (column.size() != 1 || !column.name(0))
      return prql || kql ? result{{out + ' ' + x.from(at).text(), 0.9, ""}}
                         : std::nullopt;
  return columns.empty()
           ? std::nullopt
           : result{{out + " USING (" + x.from(at + 1).text() + ")", 0.9, ""}};
}

/// project-away a, b; project-rename n = o; project-keep a.
result rewrite_project(const words& x) {
  if (!x.is(1, token_kind::minus) || x.size() < 4)
    return std::nullopt;
  const auto rest = x.from(3);
  if (x.is(2, "AWAY"))
    return query_rewriting{"DROP " + rest.text(), 0.95, ""};
  if (x.is(2, "KEEP") || x.is(2, "REORDER"))
    return query_rewriting{"SELECT " + rest.text(), 0.9, ""};
  if (x.is(2, "RENAME"))
    return query_rewriting{"RENAME " + named_items(rest), 0.95, ""};
  return std::nullopt;
}

/// union T1, T2 of KQL and append t of PRQL keep duplicates.
result rewrite_union(const words& x) {
  if (x.is(1, "ALL") || (x.is(0, "UNION") && x.from(1).split().size() < 2))
    return std::nullopt;
  auto out = std::string{};
  for (const auto& table : x.from(1).split())
    out += (out.empty() ? "" : " |> ") + ("UNION ALL " + table.text());
  return out.empty() ? std::nullopt
                     : result{{std::move(out), 0.9,
                               "UNION without ALL leaves out duplicates"}};
}

} // namespace

std::optional<query_rewriting> rewrite_stage(const words& x) {
  if (x.empty())
    return std::nullopt;
  if (auto braced = rewrite_braces(x))
    return braced;
  if (x.is(0, "GROUP"))
    return rewrite_group(x);
  if (x.is(0, "TAKE") || x.is(0, "HEAD") || x.is(0, "LIMIT")
      || x.is(0, "FETCH"))
    return rewrite_limit(x);
  if (x.is(0, "JOIN"))
    return rewrite_join(x);
  if (x.is(0, "PROJECT"))
    return rewrite_project(x);
  if (x.is(0, "UNION") || x.is(0, "APPEND"))
    return rewrite_union(x);
  if (x.is(0, "COUNT") && x.size() == 1)
    return query_rewriting{"AGGREGATE COUNT()", 0.95, ""};
  if (x.is(0, "DISTINCT") && x.is(1, token_kind::star) && x.size() == 2)
    return query_rewriting{"DISTINCT", 1, ""};
  if (x.is(0, "DISTINCT") && x.size() > 1)
    return query_rewriting{
      "SELECT " + named_items(x.from(1).unwrapped()) + " |> DISTINCT", 0.9, ""};
  if (x.is(0, "SUMMARIZE") && x.is(1, "BY") && x.size() > 2)
    return query_rewriting{"SELECT " + named_items(x.from(2)) + " |> DISTINCT",
                           0.95, ""};
  return std::nullopt;
}

} // namespace aura::dsl::foreign
