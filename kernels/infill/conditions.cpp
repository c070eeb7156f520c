#include "kernels/infill/literals.hpp"
#include "kernels/infill/narrator.hpp"
#include "kernels/infill/nouns.hpp"
#include "kernels/infill/phrases.hpp"

#include "kernels/dsl/printer.hpp"

#include <algorithm>

namespace aura::infill {

namespace {

using dsl::expr_kind;

bool is_binary(const dsl::expr& x, const char* op) {
  return x.kind == expr_kind::binary && x.text == op;
}

// The parts of nested ANDs (or ORs), left to right.
void flatten(const dsl::expr& x, const char* op,
             std::vector<const dsl::expr*>& into) {
  if (!is_binary(x, op)) {
    into.push_back(&x);
    return;
  }
  for (const auto& y : x.arguments)
    flatten(y, op, into);
}

bool is_number(const dsl::expr& x) {
  return x.kind == expr_kind::integer || x.kind == expr_kind::real;
}

} // namespace

std::string narrator::restriction(const dsl::expr& predicate,
                                  const char* word) {
  auto parts = std::vector<const dsl::expr*>{};
  flatten(predicate, "AND", parts);
  auto when = std::string{};
  auto conditions = std::vector<const dsl::expr*>{};
  for (const auto* x : parts) {
    // Only one "in March" can do without its column, and only if no other
    // moment could be meant.
    const auto bare = x->kind == expr_kind::during && !x->negated
                      && when.empty() && is_only_moment(x->arguments[0]);
    if (bare && chance(0.85))
      when = " " + period_phrase(x->when[0], random_);
    else
      conditions.push_back(x);
  }
  if (conditions.empty())
    return when;
  auto rest = std::string{" "} + word + " " + all_of(conditions);
  // A period after the conditions must not look like a part of the last.
  const auto last = conditions.size() == 1 && conditions[0] == parts[0]
                    && conditions[0]->kind == expr_kind::binary
                    && conditions[0]->text != "OR";
  return last ? rest + when : when + rest;
}

std::string narrator::clause(const dsl::expr& x) {
  switch (x.kind) {
  case expr_kind::column:
    return flag_clause(x, false);
  case expr_kind::boolean:
    return x.text == "TRUE" ? "anything holds" : "nothing holds";
  case expr_kind::unary:
    if (x.text == "NOT")
      return negation(x.arguments[0]);
    break;
  case expr_kind::binary:
    if (x.text == "AND") {
      auto parts = std::vector<const dsl::expr*>{};
      flatten(x, "AND", parts);
      return all_of(parts);
    }
    if (x.text == "OR")
      return any_of(x);
    return comparison(x, false);
  case expr_kind::is_null:
    return null_clause(x);
  case expr_kind::in_list:
    return list_clause(x);
  case expr_kind::between:
    return between_clause(x);
  case expr_kind::like:
    return text_clause(x, x.negated);
  case expr_kind::during:
    return during_clause(x);
  case expr_kind::call:
    if (x.text == "CONTAINS" || x.text == "STARTS_WITH"
        || x.text == "ENDS_WITH")
      return text_clause(x, false);
    break;
  default:
    break;
  }
  give_up("the condition '" + dsl::print(x) + "'");
  return {};
}

std::string narrator::all_of(const std::vector<const dsl::expr*>& parts) {
  auto result = std::string{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0)
      result += " and ";
    const auto& x = *parts[i];
    // "either" opens what "or" would otherwise tear apart.
    if (is_binary(x, "OR") && parts.size() > 1)
      result += i + 1 == parts.size() ? "either " + any_of(x)
                                      : "(" + any_of(x) + ")";
    else
      result += clause(x);
  }
  return result;
}

std::string narrator::any_of(const dsl::expr& x) {
  auto parts = std::vector<const dsl::expr*>{};
  flatten(x, "OR", parts);
  auto result = std::string{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0)
      result += i == 1 && is_binary(*parts[0], "AND") ? ", or " : " or ";
    if (!is_binary(*parts[i], "AND"))
      result += clause(*parts[i]);
    else if (i == 0)
      result += "both " + clause(*parts[i]);
    else
      result += "(" + clause(*parts[i]) + ")";
  }
  return result;
}

std::string narrator::negation(const dsl::expr& x) {
  switch (x.kind) {
  case expr_kind::column:
    return flag_clause(x, true);
  case expr_kind::call:
    if (x.text == "CONTAINS" || x.text == "STARTS_WITH"
        || x.text == "ENDS_WITH")
      return text_clause(x, true);
    break;
  case expr_kind::binary:
    if (x.text != "AND" && x.text != "OR")
      return comparison(x, true);
    break;
  default:
    break;
  }
  return "it is not the case that (" + clause(x) + ")";
}

std::string narrator::subject(const dsl::expr& x) {
  const auto* article = chance(0.3) ? "the " : "";
  const auto nested = x.kind == expr_kind::binary
                      || x.kind == expr_kind::case_when
                      || (x.kind == expr_kind::call && x.text == "IF");
  return article + (nested ? operand(x) : noun(x));
}

