#include "kernels/dsl/judge.hpp"
#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/print_expression.hpp"
#include "kernels/dsl/spacing.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <array>

namespace aura::dsl {

namespace {

constexpr auto binary_operators = std::to_array<binary_operator>({
  {binds_multiply, "*"},     {binds_multiply, "/"},
  {binds_multiply, "//"},    {binds_multiply, "%"},
  {binds_add, "+"},          {binds_add, "-"},
  {binds_concat, "||"},      {binds_coalesce, "\?\?"},
  {binds_compare, "=="},     {binds_compare, "!="},
  {binds_compare, "<"},      {binds_compare, "<="},
  {binds_compare, ">"},      {binds_compare, ">="},
  {binds_compare, "IS"},     {binds_compare, "IN"},
  {binds_compare, "LIKE"},   {binds_compare, "BETWEEN"},
  {binds_compare, "DURING"}, {binds_compare, "NOT"},
  {binds_and, "AND"},        {binds_or, "OR"},
});

// Whether a minus after this token subtracts.
bool ends_operand(std::string_view token) {
  if (token.empty())
    return false;
  const auto c = token.back();
  if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
        || static_cast<unsigned char>(c) >= 0x80))
    return (c >= '0' && c <= '9') || c == ')' || c == '\'' || c == '`';
  if (is_reserved(token))
    return token == "END" || token == "NULL" || token == "TRUE"
           || token == "FALSE";
  static constexpr auto openers = std::to_array<std::string_view>(
    {"FILTER", "SELECT", "EXTEND", "AGGREGATE", "SORT", "WHERE", "DISTINCT",
     "WINDOW", "PIVOT", "ROWS", "TO"});
  return std::find(openers.begin(), openers.end(), token) == openers.end();
}

// Whether `x` begins a name: a word, or something in backticks that needs them.
bool is_name_prefix(std::string_view x) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
           || static_cast<unsigned char>(c) >= 0x80;
  };
  if (x.empty() || x.front() == '`')
    return true;
  return letter(x.front()) && std::all_of(x.begin(), x.end(), [&](char c) {
           return letter(c) || (c >= '0' && c <= '9');
         });
}

} // namespace

gap gap_between(std::string_view earlier, std::string_view before,
                std::string_view next) {
  if (before.empty() || before == "(" || before == ".")
    return gap::none;
  const auto c = next.empty() ? ' ' : next.front();
  if (c == ')' || c == ',' || c == ';' || c == '.')
    return gap::none;
  if (before == "-" && !ends_operand(earlier))
    return gap::none;
  // The function ALL, and the word after UNION.
  if (c == '(' && before == "ALL"
      && (earlier == "UNION" || earlier == "INTERSECT" || earlier == "EXCEPT"))
    return gap::space;
  if (c == '(')
    return before == "CAST" || find_shape(before) ? gap::none : gap::space;
  return gap::space;
}

// Whether the last word may become `lexeme`.
bool judge::offer(std::string_view lexeme) {
  if (found_ || !lexeme.starts_with(what_.word))
    return found_;
  const auto due = gap_between(what_.earlier, what_.before, lexeme);
  if (all_) {
    auto& word = all_->words.emplace_back();
    word.reserve(lexeme.size() + 1);
    word.append(due == gap::space ? 1 : 0, ' ').append(lexeme);
    return false;
  }
  found_ = (due == gap::space) == what_.spaced;
  return found_;
}

// Offers all words of a kind, of which the last word may become `word`.
void judge::offer_any(bool continuations::*kind, std::string_view word) {
  if (!all_) {
    offer(word);
    return;
  }
  all_->*kind = true;
  all_->spaced = gap_between(what_.earlier, what_.before, "a") == gap::space;
}

void judge::keyword(std::string_view x) {
  if (found_ || !x.starts_with(what_.word))
    return;
  const auto* here = pipelines_.empty() ? nullptr : &pipelines_.back();
  // A frame needs SORT, and a call that it means something to.
  if (x == "RUNNING" || x == "ROLLING" || x == "ROWS")
    if (!here || !here->framed || here->sort_keys == 0)
      return;
  // What these compare or name may not be there twice.
  if (here && here->names && what_.before == "|>"
      && (x == "UNION" || x == "INTERSECT" || x == "EXCEPT" || x == "DISTINCT"
          || x == "AS")
      && has_duplicates(*here->names))
    return;
  // Some words want a whole number.
  if ((x == "LIMIT" || x == "OFFSET" || x == "TOP" || x == "ROLLING"
       || x == "ROWS")
      && !has_number(true))
    return;
  // USING wants a column of both sides.
  if (x == "USING" && !takes_using())
    return;
  // DROP leaves a column.
  if (here && here->names && what_.before == "|>" && x == "DROP"
      && here->names->names.columns.size() < 2)
    return;
  offer(x);
}

