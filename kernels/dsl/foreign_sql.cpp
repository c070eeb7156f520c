#include "kernels/dsl/foreign_sql.hpp"

#include "kernels/dsl/words.hpp"

#include <algorithm>

namespace aura::dsl::foreign {

namespace {

bool ends_clause(const words& x, std::size_t i) {
  for (const auto* word :
       {"WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FETCH",
        "UNION", "INTERSECT", "EXCEPT", "WINDOW", "QUALIFY"})
    if (x.is(i, word))
      return true;
  return false;
}

/// Where the clause that begins at `i` ends.
std::size_t clause_end(const words& x, std::size_t i) {
  while (i < x.size() && !ends_clause(x, i))
    i = x.behind(i);
  return i;
}

bool is_join_word(const words& x, std::size_t i) {
  for (const auto* word : {"JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS",
                           "NATURAL", "ON", "USING", "OUTER"})
    if (x.is(i, word))
      return true;
  return false;
}

} // namespace

std::optional<std::string> sql_reader::run() {
  auto out = with();
  if (x_.is(at_, token_kind::left_paren) && x_.behind(at_) == x_.size())
    x_ = x_.from(at_).unwrapped(), at_ = 0;
  out += statement();
  auto combined = false;
  while (!failed_ && at_ < x_.size() && is_set_word()) {
    out += set_operation();
    combined = true;
  }
  if (combined && accept("ORDER")) {
    if (!accept("BY"))
      fail();
    out += " |> SORT " + expression(clause());
  }
  if (combined)
    out += limit("");
  if (failed_ || at_ != x_.size())
    return std::nullopt;
  return out;
}

void sql_reader::fail() {
  failed_ = true;
  at_ = x_.size();
}

bool sql_reader::accept(std::string_view word) {
  if (!x_.is(at_, word))
    return false;
  ++at_;
  return true;
}

words sql_reader::clause() {
  const auto start = at_;
  at_ = clause_end(x_, at_);
  return x_.part(start, at_);
}

std::string sql_reader::expression(const words& x) {
  auto out = std::string{};
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i > 0 && x[i].where.start > x[i - 1].where.end)
      out += ' ';
    if (x.is(i, "OVER") || x.is(i, "EXISTS"))
      fail();
    const auto nested
      = x.is(i, token_kind::left_paren) && x.is(i + 1, "SELECT");
    if (!nested) {
      out += x.raw(i);
      continue;
    }
    const auto inner
      = sql_reader{x.part(i, x.behind(i)).unwrapped(), depth_ + 1}.run();
    if (!inner)
      fail();
    out += '(' + inner.value_or("") + ')';
    i = x.behind(i) - 1;
  }
  return out;
}

std::string sql_reader::with() {
  auto out = std::string{};
  if (!accept("WITH"))
    return out;
  if (x_.is(at_, "RECURSIVE"))
    fail();
  do {
    if (!x_.name(at_) || !x_.is(at_ + 1, "AS")
        || !x_.is(at_ + 2, token_kind::left_paren)) {
      fail();
      return out;
    }
    const auto end = x_.behind(at_ + 2);
    const auto inner
      = sql_reader{x_.part(at_ + 2, end).unwrapped(), depth_ + 1}.run();
    if (!inner) {
      fail();
      return out;
    }
    out += "LET " + name_of(x_, at_) + " = " + *inner + "; ";
    at_ = end;
  } while (x_.is(at_, token_kind::comma) && ++at_ > 0);
  return out;
}

std::string sql_reader::relation() {
  auto out = std::string{};
  if (x_.is(at_, token_kind::left_paren)) {
    const auto end = x_.behind(at_);
    const auto inner
      = sql_reader{x_.part(at_, end).unwrapped(), depth_ + 1}.run();
    if (!inner)
      fail();
    out = '(' + inner.value_or("") + ')';
    at_ = end;
  } else if (x_.name(at_) || x_.is(at_, token_kind::double_text)) {
    out = name_of(x_, at_++);
    // The schema in front of a table is no part of its name.
    while (x_.is(at_, token_kind::dot) && at_ + 1 < x_.size()) {
      out = name_of(x_, at_ + 1);
      at_ += 2;
    }
  } else {
    fail();
    return out;
  }
  const auto named = accept("AS");
  if ((x_.name(at_) || x_.is(at_, token_kind::double_text))
      && (named || (!ends_clause(x_, at_) && !is_join_word(x_, at_))))
    out += " AS " + name_of(x_, at_++);
  return out;
}

