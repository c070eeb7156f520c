#include "kernels/dsl/foreign_sql.hpp"

#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <charconv>

namespace aura::dsl::foreign {

namespace {

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

/// Whether an aggregate without OVER is called.
bool aggregates(const words& x) {
  for (std::size_t i = 0; i + 1 < x.size(); ++i)
    if (behind_over(x, i) == i && calls_aggregate(x.part(i, i + 2)))
      return true;
  return false;
}

} // namespace

std::vector<sql_item> sql_reader::items(const words& list) {
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
    made.aggregates = aggregates(made.value);
  }
  return result;
}

bool sql_reader::is_column(const words& x) {
  for (std::size_t i = 0; i < x.size(); ++i)
    if (i % 2 == 0 ? !x.name(i) : !x.is(i, token_kind::dot))
      return false;
  return x.size() % 2 == 1;
}

std::string sql_reader::name_of_item(const sql_item& x) {
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

std::string sql_reader::spelled(const sql_item& x) {
  if (!x.text.empty())
    return x.text + (x.text == x.alias ? "" : " AS " + x.alias);
  return expression(x.value) + (x.alias.empty() ? "" : " AS " + x.alias);
}

sql_item* sql_reader::item_meant(const words& x, std::vector<sql_item>& items) {
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

std::pair<words, std::string> sql_reader::key_of(const words& x) {
  auto end = x.size();
  for (const auto* word : {"ASC", "DESC", "NULLS"})
    end = std::min(end, x.find(word));
  const auto rest = x.from(end).text();
  return {x.first(end), rest.empty() ? "" : ' ' + rest};
}

// `*`, or `t.*` where there is no other table.
bool sql_reader::is_everything(const words& x) const {
  return !x.empty() && x.is(x.size() - 1, token_kind::star)
         && (x.size() == 1 || (x.size() == 3 && !joined_));
}

std::string sql_reader::plain(std::vector<sql_item>& list, const words& qualify,
                              const std::vector<words>& order, bool distinct) {
  const auto everything = list.size() == 1 && is_everything(list[0].value);
  auto select = std::string{};
  auto extend = std::string{};
  auto extends = extends_;
  for (std::size_t i = 0; i < list.size() && !everything; ++i) {
    // `*, e AS n` keeps all and adds one.
    if (i == 0 && is_everything(list[i].value)) {
      extends = true;
      continue;
    }
    if (list[i].value.is(list[i].value.size() - 1, token_kind::star))
      fail();
    take_windows(list[i]);
    // WINDOW has added it.
    if (extends && !list[i].text.empty() && list[i].text == list[i].alias)
      continue;
    auto& into = extends ? extend : select;
    into += (into.empty() ? "" : ", ") + spelled(list[i]);
  }
  const auto filter
    = qualify.empty() ? "" : " |> FILTER " + expression(qualify, true);
  const auto value_of = [&](const sql_item* item, const words& value) {
    return item && !item->text.empty()
             ? item->text
             : expression(item ? item->value : value, true);
  };
  // What sorts behind SELECT, and what does before it.
  auto named = std::string{};
  auto valued = std::string{};
  auto before = false;
  for (const auto& x : order) {
    const auto [value, rest] = key_of(x);
    const auto* item = everything ? nullptr : item_meant(value, list);
    const auto name = item ? name_of_item(*item) : std::string{};
    // Once for each key: a call with OVER becomes a WINDOW.
    const auto text = value_of(item, value);
    // A key that is not selected: order first, by what the names stand for.
    before = before || (name.empty() && !everything && !extends);
    named += (named.empty() ? "" : ", ") + (name.empty() ? text : name) + rest;
    valued += (valued.empty() ? "" : ", ") + text + rest;
  }
  const auto& keys = before ? valued : named;
  if (before && distinct)
    fail();
  const auto sort = keys.empty() ? "" : " |> SORT " + keys;
  return window_stages() + filter + (before ? sort : "")
         + (extend.empty() ? "" : " |> EXTEND " + extend)
         + (select.empty() ? "" : " |> SELECT " + select)
         + (distinct ? " |> DISTINCT" : "") + (before ? "" : sort);
}

std::string sql_reader::grouped(std::vector<sql_item>& list,
                                const std::vector<words>& groups,
                                const words& having, const words& qualify,
                                const std::vector<words>& order,
                                bool distinct) {
  auto hidden = std::vector<sql_item>{};
  hidden.reserve(8);
  const auto after
    = [&](const words& x) { return after_aggregate(x, list, hidden); };
  auto by = std::string{};
  auto names = std::vector<std::string>{};
  for (const auto& group : groups) {
    const auto* item = item_meant(group, list);
    auto key = item ? *item : sql_item{group, {}, false, {}};
    if (key.alias.empty() && name_of_item(key).empty())
      key.alias = "key" + std::to_string(++made_names_);
    by += (by.empty() ? " BY " : ", ") + spelled(key);
    names.push_back(upper(name_of_item(key)));
  }
  auto filter = having.empty() ? "" : " |> FILTER " + after(having);
  for (auto& item : list) {
    if (name_of_item(item).empty())
      item.alias = "value" + std::to_string(++made_names_);
    if (!has_over(item.value))
      continue;
    if (behind_over(item.value, 0) == item.value.size())
      item.text = item.alias
        = window_call(item.value, name_of_item(item), after);
    else
      item.text = after(item.value);
  }
  const auto kept = qualify.empty() ? "" : " |> FILTER " + after(qualify);
  auto sort = std::string{};
  for (const auto& x : order) {
    const auto [value, rest] = key_of(x);
    const auto* item = item_meant(value, list);
    sort += (sort.empty() ? " |> SORT " : ", ")
            + (item && !name_of_item(*item).empty() ? name_of_item(*item)
                                                    : after(value))
            + rest;
  }
  auto calls = std::string{};
  auto wanted = std::vector<std::string>{};
  auto select = std::string{};
  const auto keys = names;
  for (auto& item : list) {
    wanted.push_back(name_of_item(item));
    select += (select.empty() ? "" : ", ")
              + (item.text.empty() ? wanted.back() : spelled(item));
    const auto is_key
      = std::find(keys.begin(), keys.end(), upper(wanted.back())) != keys.end();
    if (is_key || !item.text.empty())
      continue;
    if (!item.aggregates)
      fail(); // neither a key nor an aggregate
    calls += (calls.empty() ? "" : ", ") + spelled(item);
    names.push_back(upper(wanted.back()));
  }
  for (const auto& item : hidden) {
    calls += (calls.empty() ? "" : ", ") + spelled(item);
    names.push_back(upper(name_of_item(item)));
  }
  auto same = windows_.empty() && names.size() == wanted.size();
  for (std::size_t i = 0; i < wanted.size(); ++i)
    same = same && upper(wanted[i]) == names[i];
  if (calls.empty()) {
    // GROUP BY without aggregates is DISTINCT.
    if (!having.empty() || !windows_.empty())
      fail();
    return " |> SELECT " + select + " |> DISTINCT" + sort;
  }
  filter += window_stages() + kept;
  return " |> AGGREGATE " + calls + by + filter + sort
         + (same ? "" : " |> SELECT " + select)
         + (distinct ? " |> DISTINCT" : "");
}

std::string sql_reader::after_aggregate(const words& x,
                                        std::vector<sql_item>& items,
                                        std::vector<sql_item>& hidden) {
  auto out = std::string{};
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i > 0 && x[i].where.start > x[i - 1].where.end)
      out += ' ';
    if (const auto over = behind_over(x, i); over != i) {
      out += window_call(x.part(i, over), {}, [&](const words& w) {
        return after_aggregate(w, items, hidden);
      });
      i = over - 1;
      continue;
    }
    const auto end = x.is(i + 1, token_kind::left_paren) ? x.behind(i + 1) : i;
    const auto call = x.part(i, std::max(end, i + 1));
    if (end == i || !calls_aggregate(call) || has_over(call)) {
      // A key that is an expression goes by its name.
      if (const auto* key = end == i ? nullptr : item_meant(call, items);
          key && !name_of_item(*key).empty()) {
        out += name_of_item(*key);
        i = end - 1;
        continue;
      }
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
      hidden.push_back({call, {}, true, {}});
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

} // namespace aura::dsl::foreign
