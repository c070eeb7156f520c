#include "kernels/model/scope.hpp"

#include <algorithm>
#include <variant>

namespace aura::model {

namespace {

/// Numbers that questions imply without saying them: the one, the first
/// character, percentages.
constexpr const char* implied_numbers[] = {"0", "1", "100.0"};

/// The longest run of words that may be a text of the query.
constexpr std::size_t most_words = 4;

bool is_part_of_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
         || (c >= 'A' && c <= 'Z') || c == '_' || c == '-'
         || static_cast<unsigned char>(c) >= 0x80;
}

void add_runs(std::string_view question, std::vector<std::string>& out) {
  struct word {
    std::size_t begin, end;
  };
  std::vector<word> words;
  for (std::size_t i = 0; i < question.size();) {
    if (!is_part_of_word(question[i])) {
      ++i;
      continue;
    }
    const auto begin = i;
    while (i < question.size() && is_part_of_word(question[i]))
      ++i;
    words.push_back({begin, i});
  }
  for (std::size_t i = 0; i < words.size(); ++i)
    for (auto j = i; j < std::min(i + most_words, words.size()); ++j)
      out.emplace_back(
        question.substr(words[i].begin, words[j].end - words[i].begin));
}

/// Numbers as queries write them, without an exponent.
void add_end(const datum& x, dsl::vocabulary_in_scope& scope) {
  if (const auto* whole = std::get_if<std::int64_t>(&x))
    scope.numbers.push_back(std::to_string(*whole));
  if (const auto* real = std::get_if<double>(&x)) {
    auto text = std::to_string(*real);
    while (text.ends_with('0') && !text.ends_with(".0"))
      text.pop_back();
    scope.numbers.push_back(std::move(text));
  }
  if (const auto* text = std::get_if<std::string>(&x))
    scope.texts.push_back(*text);
}

void sort_out(std::vector<std::string>& x) {
  std::sort(x.begin(), x.end());
  x.erase(std::unique(x.begin(), x.end()), x.end());
}

} // namespace

dsl::vocabulary_in_scope scope_of(const std::vector<std::string>& tables,
                                  const text::prompt& p) {
  dsl::vocabulary_in_scope scope;
  scope.tables = tables;
  scope.numbers.assign(std::begin(implied_numbers), std::end(implied_numbers));
  for (std::size_t i = 0; i < p.literals.size(); ++i) {
    const auto& literal = p.literals[i];
    scope.texts.push_back(literal);
    if (p.slots[i].front() != '#')
      continue;
    scope.numbers.push_back(literal);
    if (literal.find_first_of(".eE") == std::string::npos)
      scope.numbers.push_back(literal + ".0");
  }
  return scope;
}

dsl::vocabulary_in_scope wide_scope_of(const schema::schema& s,
                                       const std::vector<std::string>& tables,
                                       std::string_view question) {
  auto scope = scope_of(tables, text::render_prompt(s, tables, question));
  for (const auto& literal : scope.texts)
    if (literal.size() == 4
        && literal.find_first_not_of("0123456789") == std::string::npos)
      scope.numbers.push_back(literal); // a year
  add_runs(question, scope.texts);
  for (const auto& t : s.tables)
    if (tables.empty()
        || std::any_of(tables.begin(), tables.end(), [&](const auto& name) {
             return schema::same_name(name, t.name);
           }))
      for (const auto& c : t.columns)
        if (c.range) {
          add_end(c.range->low, scope);
          add_end(c.range->high, scope);
        }
  sort_out(scope.numbers);
  sort_out(scope.texts);
  return scope;
}

} // namespace aura::model
