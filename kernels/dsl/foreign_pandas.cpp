#include "kernels/dsl/foreign_calls.hpp"
#include "kernels/dsl/foreign_queries.hpp"
#include "kernels/dsl/functions.hpp"
#include "kernels/dsl/words.hpp"

namespace aura::dsl::foreign {

namespace {

bool is_text(const words& x, std::size_t i) {
  return x.is(i, token_kind::text) || x.is(i, token_kind::double_text);
}

/// The names in 'a' or ['a', 'b']; empty if there is anything else.
std::vector<std::string> names_in(const words& x) {
  auto result = std::vector<std::string>{};
  for (const auto& part : x.unwrapped().split()) {
    if (part.size() != 1 || !is_text(part, 0))
      return {};
    result.push_back(name_of(part, 0));
  }
  return result;
}

std::string joined(const std::vector<std::string>& xs,
                   const std::string& between = ", ") {
  auto out = std::string{};
  for (const auto& x : xs)
    out += (out.empty() ? "" : between) + x;
  return out;
}

/// Our aggregate function for `mean`; empty if there is none.
std::string aggregate_named(std::string_view method) {
  auto name = upper(method);
  if (name == "STD")
    name = "STDDEV";
  else if (const auto other = our_function(name); !other.empty())
    name = other;
  if (name == "NUNIQUE")
    return name;
  const auto* known = find_function(name);
  return known && known->group == function_group::aggregate && known->least <= 1
           ? name
           : std::string{};
}

std::string aggregate_call(const std::string& function,
                           const std::string& column) {
  return function == "NUNIQUE" ? "COUNT(DISTINCT " + column + ")"
                               : function + '(' + column + ')';
}

/// `key = value` arguments and the others.
struct arguments {
  explicit arguments(const words& x) {
    for (const auto& part : x.split())
      if (part.is(0, token_kind::word) && part.is(1, token_kind::assign))
        named.emplace_back(std::string{part.raw(0)}, part.from(2));
      else
        plain.push_back(part);
  }

  words get(std::string_view name, std::size_t position) const {
    for (const auto& [key, value] : named)
      if (key == name)
        return value;
    return position < plain.size() ? plain[position] : words{};
  }

  std::vector<words> plain;
  std::vector<std::pair<std::string, words>> named;
};

/// Follows a chain of methods and brackets behind a table.
class chain {
public:
  explicit chain(const words& x) : x_{x} {
  }

  std::optional<std::string> run() {
    if (!x_.name(0) || x_.size() < 3)
      return std::nullopt;
    frame_ = std::string{x_.raw(0)};
    out_ = "SOURCE " + frame_;
    for (at_ = 1; !failed_ && at_ < x_.size();)
      link();
    if (!keys_.empty() || !picked_.empty())
      pick();
    return failed_ ? std::nullopt : std::optional{out_};
  }

private:
  void fail() {
    failed_ = true;
  }

  void add(const std::string& operation) {
    out_ += " |> " + operation;
  }

  void link() {
    if (x_.symbol(at_, "[")) {
      const auto end = x_.behind(at_);
      bracket(x_.part(at_ + 1, end - 1));
      at_ = end;
      return;
    }
    if (!x_.is(at_, token_kind::dot) || !x_.is(at_ + 1, token_kind::word)) {
      fail();
      return;
    }
    const auto name = upper(x_.raw(at_ + 1));
    if (!x_.is(at_ + 2, token_kind::left_paren)) {
      // An attribute is a column: t.a.sum()
      picked_ = {std::string{x_.raw(at_ + 1)}};
      at_ += 2;
      return;
    }
    const auto end = x_.behind(at_ + 2);
    method(name, arguments{x_.part(at_ + 2, end).unwrapped()},
           x_.part(at_ + 2, end).unwrapped());
    at_ = end;
  }

  void bracket(const words& inside) {
    auto names = names_in(inside);
    if (!names.empty()) {
      picked_ = std::move(names);
      return;
    }
    add("FILTER " + condition(inside));
  }