void judge::symbol(token_kind kind) {
  auto lexeme = std::string_view{describe(kind)};
  if (lexeme.size() < 3 || lexeme.front() != '`')
    return;
  lexeme = lexeme.substr(1, lexeme.size() - 2);
  if (found_ || !lexeme.starts_with(what_.word))
    return;
  if (kind == token_kind::pipe
      && (pipelines_.empty() || !resolves(pipelines_.back().start, what_.read)))
    return;
  const auto closes
    = kind == token_kind::right_paren || kind == token_kind::semicolon;
  if (closes && ended_at_ == what_.read && !ended_fits())
    return;
  // A frame does not end before it begins.
  if (kind == token_kind::minus && !pipelines_.empty()
      && pipelines_.back().frame_start && *pipelines_.back().frame_start >= 0)
    return;
  // One more column, or value, where there may be one.
  if (kind == token_kind::comma && !takes_more())
    return;
  offer(lexeme);
}

void judge::fresh_name() {
  const auto* f = top();
  if (f && f->what == slot::shared) {
    offer_shared_columns();
    return;
  }
  if (is_name_prefix(what_.word))
    offer_any(&continuations::name, what_.word);
}

// Columns that both sides of a JOIN have, for USING.
void judge::offer_shared_columns() {
  const auto* view = names();
  if (!view)
    return;
  const auto& taken = pipelines_.back().taken;
  for (const auto& c : view->names.columns)
    if (is_shared(c.name)
        && std::find(taken.begin(), taken.end(), c.name) == taken.end())
      offer(spell_name(c.name));
}

bool judge::takes_using() const {
  const auto* view = names();
  return view
         && std::any_of(view->names.columns.begin(), view->names.columns.end(),
                        [&](const auto& c) { return is_shared(c.name); });
}

void judge::table() {
  const auto propose = [&](const std::string& x) {
    if (!found_ && spell_name(x).starts_with(what_.word) && source_fits(x))
      offer(spell_name(x));
  };
  for (const auto& t : views_.domain().tables)
    if (may_reach(t.name))
      propose(t.name);
  for (const auto& x : lets_)
    propose(x);
}

void judge::operand(int least) {
  if (found_)
    return;
  const auto goal = wanted();
  const auto x = wanted_operand();
  const auto* f = top();
  if (x == no_class || !f)
    return;
  const auto* shape = f->what == slot::argument ? find_shape(f->word) : nullptr;
  const auto letter = shape ? argument_letter(*shape, f->before->size()) : '\0';
  if (letter == 'L' || letter == 'p' || letter == 'w') {
    // Digits before the point are rounded away, too.
    if (shape->name == "ROUND")
      offer("-");
    if (letter == 'p' && words_.restrict_literals) {
      for (const auto& n : words_.numbers)
        if (is_share(n))
          offer(n);
      return;
    }
    offer_numbers(letter == 'L' || (x & duration_class));
    return;
  }
  if (letter == 'U' || letter == 'F') {
    offer_texts(x);
    return;
  }
  if (x & duration_class) {
    offer_numbers(true);
    return;
  }
  if (least <= binds_not && (goal & boolean_class))
    offer("NOT");
  offer("(");
  offer("CASE");
  offer("CAST");
  if (x & number_classes)
    offer("-");
  if (x & boolean_class) {
    offer("TRUE");
    offer("FALSE");
  }
  // Where it may not stand alone, an operator follows.
  offer("NULL");
  if ((x & date_class) && knows(is_date_text))
    offer("DATE");
  if ((x & timestamp_class) && knows(is_timestamp_text))
    offer("TIMESTAMP");
  offer_names(x);
  offer_functions(x);
  if (x & number_classes)
    offer_numbers(!(x & real_class));
  // A duration, which moves what follows it.
  else if (may_move(x))
    offer_numbers(true);
  if (x & (text_class | time_classes)) {
    offer_texts(x);
    // Cells of PIVOT differ from each other.
    if (all_)
      all_->plain_text = all_->text && f->what != slot::pivot_cell;
  }
}

void judge::offer_functions(classes) {
  if (what_.word.empty() || (what_.word[0] >= 'A' && what_.word[0] <= 'Z'))
    for (const auto& f : function_shapes())
      if (!found_ && f.name.starts_with(what_.word) && function_fits(f))
        offer(f.name);
}

