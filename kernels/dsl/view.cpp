#include "kernels/dsl/view.hpp"

#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/print_expression.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>

namespace aura::dsl {

namespace {

// Beyond, everything is forgotten: what is asked next is near what was asked
// last.
constexpr std::size_t most_known = 1u << 14;

std::shared_ptr<const view> look(std::string_view text, const schema::schema& s,
                                 const std::string& now) {
  const auto parsed = parse(text);
  if (!parsed.query)
    return nullptr;
  auto names = visible_after(*parsed.query, s, now);
  if (!names)
    return nullptr;
  auto result = std::make_shared<view>();
  result->names = std::move(*names);
  const auto& columns = result->names.columns;
  for (const auto& c : columns) {
    result->columns.push_back(spell_in_path(c.name));
    result->unique.push_back(std::count_if(columns.begin(), columns.end(),
                                           [&](const auto& x) {
                                             return schema::same_name(x.name,
                                                                      c.name);
                                           })
                             == 1);
  }
  for (const auto& t : result->names.tables)
    result->aliases.push_back(spell_name(t.alias));
  for (const auto& c : columns)
    if (!c.alias.empty()
        && std::find(result->aliases.begin(), result->aliases.end(),
                     spell_name(c.alias))
             == result->aliases.end())
      result->aliases.push_back(spell_name(c.alias));
  return result;
}

} // namespace

std::shared_ptr<const view> view_cache::after(std::string_view text) const {
  {
    const auto lock = std::lock_guard{mutex_};
    if (const auto i = known_.find(text); i != known_.end())
      return i->second;
  }
  auto result = look(text, schema_, now_);
  const auto lock = std::lock_guard{mutex_};
  if (known_.size() >= most_known)
    known_.clear();
  return known_.emplace(std::string{text}, std::move(result)).first->second;
}

} // namespace aura::dsl