std::string narrator::with_unit(const dsl::expr& x, const dsl::expr& beside) {
  auto result = value(x, &beside);
  if (!is_number(x))
    return result;
  const auto it = find_column(beside);
  if (it.column && !it.column->unit.empty() && chance(0.3))
    result += " " + it.column->unit;
  return result;
}

std::string narrator::comparison(const dsl::expr& x, bool negated) {
  const auto& left = x.arguments[0];
  const auto& right = x.arguments[1];
  if (negated)
    return "it is not the case that " + comparison(x, false);
  // `flag == TRUE` is what the bare flag says.
  if (right.kind == expr_kind::boolean && (x.text == "==" || x.text == "!="))
    return subject(left) + (x.text == "==" ? " is " : " is not ")
           + value(right, nullptr);
  const auto moment
    = flavour_of(left) == flavour::moment && right.kind != expr_kind::column;
  const auto text = flavour_of(left) == flavour::text;
  const auto what = moment ? operand_kind::moment
                    : text ? operand_kind::text
                           : operand_kind::number;
  const auto* verb = comparison_verb(x.text, what, style_, random_);
  if (!verb) {
    give_up("the condition '" + dsl::print(x) + "'");
    return {};
  }
  auto result = subject(left);
  result += std::string{" "} + verb + " ";
  if (right.kind == expr_kind::column)
    return result + "the " + noun(right);
  return result + with_unit(right, left);
}

std::string narrator::flag_clause(const dsl::expr& x, bool negated) {
  const auto it = find_column(x);
  if (!it.column)
    return subject(x) + (negated ? " is false" : " is true");
  const auto& c = *it.column;
  const auto told = clause_of(c, negated);
  // Of a far table, the description must name what it is about.
  const auto clear
    = it.steps.empty() || told.find(it.steps.back()->name) != std::string::npos;
  if (!told.empty() && clear && chance(0.5))
    return told;
  const auto names = flag_words(*it.table, c);
  auto words = chance(0.6) ? names.front() : random_.pick(names);
  if (!it.steps.empty()) {
    auto owner = std::string{};
    for (const auto* step : it.steps)
      owner += " " + spaced(step->name);
    words += " of the" + owner;
  }
  if (chance(0.5))
    return words + (negated ? " is false" : " is true");
  return words + (negated ? " is no" : " is yes");
}

std::string narrator::list_clause(const dsl::expr& x) {
  const auto& left = x.arguments[0];
  auto result = subject(left);
  const auto form = random_.below(3);
  if (x.negated)
    result += form == 0 ? " is none of " : " is neither ";
  else
    result += form == 0 ? " is one of " : form == 1 ? " is either " : " is ";
  const auto* last = x.negated && form != 0 ? " nor " : " or ";
  for (std::size_t i = 1; i < x.arguments.size(); ++i) {
    if (i > 1)
      result += i + 1 == x.arguments.size() ? last : ", ";
    result += value(x.arguments[i], &left);
  }
  return result;
}

std::string narrator::between_clause(const dsl::expr& x) {
  const auto& left = x.arguments[0];
  auto result = subject(left);
  result += x.negated ? choose({" is not between ", " is outside the range "})
                      : choose({" is between ", " is between ",
                                " is in the "
                                "range "});
  const auto span = result.ends_with("range ");
  result += value(x.arguments[1], &left);
  result += span ? " to " : " and ";
  return result + with_unit(x.arguments[2], left);
}

std::string narrator::during_clause(const dsl::expr& x) {
  auto result = subject(x.arguments[0]);
  result += x.negated ? " is not " : " is ";
  auto when = period_phrase(x.when[0], random_);
  if (when.starts_with("over "))
    when.replace(0, 4, "in");
  return result + when;
}

std::string narrator::text_clause(const dsl::expr& x, bool negated) {
  auto result = subject(x.arguments[0]);
  const auto& piece = x.arguments[1];
  const auto* verb = "";
  if (x.kind == expr_kind::like)
    verb = negated ? choose({" does not match the pattern ", " is not like "})
                   : choose({" matches the pattern ", " is like "});
  else if (x.text == "CONTAINS")
    verb
      = negated ? " does not contain " : choose({" contains ", " includes "});
  else if (x.text == "STARTS_WITH")
    verb = negated ? choose({" does not start with ", " does not begin with "})
                   : choose({" starts with ", " begins with "});
  else
    verb
      = negated ? " does not end with " : choose({" ends with ", " ends in "});
  result += verb;
  return result
         + (piece.kind == expr_kind::text ? quoted(piece.text) : noun(piece));
}

std::string narrator::null_clause(const dsl::expr& x) {
  auto result = subject(x.arguments[0]);
  if (x.negated)
    return result
           + choose(
             {" is not missing", " is known", " is recorded", " is present"});
  return result
         + choose(
           {" is missing", " is unknown", " is not recorded", " is empty"});
}

} // namespace aura::infill