bool judge::leads_to(const schema::table& t, classes type, int steps) const {
  for (const auto& c : t.columns)
    if (fits(class_of(c.type), type))
      return true;
  for (const auto& r : t.relations)
    if (const auto* to = views_.domain().find_table(r.to);
        steps > 0 && to && may_reach(r.to) && leads_to(*to, type, steps - 1))
      return true;
  return false;
}

// Columns, and what columns may be reached through.
void judge::offer_names(classes type) {
  const auto* view = names();
  if (!view || found_)
    return;
  // Any name may be that of a key to come.
  if (may_name_key() && is_name_prefix(what_.word))
    offer_any(&continuations::name, what_.word);
  if (found_)
    return;
  const auto& columns = view->names.columns;
  const auto* f = top();
  const auto edits = f && f->what == slot::column;
  const auto spreads = f && f->what == slot::pivot_column;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto own = class_of(columns[i].type);
    if (view->unique[i] && fits(own, type) && (!edits || may_take(i, own))
        && (!spreads || has_literal(own, columns[i].origin)))
      offer(view->columns[i]);
  }
  for (const auto& t : view->names.tables)
    if (alias_leads(t.alias, type))
      offer(spell_in_path(t.alias));
  for (const auto& c : columns)
    if (!c.alias.empty() && alias_leads(c.alias, type))
      offer(spell_in_path(c.alias));
  // Operators that edit columns edit those in scope, and ON knows no paths.
  const auto own = takes_own_only();
  for (const auto& t : view->names.tables)
    if (t.table && !own)
      for (const auto& r : t.table->relations) {
        const auto* to = views_.domain().find_table(r.to);
        const auto path = std::vector<name>{{r.name, {}}};
        if (to && follow(path, 1) && leads_to(*to, type, 3))
          offer(spell_in_path(r.name));
      }
}

// Columns and relations behind a dot.
void judge::offer_names_of(const place& x, classes type) {
  if (!x.alias.empty()) {
    const auto& columns = names()->names.columns;
    const auto edits = top() && top()->what == slot::column;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto own = class_of(columns[i].type);
      if (columns[i].alias == x.alias && fits(own, type)
          && (!edits || may_take(i, own)))
        offer(spell_in_path(columns[i].name));
    }
  } else if (x.table) {
    for (const auto& c : x.table->columns)
      if (fits(class_of(c.type), type))
        offer(spell_in_path(c.name));
  }
  if (!x.table || takes_own_only())
    return;
  for (const auto& r : x.table->relations)
    if (const auto* to = views_.domain().find_table(r.to);
        to && may_reach(r.to) && leads_to(*to, type, 3))
      offer(spell_in_path(r.name));
}

void judge::name_after(const std::vector<name>& path) {
  if (path.empty()) {
    offer_names(wanted_operand());
    return;
  }
  if (const auto x = follow(path, path.size()))
    offer_names_of(*x, wanted_operand());
}

void judge::dot_after(const std::vector<name>& path) {
  const auto x = follow(path, path.size());
  if (x && (!x->alias.empty() || !takes_own_only()))
    offer(".");
}

void judge::paren_after(std::string_view word) {
  if (word == "CAST") {
    offer("(");
    return;
  }
  const auto* f = find_shape(word);
  if (f && function_fits(*f))
    offer("(");
}

void judge::first_argument(std::string_view function) {
  const auto* f = find_shape(function);
  if (f && f->least == 0)
    offer(")");
}

void judge::operator_after(const expr& left, int least, int most) {
  if (found_)
    return;
  auto type = classes{0};
  auto known = false;
  for (const auto& op : binary_operators) {
    if (op.precedence < least || op.precedence > most
        || !op.text.starts_with(what_.word))
      continue;
    if (!known)
      type = class_of(left, *this);
    known = true;
    const auto equates = op.text == "==" || op.text == "!=";
    if (operator_fits(op.text, type, least)
        && !(equates && left.kind == expr_kind::null))
      offer(op.text);
  }
}

void judge::unit() {
  for (auto u = 0; u <= static_cast<int>(unit::year); ++u) {
    const auto word = std::string{to_string(static_cast<dsl::unit>(u))};
    offer(word);
    offer(word + 'S');
  }
}

// ROLLING by time goes by one key.
bool judge::takes_frame_unit() {
  const auto& here = pipelines_.back();
  return here.sort_keys == 1 && (here.sort_type & time_classes);
}

void judge::unit_after(std::string_view) {
  if ((wanted() & duration_class) || may_move(wanted_operand()))
    unit();
}

} // namespace aura::dsl
