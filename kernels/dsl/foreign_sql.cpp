#include "kernels/dsl/foreign_queries.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <charconv>

namespace aura::dsl::foreign {

namespace {

/// One item of a SELECT list.
struct sql_item {
  words value;
  std::string alias;
  bool aggregates = false;
};

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

bool same_words(const words& a, const words& b) {
  if (a.size() != b.size())
    return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto equal = a.is(i, token_kind::word) && b.is(i, token_kind::word)
                         ? upper(a.raw(i)) == upper(b.raw(i))
                         : a.raw(i) == b.raw(i);
    if (!equal)
      return false;
  }
  return true;
}

/// Rewrites one SELECT statement. What it cannot say makes `run` give up.
class sql_reader {
public:
  /// Statements inside of statements.
  static constexpr int deepest = 20;

  explicit sql_reader(const words& x, int depth = 0) : x_{x}, depth_{depth} {
    if (depth > deepest)
      fail();
  }

  std::optional<std::string> run() {
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

private:
  void fail() {
    failed_ = true;
    at_ = x_.size();
  }

  bool accept(std::string_view word) {
    if (!x_.is(at_, word))
      return false;
    ++at_;
    return true;
  }

  words clause() {
    const auto start = at_;
    at_ = clause_end(x_, at_);
    return x_.part(start, at_);
  }

  /// Text of ours for an expression: statements inside it are rewritten.
  std::string expression(const words& x) {
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

  /// WITH a AS (SELECT …), …
  std::string with() {
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

  /// A table, or a statement in parentheses, with its alias.
  std::string relation() {
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

  std::string from() {
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
        while (at_ < x_.size() && !ends_clause(x_, at_)
               && !is_join_word(x_, at_) && !x_.is(at_, token_kind::comma))
          at_ = x_.behind(at_);
        out += ' ' + expression(x_.part(start, at_));
      }
    }
  }

  std::vector<sql_item> items(const words& list) {
    auto result = std::vector<sql_item>{};
    for (const auto& part : list.split()) {
      auto& made = result.emplace_back();
      made.value = part;
      const auto n = part.size();
      if (n > 2 && part.is(n - 2, "AS")) {
        made.alias = name_of(part, n - 1);
        made.value = part.first(n - 2);
      } else if (n > 1 && part.name(n - 1)
                 && (part.is(n - 2, token_kind::right_paren) || part.name(n - 2)
                     || part.is(n - 2, token_kind::integer))
                 && !part.is(n - 1, "END") && !part.is(n - 2, "DISTINCT")
                 && !is_reserved(part.raw(n - 1))
                 && !is_reserved(part.raw(n - 2))) {
        made.alias = name_of(part, n - 1);
        made.value = part.first(n - 1);
      }
      made.aggregates = calls_aggregate(made.value);
    }
    return result;
  }

  static bool is_column(const words& x) {
    for (std::size_t i = 0; i < x.size(); ++i)
      if (i % 2 == 0 ? !x.name(i) : !x.is(i, token_kind::dot))
        return false;
    return x.size() % 2 == 1;
  }

  /// What a column of the answer is called.
  static std::string name_of_item(const sql_item& x) {
    if (!x.alias.empty())
      return x.alias;
    if (is_column(x.value))
      return std::string{x.value.raw(x.value.size() - 1)};
    // COUNT(*) is `count`, SUM(t.a) is `sum_a`.
    if (x.value.size() >= 3 && x.value.is(1, token_kind::left_paren)
        && x.value.behind(1) == x.value.size()) {
      auto call = upper(x.value.raw(0));
      for (auto& c : call)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      auto inner = x.value.part(2, x.value.size() - 1);
      if (inner.empty() || inner.is(0, token_kind::star))
        return call;
      if (inner.is(0, "DISTINCT"))
        inner = inner.from(1);
      if (is_column(inner))
        return call + '_' + std::string{inner.raw(inner.size() - 1)};
    }
    return {};
  }

  std::string spelled(const sql_item& x) {
    return expression(x.value) + (x.alias.empty() ? "" : " AS " + x.alias);
  }

  /// The item that `x` repeats, names or numbers; null if there is none.
  static sql_item* item_meant(const words& x, std::vector<sql_item>& items) {
    if (x.size() == 1 && x.is(0, token_kind::integer)) {
      auto n = std::size_t{0};
      const auto digits = x.raw(0);
      std::from_chars(digits.data(), digits.data() + digits.size(), n);
      return n >= 1 && n <= items.size() ? &items[n - 1] : nullptr;
    }
    for (auto& item : items)
      if (same_words(item.value, x)
          || (x.size() == 1 && x.name(0) && !item.alias.empty()
              && upper(x.raw(0)) == upper(item.alias)))
        return &item;
    return nullptr;
  }

  /// After AGGREGATE: aggregates are called by their names. Those that are not
  /// selected are added to `items`.
  std::string after_aggregate(const words& x, std::vector<sql_item>& items,
                              std::vector<sql_item>& hidden) {
    auto out = std::string{};
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (i > 0 && x[i].where.start > x[i - 1].where.end)
        out += ' ';
      const auto end
        = x.is(i + 1, token_kind::left_paren) ? x.behind(i + 1) : i;
      const auto call = x.part(i, std::max(end, i + 1));
      if (end == i || !calls_aggregate(call)) {
        if (x.is(i, token_kind::left_paren) && x.is(i + 1, "SELECT")) {
          out += expression(x.part(i, x.behind(i)));
          i = x.behind(i) - 1;
          continue;
        }
        // A column of a table: after AGGREGATE it is bare.
        if (x.name(i) && x.is(i + 1, token_kind::dot))
          continue;
        if (x.is(i, token_kind::dot))
          continue;
        out += x.raw(i);
        continue;
      }
      auto* known = item_meant(call, items);
      if (!known)
        known = item_meant(call, hidden);
      if (!known) {
        hidden.push_back({call, {}, true});
        known = &hidden.back();
      }
      auto name = name_of_item(*known);
      if (name.empty()) {
        name = "value" + std::to_string(++made_names_);
        known->alias = name;
      }
      out += name;
      i = end - 1;
    }
    return out;
  }

  std::string statement() {
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

  /// `b DESC` as the value and what stands behind it.
  static std::pair<words, std::string> key_of(const words& x) {
    auto end = x.size();
    for (const auto* word : {"ASC", "DESC", "NULLS"})
      end = std::min(end, x.find(word));
    const auto rest = x.from(end).text();
    return {x.first(end), rest.empty() ? "" : ' ' + rest};
  }

  std::string plain(std::vector<sql_item>& list,
                    const std::vector<words>& order, bool distinct) {
    const auto everything
      = list.size() == 1 && list[0].value.is(0, token_kind::star);
    auto select = std::string{};
    auto extend = std::string{};
    for (std::size_t i = 0; i < list.size() && !everything; ++i) {
      const auto star
        = list[i].value.is(0, token_kind::star)
          || list[i].value.is(list[i].value.size() - 1, token_kind::star);
      // `*, e AS n` keeps all and adds one.
      if (star && i == 0 && list[i].value.size() == 1) {
        extend = " |> EXTEND ";
        continue;
      }
      if (star)
        fail();
      auto& into = extend.empty() ? select : extend;
      const auto first = into.empty() || into == " |> EXTEND ";
      into += (first ? "" : ", ") + spelled(list[i]);
    }
    auto keys = std::string{};
    auto before = false;
    for (const auto& x : order) {
      const auto [value, rest] = key_of(x);
      const auto* item = everything ? nullptr : item_meant(value, list);
      auto name = item ? name_of_item(*item) : std::string{};
      if (name.empty()) {
        before = !everything && extend.empty();
        name = item ? expression(item->value) : expression(value);
      }
      keys += (keys.empty() ? "" : ", ") + name + rest;
    }
    if (before) {
      // A key that is not selected: order first, by what the names stand for.
      keys.clear();
      for (const auto& x : order) {
        const auto [value, rest] = key_of(x);
        const auto* item = item_meant(value, list);
        keys += (keys.empty() ? "" : ", ")
                + expression(item ? item->value : value) + rest;
      }
    }
    if (before && distinct)
      fail();
    const auto sort = keys.empty() ? "" : " |> SORT " + keys;
    return (before ? sort : "") + extend
           + (select.empty() ? "" : " |> SELECT " + select)
           + (distinct ? " |> DISTINCT" : "") + (before ? "" : sort);
  }

  std::string grouped(std::vector<sql_item>& list,
                      const std::vector<words>& groups, const words& having,
                      const std::vector<words>& order, bool distinct) {
    auto hidden = std::vector<sql_item>{};
    hidden.reserve(8);
    auto by = std::string{};
    auto names = std::vector<std::string>{};
    for (const auto& group : groups) {
      const auto* item = item_meant(group, list);
      auto key = item ? *item : sql_item{group, {}, false};
      if (key.alias.empty() && name_of_item(key).empty())
        key.alias = "key" + std::to_string(++made_names_);
      by += (by.empty() ? " BY " : ", ") + spelled(key);
      names.push_back(upper(name_of_item(key)));
    }
    const auto filter
      = having.empty() ? ""
                       : " |> FILTER " + after_aggregate(having, list, hidden);
    auto sort = std::string{};
    for (const auto& x : order) {
      const auto [value, rest] = key_of(x);
      const auto* item = item_meant(value, list);
      sort += (sort.empty() ? " |> SORT " : ", ")
              + (item && !name_of_item(*item).empty()
                   ? name_of_item(*item)
                   : after_aggregate(value, list, hidden))
              + rest;
    }
    auto aggregates = std::string{};
    auto wanted = std::vector<std::string>{};
    const auto keys = names;
    for (auto& item : list) {
      if (name_of_item(item).empty())
        item.alias = "value" + std::to_string(++made_names_);
      wanted.push_back(name_of_item(item));
      const auto is_key
        = std::find(keys.begin(), keys.end(), upper(wanted.back()))
          != keys.end();
      if (is_key)
        continue;
      if (!item.aggregates)
        fail(); // neither a key nor an aggregate
      aggregates += (aggregates.empty() ? "" : ", ") + spelled(item);
      names.push_back(upper(wanted.back()));
    }
    for (const auto& item : hidden) {
      aggregates += (aggregates.empty() ? "" : ", ") + spelled(item);
      names.push_back(upper(name_of_item(item)));
    }
    auto same = names.size() == wanted.size();
    auto select = std::string{};
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      same = same && upper(wanted[i]) == names[i];
      select += (i > 0 ? ", " : "") + wanted[i];
    }
    if (aggregates.empty()) {
      // GROUP BY without aggregates is DISTINCT.
      if (!having.empty())
        fail();
      return " |> SELECT " + select + " |> DISTINCT" + sort;
    }
    return " |> AGGREGATE " + aggregates + by + filter + sort
           + (same ? "" : " |> SELECT " + select)
           + (distinct ? " |> DISTINCT" : "");
  }

  std::string limit(const std::string& top) {
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

  bool is_set_word() const {
    return x_.is(at_, "UNION") || x_.is(at_, "INTERSECT")
           || x_.is(at_, "EXCEPT");
  }

  std::string set_operation() {
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

  words x_;
  std::size_t at_ = 0;
  int depth_;
  /// Of a set operator: what orders and cuts belongs to the whole.
  bool operand_ = false;
  bool failed_ = false;
  int made_names_ = 0;
};

} // namespace

std::optional<query_rewriting> rewrite_sql(const words& x) {
  auto text = sql_reader{x}.run();
  if (!text)
    return std::nullopt;
  return query_rewriting{std::move(*text), 0.9, ""};
}

} // namespace aura::dsl::foreign
