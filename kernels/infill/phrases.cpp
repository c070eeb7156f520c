#include "kernels/infill/phrases.hpp"

#include <array>
#include <span>

namespace aura::infill {

namespace {

using words = std::span<const char* const>;

template <std::size_t N>
constexpr words list(const char* const (&x)[N]) {
  return words{x, N};
}

constexpr const char* number_eq[]
  = {"is", "equals", "is equal to", "is exactly"};
constexpr const char* number_ne[]
  = {"is not", "is not equal to", "differs from", "is different from"};
constexpr const char* number_gt[]
  = {"is above", "is more than", "is greater than", "exceeds", "is over"};
constexpr const char* number_ge[]
  = {"is at least", "is at least", "is no less than",
     "is greater than or equal to"};
constexpr const char* number_lt[]
  = {"is below", "is less than", "is under", "is lower than"};
constexpr const char* number_le[]
  = {"is at most", "is at most", "is no more than", "is less than or equal to"};
constexpr const char* text_eq[] = {"is", "is", "equals"};
constexpr const char* text_ne[]
  = {"is not", "is not", "differs from", "is other than"};
constexpr const char* moment_eq[] = {"is", "is exactly"};
constexpr const char* moment_gt[] = {"is after", "is later than"};
constexpr const char* moment_ge[] = {"is on or after", "is not before"};
constexpr const char* moment_lt[] = {"is before", "is earlier than"};
constexpr const char* moment_le[] = {"is on or before", "is not after"};
constexpr const char* symbol_eq[] = {"="};
constexpr const char* symbol_ne[] = {"!="};
constexpr const char* symbol_gt[] = {">"};
constexpr const char* symbol_ge[] = {">="};
constexpr const char* symbol_lt[] = {"<"};
constexpr const char* symbol_le[] = {"<="};

struct row {
  const char* op;
  words number;
  words text;
  words moment;
  words symbol;
};

const row comparisons[] = {
  {"==", list(number_eq), list(text_eq), list(moment_eq), list(symbol_eq)},
  {"!=", list(number_ne), list(text_ne), list(text_ne), list(symbol_ne)},
  {">", list(number_gt), list(number_gt), list(moment_gt), list(symbol_gt)},
  {">=", list(number_ge), list(number_ge), list(moment_ge), list(symbol_ge)},
  {"<", list(number_lt), list(number_lt), list(moment_lt), list(symbol_lt)},
  {"<=", list(number_le), list(number_le), list(moment_le), list(symbol_le)},
};

struct opener {
  const char* before;
  const char* after;
};

using openers = std::span<const opener>;

template <std::size_t N>
constexpr openers list(const opener (&x)[N]) {
  return openers{x, N};
}

constexpr opener formal_figures[] = {{"Please report the ", "."},
                                     {"Please calculate the ", "."},
                                     {"Determine the ", "."},
                                     {"Provide the ", "."}};
constexpr opener formal_rows[] = {{"Please list the ", "."},
                                  {"Provide the ", "."},
                                  {"Please report the ", "."}};
constexpr opener casual_figures[] = {{"what's the ", "?"},
                                     {"Show me the ", ""},
                                     {"Can you get me the ", "?"},
                                     {"What is the ", "?"}};
constexpr opener casual_rows[] = {
  {"show me the ", ""}, {"Can you show me the ", "?"}, {"What are the ", "?"}};
constexpr opener imperative_figures[] = {{"Calculate the ", "."},
                                         {"Show the ", "."},
                                         {"Give the ", "."},
                                         {"Find the ", "."}};
constexpr opener imperative_rows[] = {{"List the ", "."},
                                      {"Show the ", "."},
                                      {"Find the ", "."},
                                      {"Return the ", "."}};
constexpr opener concise_any[] = {{"", ""}};
constexpr opener indirect_figures[] = {{"I would like to know the ", "."},
                                       {"Could you tell me the ", "?"},
                                       {"I need the ", "."}};
constexpr opener indirect_rows[] = {{"I would like to see the ", "."},
                                    {"Could you list the ", "?"},
                                    {"I need the ", "."}};
constexpr opener vague_figures[] = {{"I am curious about the ", "."},
                                    {"How about the ", "?"},
                                    {"Tell me something about the ", "."}};
constexpr opener vague_rows[] = {{"I am interested in the ", "."},
                                 {"How about the ", "?"},
                                 {"Let me see the ", "."}};

openers openers_of(topic about, register_kind style) {
  const auto figures = about == topic::figures;
  switch (style) {
  case register_kind::formal:
    return figures ? list(formal_figures) : list(formal_rows);
  case register_kind::casual:
    return figures ? list(casual_figures) : list(casual_rows);
  case register_kind::imperative:
    return figures ? list(imperative_figures) : list(imperative_rows);
  case register_kind::concise:
    return list(concise_any);
  case register_kind::indirect:
    return figures ? list(indirect_figures) : list(indirect_rows);
  case register_kind::vague:
    return figures ? list(vague_figures) : list(vague_rows);
  }
  return list(concise_any);
}

constexpr const char* number_down[]
  = {"from highest to lowest", "in descending order", "descending",
     "highest first"};
constexpr const char* number_up[] = {
  "from lowest to highest", "in ascending order", "ascending", "lowest first"};
constexpr const char* text_down[]
  = {"in reverse alphabetical order", "from Z to A", "descending"};
constexpr const char* text_up[]
  = {"alphabetically", "from A to Z", "ascending", "in alphabetical order"};
constexpr const char* moment_down[]
  = {"newest first", "latest first", "from newest to oldest", "descending"};
constexpr const char* moment_up[]
  = {"oldest first", "chronologically", "from oldest to newest", "ascending"};

const char* pick(words x, random_stream& random) {
  return x[random.below(x.size())];
}

} // namespace

const char* comparison_verb(const std::string& op, operand_kind what,
                            register_kind style, random_stream& random) {
  for (const auto& x : comparisons) {
    if (op != x.op)
      continue;
    if (style == register_kind::concise && random.chance(0.4))
      return pick(x.symbol, random);
    if (what == operand_kind::moment)
      return pick(x.moment, random);
    return pick(what == operand_kind::text ? x.text : x.number, random);
  }
  return nullptr;
}

std::string sentence(const std::string& body, topic about, register_kind style,
                     random_stream& random) {
  const auto choices = openers_of(about, style);
  const auto& x = choices[random.below(choices.size())];
  return x.before + body + x.after;
}

std::string direction(flavour what, bool descending, random_stream& random) {
  switch (what) {
  case flavour::text:
    return pick(descending ? list(text_down) : list(text_up), random);
  case flavour::moment:
    return pick(descending ? list(moment_down) : list(moment_up), random);
  case flavour::flag:
    return descending ? "with yes first" : "with no first";
  case flavour::number:
    break;
  }
  return pick(descending ? list(number_down) : list(number_up), random);
}

const char* superlative(flavour what, bool descending, random_stream& random) {
  if (what == flavour::number) {
    if (random.chance(0.6))
      return descending ? "highest" : "lowest";
    return descending ? "largest" : "smallest";
  }
  if (what == flavour::moment)
    return descending ? "latest" : "earliest";
  return nullptr;
}

std::string capitalised(std::string x) {
  if (!x.empty() && x[0] >= 'a' && x[0] <= 'z')
    x[0] = static_cast<char>(x[0] - ('a' - 'A'));
  return x;
}

} // namespace aura::infill
