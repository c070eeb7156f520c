#include "kernels/text/prompt.hpp"

#include "kernels/text/linker.hpp"

#include <algorithm>
#include <map>

namespace aura::text {

namespace {

/// More literals of one kind than this stay in the text.
constexpr std::size_t most_slots = 9;

/// ` climate_stats : room humidity . device devices ;`
void describe(const schema::table& t, std::string& out) {
  out.append(" ").append(t.name).append(" :");
  for (const auto& c : t.columns)
    out += ' ' + c.name;
  for (const auto& r : t.relations)
    out += " . " + r.name + ' ' + r.to;
  out += " ;";
}

/// Squeezes blanks, and puts one before every word and every sign that is not
/// part of one, so that words read the same everywhere.
void append_text(std::string_view text, std::string& out) {
  for (auto c : text) {
    const auto blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (blank) {
      if (!out.ends_with(' '))
        out += ' ';
      continue;
    }
    const auto opens = c == '(' || c == '\'' || c == '"';
    if (opens && !out.ends_with(' '))
      out += ' ';
    out += c;
    if (c == '(')
      out += ' ';
  }
}

} // namespace

prompt render_prompt(const schema::schema& s,
                     const std::vector<std::string>& tables,
                     std::string_view question) {
  prompt result;
  std::vector<const schema::table*> scope;
  for (const auto& t : s.tables)
    if (tables.empty()
        || std::any_of(tables.begin(), tables.end(), [&](const auto& name) {
             return schema::same_name(name, t.name);
           }))
      scope.push_back(&t);
  for (const auto* t : scope)
    describe(*t, result.context);

  std::map<char, std::size_t> used;
  std::map<std::pair<char, std::string>, std::string> known;
  std::size_t done = 0;
  result.question.assign(1, ' ');
  for (const auto& x : link(question, scope)) {
    const auto kind = static_cast<char>(x.kind);
    auto& slot = known[{kind, x.value}];
    if (slot.empty()) {
      if (used[kind] == most_slots)
        continue;
      slot.assign(1, kind).append(std::to_string(++used[kind]));
      result.literals.push_back(x.value);
      result.slots.push_back(slot);
    }
    // A text still says what it is about; a number says nothing.
    const auto keep = x.kind == literal_kind::text;
    append_text(question.substr(done, (keep ? x.end : x.start) - done),
                result.question);
    if (!result.question.ends_with(' '))
      result.question += ' ';
    result.question += slot;
    done = x.end;
  }
  append_text(question.substr(done), result.question);
  while (result.question.ends_with(' '))
    result.question.pop_back();
  return result;
}

} // namespace aura::text
