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

std::optional<std::string> sql_reader::run_items(bool extends) {
  auto list = items(x_);
  extends_ = extends;
  auto out = plain(list, {}, {}, false);
  if (failed_ || windows_.empty())
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

std::string sql_reader::expression(const words& x, bool windows) {
  auto out = std::string{};
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i > 0 && x[i].where.start > x[i - 1].where.end)
      out += ' ';
    if (const auto end = windows ? behind_over(x, i) : i; end != i) {
      out += window_call(x.part(i, end), {},
                         [this](const words& w) { return expression(w); });
      i = end - 1;
      continue;
    }
    if (x.is(i, "OVER") || x.is(i, "EXISTS"))
      fail();
    if (!x.is(i, token_kind::left_paren) || !x.is(i + 1, "SELECT")) {
      out += x.raw(i);
      continue;
    }
    out += '(' + nested(x.part(i, x.behind(i))) + ')';
    i = x.behind(i) - 1;
  }
  return out;
}

std::string sql_reader::nested(const words& x) {
  auto inner = sql_reader{x.unwrapped(), depth_ + 1};
  const auto text = inner.run();
  if (!text)
    fail();
  runs_ = runs_ || inner.runs_;
  return text.value_or("");
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
    out += "LET " + name_of(x_, at_) + " = " + nested(x_.part(at_ + 2, end))
           + "; ";
    if (failed_)
      return out;
    at_ = end;
  } while (x_.is(at_, token_kind::comma) && ++at_ > 0);
  return out;
}

std::string sql_reader::relation() {
  auto out = std::string{};
  if (x_.is(at_, token_kind::left_paren)) {
    const auto end = x_.behind(at_);
    out = '(' + nested(x_.part(at_, end)) + ')';
    if (failed_)
      return out;
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
      joined_ = true;
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
    joined_ = true;
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
    out += where(clause());
  auto keys = std::vector<words>{};
  if (accept("GROUP")) {
    if (!accept("BY"))
      fail();
    keys = clause().split();
  }
  auto having = words{};
  if (accept("HAVING"))
    having = clause();
  if (accept("WINDOW"))
    named_windows();
  auto qualify = words{};
  if (accept("QUALIFY"))
    qualify = clause();
  if (accept("WINDOW"))
    named_windows();
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
  out += aggregates ? grouped(list, keys, having, qualify, order, distinct)
                    : plain(list, qualify, order, distinct);
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
    runs_ = runs_ || other.runs_;
    at_ = failed_ ? x_.size() : at_ + other.at_;
    return std::string{" |> "} + word + (all ? " ALL (" : " (") + text + ')';
  }
  fail();
  return {};
}

namespace {

query_rewriting rewriting_of(std::string text, bool runs) {
  if (!runs)
    return {std::move(text), 0.9, ""};
  return {std::move(text), 0.8,
          "RUNNING takes rows with equal keys one after the other, ORDER BY in "
          "OVER takes them at once"};
}

} // namespace

std::optional<query_rewriting> rewrite_sql(const words& x) {
  auto reader = sql_reader{x};
  auto text = reader.run();
  if (!text)
    return std::nullopt;
  return rewriting_of(std::move(*text), reader.runs());
}

std::optional<query_rewriting> rewrite_over(const words& x) {
  if (!x.is(0, "SELECT") && !x.is(0, "EXTEND"))
    return std::nullopt;
  auto reader = sql_reader{x.from(1)};
  auto text = reader.run_items(x.is(0, "EXTEND"));
  if (!text)
    return std::nullopt;
  // Without the ` |> ` that it begins with.
  return rewriting_of(text->substr(4), reader.runs());
}

} // namespace aura::dsl::foreign