std::string sql_reader::from() {
  auto out = "SOURCE " + relation();
  for (;;) {
    if (x_.is(at_, token_kind::comma)) {
      ++at_;
      out += " |> CROSS JOIN " + relation();
      continue;
    }
    auto kind = std::string{};
    for (const auto* word : {"LEFT", "RIGHT", "FULL", "CROSS"})
      if (accept(word))
        kind = std::string{word} + ' ';
    accept("INNER");
    accept("OUTER");
    if (!accept("JOIN"))
      return kind.empty() ? out : (fail(), out);
    out += " |> " + kind + "JOIN " + relation();
    if (x_.is(at_, "ON") || x_.is(at_, "USING")) {
      const auto start = at_++;
      while (at_ < x_.size() && !ends_clause(x_, at_) && !is_join_word(x_, at_)
             && !x_.is(at_, token_kind::comma))
        at_ = x_.behind(at_);
      out += ' ' + expression(x_.part(start, at_));
    }
  }
}

std::string sql_reader::statement() {
  if (!accept("SELECT")) {
    fail();
    return {};
  }
  auto tail = std::string{};
  auto top = std::string{};
  const auto distinct = accept("DISTINCT");
  accept("ALL");
  if (x_.is(at_, "TOP") && x_.is(at_ + 1, token_kind::integer)) {
    top = std::string{x_.raw(at_ + 1)};
    at_ += 2;
  }
  const auto from_at = x_.find("FROM", at_);
  if (from_at == x_.size()) {
    fail();
    return {};
  }
  auto list = items(x_.part(at_, from_at));
  at_ = from_at + 1;
  auto out = from();
  if (accept("WHERE"))
    out += " |> FILTER " + expression(clause());
  auto keys = std::vector<words>{};
  if (accept("GROUP")) {
    if (!accept("BY"))
      fail();
    keys = clause().split();
  }
  auto having = words{};
  if (accept("HAVING"))
    having = clause();
  auto order = std::vector<words>{};
  if (!operand_ && accept("ORDER")) {
    if (!accept("BY"))
      fail();
    order = clause().split();
  }
  const auto aggregates
    = !keys.empty() || !having.empty()
      || std::any_of(list.begin(), list.end(),
                     [](const auto& item) { return item.aggregates; });
  out += aggregates ? grouped(list, keys, having, order, distinct)
                    : plain(list, order, distinct);
  return operand_ ? out : out + limit(top);
}

std::string sql_reader::limit(const std::string& top) {
  auto count = top;
  auto offset = std::string{};
  const auto number = [&] {
    if (!x_.is(at_, token_kind::integer)) {
      fail();
      return std::string{};
    }
    return std::string{x_.raw(at_++)};
  };
  for (;;) {
    if (accept("LIMIT")) {
      count = number();
      if (x_.is(at_, token_kind::comma)) {
        ++at_;
        offset = count;
        count = number();
      }
    } else if (accept("OFFSET")) {
      offset = number();
      if (!accept("ROWS"))
        accept("ROW");
    } else if (accept("FETCH")) {
      if (!accept("FIRST"))
        accept("NEXT");
      count = number();
      if (!accept("ROWS"))
        accept("ROW");
      accept("ONLY");
    } else {
      break;
    }
  }
  if (count.empty())
    return offset.empty() ? "" : (fail(), "");
  return " |> LIMIT " + count + (offset.empty() ? "" : " OFFSET " + offset);
}

bool sql_reader::is_set_word() const {
  return x_.is(at_, "UNION") || x_.is(at_, "INTERSECT") || x_.is(at_, "EXCEPT");
}

std::string sql_reader::set_operation() {
  for (const auto* word : {"UNION", "INTERSECT", "EXCEPT"}) {
    if (!accept(word))
      continue;
    const auto all = accept("ALL");
    auto other = sql_reader{x_.from(at_), depth_};
    other.operand_ = true;
    // The rest of a chain belongs to the left.
    auto text = other.statement();
    if (other.failed_)
      fail();
    at_ = failed_ ? x_.size() : at_ + other.at_;
    return std::string{" |> "} + word + (all ? " ALL (" : " (") + text + ')';
  }
  fail();
  return {};
}

std::optional<query_rewriting> rewrite_sql(const words& x) {
  auto text = sql_reader{x}.run();
  if (!text)
    return std::nullopt;
  return query_rewriting{std::move(*text), 0.9, ""};
}

} // namespace aura::dsl::foreign
