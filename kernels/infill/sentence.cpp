#include "kernels/infill/sentence.hpp"

#include "kernels/infill/join.hpp"
#include "kernels/infill/nouns.hpp"
#include "kernels/skeleton/naming.hpp"

#include <algorithm>

namespace aura::infill {

namespace {

std::string singular(const std::string& rows) {
  if (rows.ends_with("ies"))
    return rows.substr(0, rows.size() - 3) + "y";
  if (rows.ends_with("s"))
    return rows.substr(0, rows.size() - 1);
  return rows;
}

} // namespace

std::string listed(const std::vector<std::string>& items) {
  auto result = std::string{};
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0)
      result += i + 1 == items.size() ? " and " : ", ";
    const auto& x = items[i];
    const auto whole = items.size() == 1 || x.ends_with(")")
                       || (x.find(" and ") == std::string::npos
                           && x.find(" if ") == std::string::npos
                           && x.find(" when ") == std::string::npos);
    result += whole ? x : "(" + x + ")";
  }
  return result;
}

question::question(narrator& speaker, const dsl::pipeline& x)
  : n_{speaker}, stages_{x.stages} {
}

std::string question::ask() {
  const auto where = restrictions();
  const auto* aggregate = take<dsl::aggregate>();
  const auto about = aggregate ? topic::figures : topic::rows;
  const auto body = aggregate ? figures(*aggregate, where) : rows(where);
  auto result = sentence(body, about, n_.style(), n_.random());
  const auto lower = n_.style() == register_kind::concise
                     || (n_.style() == register_kind::casual && n_.chance(0.5));
  if (!lower)
    result = capitalised(std::move(result));
  steps(result);
  return result;
}

std::vector<std::string> question::nouns(const std::vector<dsl::item>& items) {
  auto result = std::vector<std::string>{};
  for (const auto& x : items)
    result.push_back(n_.noun(x.value));
  return result;
}

std::vector<flavour>
question::kinds(const std::vector<dsl::item>& items) const {
  auto result = std::vector<flavour>{};
  for (const auto& x : items)
    result.push_back(n_.flavour_of(x.value));
  return result;
}

void question::remember(const std::vector<dsl::item>& items,
                        const std::vector<std::string>& names,
                        const std::vector<flavour>& kinds) {
  auto again = std::vector<std::string>{};
  for (std::size_t i = 0; i < items.size(); ++i)
    again.push_back(n_.reference(items[i].value, names[i]));
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto& x = items[i];
    const auto name
      = x.alias ? x.alias->text : skeleton::default_name(x.value).value_or("");
    // Two things called alike keep their long names.
    const auto clear = std::ranges::count(again, again[i]) == 1;
    n_.remember(name, clear ? again[i] : names[i], kinds[i]);
  }
}

std::string question::group_phrase(const std::vector<std::string>& keys) {
  if (keys.empty())
    return {};
  if (keys.size() > 1 && n_.chance(0.25))
    return " for each combination of " + listed(keys);
  return n_.choose({" per ", " by ", " for each ", " grouped by "})
         + listed(keys);
}

std::string question::figures(const dsl::aggregate& x,
                              const std::string& where) {
  const auto items = nouns(x.items);
  const auto keys = nouns(x.keys);
  const auto item_kinds = kinds(x.items);
  const auto key_kinds = kinds(x.keys);
  auto about = std::string{};
  auto body = listed(items);
  // "number of devices" says already what it is about.
  if (body.find(n_.rows()) == std::string::npos)
    about = n_.choose({" of the ", " in the ", " across the ", " over the "})
            + n_.rows();
  const auto groups = group_phrase(keys);
  // Groups before the conditions, or after a comma.
  const auto* comma = groups.empty() || where.empty() ? "" : ",";
  if (!about.empty() && (where.empty() || n_.chance(0.6)))
    body += groups + about + where;
  else
    body += about + where + comma + groups;
  n_.forget_rows();
  remember(x.keys, keys, key_kinds);
  remember(x.items, items, item_kinds);
  if (const auto* having = take<dsl::filter>())
    body += join(
      {n_.choose({", keeping only groups where ", ", only for groups where "}),
       n_.clause(having->predicate)});
  return body + order_and_cut();
}

