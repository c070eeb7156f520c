#include "kernels/dsl/judge.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <array>

/// What the items of an AGGREGATE name before BY: columns that have to become
/// keys, and names that keys have yet to make.
namespace aura::dsl {

namespace {

constexpr auto types = std::to_array<std::string_view>(
  {"INTEGER", "REAL", "TEXT", "BOOLEAN", "DATE", "TIMESTAMP"});

// The most awaited keys whose types are tried; beyond, hope is enough.
constexpr std::size_t most_tried = 2;

} // namespace

// Whether a name may stand here that BY makes: outside of calls over rows.
bool judge::may_name_key() const {
  const auto first = first_frame();
  return !pipelines_.empty() && first < frames.size()
         && frames[first].what == slot::aggregate && !inside_call_over_rows();
}

const judge::awaited_key* judge::find_awaited(std::string_view name) const {
  if (pipelines_.empty())
    return nullptr;
  for (const auto& key : pipelines_.back().awaited)
    if (key.name == name)
      return &key;
  return nullptr;
}

// What an operator takes on its left.
classes judge::left_of(std::string_view op) {
  if (op == "AND" || op == "OR")
    return boolean_class;
  if (op == "||" || op == "LIKE")
    return text_class;
  if (op == "DURING")
    return time_classes;
  if (op == "+" || op == "-")
    return number_classes | time_classes;
  if (op == "*" || op == "/" || op == "//" || op == "%")
    return number_classes;
  return value_classes;
}

// If `x` is the name of a key to come, that key has one of these types from now
// on. False if there is none that all its uses agree on.
bool judge::narrow(const expr& x, classes to) {
  if (x.kind != expr_kind::column || x.path.size() != 1 || pipelines_.empty())
    return true;
  for (auto& key : pipelines_.back().awaited)
    if (key.name == x.path.front().text) {
      key.type &= comparable(to);
      return key.type != no_class;
    }
  return true;
}

// The same of what stands beside an expression of this type: to its left, or
// before it in the same CASE or call.
bool judge::narrow_beside(const frame_of_parse& f, classes type) {
  switch (f.what) {
  case slot::operand:
    // Sides of a comparison and of ?? are alike; others say for themselves.
    return left_of(f.word) != value_classes
           || narrow(*f.left, comparable(type));
  case slot::member:
  case slot::low:
  case slot::high:
    return !f.left || narrow(*f.left, comparable(type));
  case slot::then:
    return !f.before || f.before->size() < 2
           || narrow((*f.before)[1], comparable(type));
  case slot::argument: {
    const auto* shape = find_shape(f.word);
    if (!shape || !f.before || argument_letter(*shape, f.before->size()) != 's')
      return true;
    return narrow((*f.before)[shape->name == "IF" ? 1 : 0], comparable(type));
  }
  default:
    return true;
  }
}

// Whether the column, or the name of a key to come, may stand between calls.
bool judge::takes_bare(const expr& x) {
  auto& here = pipelines_.back();
  const auto text = print(x);
  const auto& last = x.path.back().text;
  const auto wanted = wanted_operand();
  const auto awaited
    = x.path.size() == 1
        ? std::find_if(here.awaited.begin(), here.awaited.end(),
                       [&](const auto& key) { return key.name == last; })
        : here.awaited.end();
  if (awaited != here.awaited.end()) {
    awaited->type &= comparable(wanted);
    return awaited->type != no_class;
  }
  if (find_column(x.path)) {
    here.bare.push_back(text);
    return true;
  }
  const auto is_taken
    = std::any_of(here.taken.begin(), here.taken.end(),
                  [&](const auto& n) { return schema::same_name(n, last); });
  if (x.path.size() > 1 || last.empty() || is_taken
      || what_.source.substr(x.where.start, x.where.end - x.where.start)
           != text)
    return false;
  here.awaited.push_back({last, comparable(wanted & value_classes)});
  return here.awaited.back().type != no_class;
}

// Whether some keys make one AGGREGATE of `text`, in which the names that are
// awaited stand for themselves.
bool judge::can_be_grouped(const std::string& text, bool has_keys) const {
  const auto& here = pipelines_.back();
  if (here.awaited.size() > most_tried)
    return true;
  auto keys = std::string{};
  const auto add
    = [&](std::string& to, const std::string& value, const std::string& name) {
        to += to.empty() && !has_keys ? " BY " : ", ";
        to += value + " AS " + spell_name(name);
      };
  for (std::size_t i = 0; i < here.bare.size(); ++i)
    add(keys, here.bare[i], "a key of its own " + std::to_string(i));
  auto tries = std::size_t{1};
  for (std::size_t i = 0; i < here.awaited.size(); ++i)
    tries *= types.size();
  for (std::size_t n = 0; n < tries; ++n) {
    auto more = keys;
    auto rest = n;
    for (const auto& key : here.awaited) {
      add(more,
          "CAST(CAST(NOW() AS TEXT) AS "
            + std::string{types[rest % types.size()]} + ")",
          key.name);
      rest /= types.size();
    }
    if (views_.after(text + more))
      return true;
  }
  return false;
}

// Whether the item or key that ended last leaves a way to keys that all of the
// AGGREGATE agrees with.
bool judge::keys_fit(slot where, const item& last) {
  auto& here = pipelines_.back();
  if (here.word != "AGGREGATE"
      || (where != slot::aggregate && where != slot::key))
    return true;
  const auto name = last.alias ? last.alias->text : default_name(last.value);
  const auto same
    = [&](const auto& key) { return schema::same_name(key.name, name); };
  if (where == slot::aggregate
      && std::any_of(here.awaited.begin(), here.awaited.end(), same))
    return false;
  const auto end
    = std::max(last.value.where.end, last.alias ? last.alias->where.end : 0);
  std::erase_if(here.awaited, same);
  if (here.awaited.empty() && here.bare.empty())
    return true;
  return can_be_grouped(text_of(here.start, end), where == slot::key);
}

} // namespace aura::dsl