  /// A selection that no aggregate followed.
  void pick() {
    if (!keys_.empty())
      fail();
    else if (!picked_.empty())
      add("SELECT " + joined(picked_));
    picked_.clear();
  }

  /// A condition without the frame in front of its columns.
  std::string condition(const words& x) const {
    auto out = std::string{};
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (i > 0 && x[i].where.start > x[i - 1].where.end)
        out += ' ';
      if (x.is(i, token_kind::word) && x.raw(i) == frame_
          && x.is(i + 1, token_kind::dot)) {
        ++i;
        continue;
      }
      if (x.is(i, token_kind::word) && x.raw(i) == frame_
          && x.symbol(i + 1, "[") && is_text(x, i + 2)
          && x.symbol(i + 3, "]")) {
        out += name_of(x, i + 2);
        i += 3;
        continue;
      }
      out += x.raw(i);
    }
    return out;
  }

  void method(const std::string& name, const arguments& given,
              const words& all) {
    if (name == "RESET_INDEX" || name == "COPY")
      return;
    if (name == "GROUPBY") {
      if (!picked_.empty())
        pick();
      for (const auto& part : given.plain)
        for (auto& key : names_in(part))
          keys_.push_back(std::move(key));
      for (auto& key : names_in(given.get("by", all.size())))
        keys_.push_back(std::move(key));
      if (keys_.empty())
        fail();
      return;
    }
    if (name == "SIZE" || (name == "COUNT" && picked_.empty())) {
      aggregate({"COUNT()"});
      return;
    }
    if (name == "VALUE_COUNTS") {
      keys_ = picked_;
      picked_.clear();
      aggregate({"COUNT()"});
      add("SORT count DESC");
      return;
    }
    if (name == "AGG" || name == "AGGREGATE") {
      aggregate(aggregates_of(given));
      return;
    }
    const auto function = aggregate_named(name);
    if (!function.empty() && !picked_.empty() && all.empty()) {
      auto calls = std::vector<std::string>{};
      for (const auto& column : picked_)
        calls.push_back(aggregate_call(function, column));
      aggregate(calls);
      return;
    }
    if (!keys_.empty()) {
      fail();
      return;
    }
    if (!picked_.empty())
      pick();
    operation(name, given, all);
  }

  void aggregate(const std::vector<std::string>& calls) {
    if (calls.empty())
      fail();
    add("AGGREGATE " + joined(calls)
        + (keys_.empty() ? "" : " BY " + joined(keys_)));
    keys_.clear();
    picked_.clear();
  }

  /// agg('sum'), agg({'a': 'sum'}), agg(n=('a', 'sum'))
  std::vector<std::string> aggregates_of(const arguments& given) {
    auto calls = std::vector<std::string>{};
    const auto call = [&](const words& function, const std::string& column,
                          const std::string& alias) {
      const auto name = is_text(function, 0)
                          ? aggregate_named(name_of(function, 0))
                          : std::string{};
      if (name.empty()) {
        fail();
        return;
      }
      calls.push_back(aggregate_call(name, column)
                      + (alias.empty() ? "" : " AS " + alias));
    };
    for (const auto& [alias, value] : given.named) {
      const auto pair = value.unwrapped().split();
      if (pair.size() == 2 && is_text(pair[0], 0))
        call(pair[1], name_of(pair[0], 0), alias);
      else
        fail();
    }
    for (const auto& part : given.plain) {
      if (!part.symbol(0, "{")) {
        for (const auto& column : picked_)
          call(part, column, "");
        continue;
      }
      for (const auto& entry : part.unwrapped().split())
        if (is_text(entry, 0) && entry.symbol(1, ":"))
          call(entry.from(2), name_of(entry, 0), "");
        else
          fail();
    }
    return calls;
  }