std::string question::rows(const std::string& where) {
  auto tail = std::string{};
  auto what = n_.rows();
  const auto* added = take<dsl::extend>();
  if (added) {
    tail += extension(*added);
    if (const auto* x = take<dsl::filter>())
      tail += ", only those where " + n_.clause(x->predicate);
  }
  const auto* by = next<dsl::sort>();
  const auto* few = by && at_ + 1 < stages_.size()
                      ? std::get_if<dsl::limit>(&stages_[at_ + 1].what)
                      : nullptr;
  const auto* most = few && !few->offset && by->keys.size() == 1 && !added
                         && by->keys[0].nulls == dsl::nulls::unspecified
                         && n_.chance(0.6)
                       ? superlative(n_.flavour_of(by->keys[0].value),
                                     by->keys[0].descending, n_.random())
                       : nullptr;
  auto cut_already = by != nullptr;
  if (most) {
    at_ += 2;
    what = few->count == 1 ? singular(what)
                           : std::to_string(few->count) + " " + what;
    what += std::string{" with the "} + most + " " + n_.noun(by->keys[0].value);
  } else if (const auto* x = take<dsl::top>()) {
    tail += "," + best(*x);
    cut_already = true;
  } else {
    const auto before = at_;
    tail += order_and_cut();
    cut_already = at_ != before;
  }
  const auto* shown = take<dsl::select>();
  if (!shown)
    return what + where + tail;
  const auto names = nouns(shown->items);
  const auto item_kinds = kinds(shown->items);
  auto columns = listed(names);
  const auto once = !cut_already && take<dsl::distinct>();
  if (once)
    columns = names.size() == 1
                ? n_.choose({"different ", "distinct ", "unique "}) + columns
                    + " values"
                : n_.choose({"different ", "distinct ", "unique "})
                    + ("combinations of " + columns);
  n_.forget_rows();
  remember(shown->items, names, item_kinds);
  auto body = columns + " of the " + what + where + tail;
  if (once)
    body += order_and_cut();
  return body;
}

void question::steps(std::string& text) {
  while (at_ < stages_.size()) {
    const auto said = step(stages_[at_++]);
    const auto ended = text.ends_with('.') || text.ends_with('?');
    text += (ended ? " Then " : "; then ") + said + (ended ? "." : "");
  }
}

std::string question::step(const dsl::stage& stage) {
  if (const auto* x = std::get_if<dsl::filter>(&stage.what))
    return "keep only those where " + n_.clause(x->predicate);
  if (const auto* x = std::get_if<dsl::aggregate>(&stage.what)) {
    const auto items = nouns(x->items);
    const auto keys = nouns(x->keys);
    const auto item_kinds = kinds(x->items);
    const auto key_kinds = kinds(x->keys);
    auto said = "compute the " + listed(items) + group_phrase(keys)
                + " over these results";
    n_.forget_rows();
    remember(x->keys, keys, key_kinds);
    remember(x->items, items, item_kinds);
    return said;
  }
  if (const auto* x = std::get_if<dsl::select>(&stage.what)) {
    const auto names = nouns(x->items);
    const auto item_kinds = kinds(x->items);
    n_.forget_rows();
    remember(x->items, names, item_kinds);
    return "show only the " + listed(names);
  }
  if (const auto* x = std::get_if<dsl::extend>(&stage.what)) {
    const auto names = nouns(x->items);
    remember(x->items, names, kinds(x->items));
    return "add the " + listed(names);
  }
  if (const auto* x = std::get_if<dsl::sort>(&stage.what))
    return "sort them" + sorting(*x);
  if (const auto* x = std::get_if<dsl::limit>(&stage.what))
    return "keep" + cut(*x);
  if (std::get_if<dsl::distinct>(&stage.what))
    return "remove duplicates";
  if (const auto* x = std::get_if<dsl::top>(&stage.what))
    return "keep" + best(*x);
  if (const auto* x = std::get_if<dsl::drop>(&stage.what)) {
    auto names = std::vector<std::string>{};
    for (const auto& column : x->columns)
      names.push_back(n_.noun(column));
    return "leave out the " + listed(names);
  }
  n_.give_up("an operator");
  return {};
}

} // namespace aura::infill