  void operation(const std::string& name, const arguments& given,
                 const words& all) {
    if ((name == "QUERY" || name == "FILTER" || name == "WHERE")
        && !given.plain.empty()) {
      const auto& x = given.plain[0];
      add("FILTER "
          + (x.size() == 1 && is_text(x, 0) ? value(x[0], x.source())
                                            : condition(x)));
    } else if (name == "SORT_VALUES" || name == "ORDERBY"
               || name == "ORDER_BY") {
      sort(given);
    } else if ((name == "HEAD" || name == "LIMIT") && all.size() <= 1) {
      add("LIMIT " + (all.empty() ? "5" : std::string{all.raw(0)}));
    } else if ((name == "NLARGEST" || name == "NSMALLEST")
               && given.plain.size() == 2) {
      const auto keys = names_in(given.plain[1]);
      if (keys.empty())
        fail();
      add("SORT " + joined(keys, name == "NLARGEST" ? " DESC, " : ", ")
          + (name == "NLARGEST" ? " DESC" : ""));
      add("LIMIT " + given.plain[0].text());
    } else if ((name == "DROP_DUPLICATES" || name == "DISTINCT"
                || name == "UNIQUE")
               && all.empty()) {
      add("DISTINCT");
    } else if (name == "SELECT") {
      const auto names = names_in(all);
      if (names.empty())
        fail();
      add("SELECT " + joined(names));
    } else if (name == "DROP") {
      const auto names = names_in(given.get("columns", 0));
      if (names.empty())
        fail();
      add("DROP " + joined(names));
    } else if (name == "RENAME") {
      rename(given.get("columns", 0));
    } else if (name == "ASSIGN" && given.plain.empty()
               && !given.named.empty()) {
      auto items = std::vector<std::string>{};
      for (const auto& [alias, x] : given.named)
        items.push_back(condition(x) + " AS " + alias);
      add("EXTEND " + joined(items));
    } else if (name == "MERGE") {
      merge(given);
    } else {
      fail();
    }
  }

  void sort(const arguments& given) {
    const auto keys = names_in(given.get("by", 0));
    const auto directions = given.get("ascending", 9).unwrapped().split();
    auto out = std::string{};
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto down
        = !directions.empty()
          && directions[std::min(i, directions.size() - 1)].is(0, "FALSE");
      out += (i > 0 ? ", " : "") + keys[i] + (down ? " DESC" : "");
    }
    if (keys.empty())
      fail();
    add("SORT " + out);
  }

  void rename(const words& x) {
    auto out = std::string{};
    for (const auto& entry : x.unwrapped().split())
      if (is_text(entry, 0) && entry.symbol(1, ":") && is_text(entry, 2))
        out += (out.empty() ? "" : ", ") + name_of(entry, 0) + " AS "
               + name_of(entry, 2);
      else
        fail();
    if (out.empty())
      fail();
    add("RENAME " + out);
  }

  void merge(const arguments& given) {
    const auto other = given.get("right", 0);
    const auto keys = names_in(given.get("on", 2));
    const auto how = given.get("how", 1);
    auto kind = std::string{};
    if (is_text(how, 0))
      kind = upper(name_of(how, 0));
    if (kind == "INNER")
      kind.clear();
    else if (kind == "OUTER")
      kind = "FULL";
    if (other.size() != 1 || !other.name(0) || keys.empty()
        || (kind != "" && kind != "LEFT" && kind != "RIGHT"
            && kind != "FULL")) {
      fail();
      return;
    }
    add(kind + (kind.empty() ? "" : " ") + "JOIN " + other.text() + " USING ("
        + joined(keys) + ')');
  }

  words x_;
  std::size_t at_ = 0;
  bool failed_ = false;
  std::string frame_;
  std::string out_;
  std::vector<std::string> keys_;
  std::vector<std::string> picked_;
};

} // namespace

std::optional<query_rewriting> rewrite_pandas(const words& x) {
  auto text = chain{x}.run();
  if (!text)
    return std::nullopt;
  return query_rewriting{std::move(*text), 0.9, ""};
}

} // namespace aura::dsl::foreign
