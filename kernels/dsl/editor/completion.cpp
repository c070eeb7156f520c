#include "kernels/dsl/editor/completion.hpp"

#include "kernels/base/value.hpp"
#include "kernels/dsl/editor/describe.hpp"
#include "kernels/dsl/functions.hpp"
#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>

namespace aura::dsl::editor {

using schema::same_name;

namespace {

// Ranks: what the place asks for, what fits, the rest.
constexpr int asked_for = 0;
constexpr int fitting = 1;
constexpr int usual = 5;
constexpr int misfit = 10;

class proposer {
public:
  proposer(std::string_view text, const token_list& tokens,
           const schema::schema* s)
    : text_{text}, tokens_{tokens}, schema_{s} {
  }

  completions at(std::size_t offset) {
    auto result = completions{};
    const auto here = static_cast<std::uint32_t>(offset);
    result.where = {here, here};
    for (const auto& c : tokens_.comments)
      if (c.where.start < offset && offset <= c.where.end
          && !(c.text.starts_with("/*") && offset == c.where.end))
        return result;
    const auto* t = token_at(offset);
    if (t && (t->kind == token_kind::integer || t->kind == token_kind::real))
      return result;
    if (t && t->kind == token_kind::text) {
      in_quotes(*t, here, result);
      return result;
    }
    if (t && t->kind == token_kind::parameter) {
      result.where = t->where;
      parameters();
      result.proposals = std::move(out_);
      return result;
    }
    if (t)
      result.where = t->where;
    start_ = result.where.start;
    place_ = look_at(text_, start_, schema_);
    next_is_paren_ = kind_after(result.where.end) == token_kind::left_paren;
    propose();
    result.proposals = std::move(out_);
    std::stable_sort(
      result.proposals.begin(), result.proposals.end(),
      [](const auto& a, const auto& b) { return a.rank < b.rank; });
    return result;
  }

private:
  // The token that is being written at `offset`.
  const token* token_at(std::size_t offset) const {
    for (const auto& t : tokens_.tokens) {
      if (t.where.start >= offset)
        break;
      const auto inside = offset < t.where.end;
      const auto at_end = offset == t.where.end;
      switch (t.kind) {
      case token_kind::word:
      case token_kind::parameter:
      case token_kind::integer:
      case token_kind::real:
        if (inside || at_end)
          return &t;
        break;
      case token_kind::text:
      case token_kind::quoted_name:
      case token_kind::double_text:
        // Behind the closing quote something else begins.
        if (inside || (at_end && t.faulty))
          return &t;
        break;
      default:
        break;
      }
    }
    return nullptr;
  }

  token_kind kind_after(std::size_t offset) const {
    for (const auto& t : tokens_.tokens)
      if (t.where.start >= offset)
        return t.kind;
    return token_kind::end;
  }

  proposal& add(proposal_kind kind, std::string label, int rank) {
    auto& x = out_.emplace_back();
    x.kind = kind;
    x.text = label;
    x.label = std::move(label);
    x.rank = rank;
    return x;
  }

  void in_quotes(const token& t, std::uint32_t offset, completions& result) {
    place_ = look_at(text_, t.where.start, schema_);
    result.where = {t.where.start + 1, t.faulty ? offset : t.where.end - 1};
    for (const auto& v : place_.values) {
      const auto* stored = std::get_if<std::string>(&v.stored);
      if (!stored)
        continue;
      auto& x = add(proposal_kind::value, *stored, asked_for);
      x.text = to_literal(v.stored).substr(1);
      if (!t.faulty)
        x.text.pop_back();
      x.detail = place_.values_of;
      x.description = describe(v);
    }
    result.proposals = std::move(out_);
  }

  void parameters() {
    auto names = std::vector<std::string>{};
    for (const auto& t : tokens_.tokens)
      if (t.kind == token_kind::parameter)
        names.emplace_back(raw(t, text_));
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    for (auto& n : names)
      add(proposal_kind::value, std::move(n), asked_for).detail = "parameter";
  }

  void propose() {
    if (place_.takes_table)
      tables();
    if (!place_.behind.empty())
      names_behind();
    else if (place_.takes_operand || place_.takes_column)
      names();
    if (place_.takes_operand && place_.behind.empty())
      operands();
    if (place_.takes_new_name)
      new_names();
    if (place_.takes_unit)
      for (const auto* unit : {"SECONDS", "MINUTES", "HOURS", "DAYS", "WEEKS",
                               "MONTHS", "QUARTERS", "YEARS"})
        add(proposal_kind::unit, unit, fitting);
    keywords();
  }

  void tables() {
    if (schema_)
      for (const auto& t : schema_->tables) {
        auto& x = add(proposal_kind::table, t.name, fitting);
        x.text = spell_name(t.name);
        x.detail = "table";
        x.description = describe(t);
      }
    for (const auto& let : place_.lets) {
      auto& x = add(proposal_kind::let, let, asked_for);
      x.text = spell_name(let);
      x.detail = "LET";
    }
  }

  void add_column(const found_column& c, std::string text) {
    const auto type = c.own
                        ? (c.own->typed ? class_of(c.own->type) : value_classes)
                        : class_of(c.declared->type);
    const auto fits_here = fits(type, place_.wanted);
    // In AGGREGATE and WINDOW calls come first.
    const auto first
      = place_.takes_aggregate && place_.function.empty() ? usual : fitting;
    auto& x = add(proposal_kind::column, c.name, fits_here ? first : misfit);
    x.label = text;
    x.text = std::move(text);
    x.detail = type_line(c);
    x.description = describe(c);
  }

  void names() {
    const auto& columns = place_.names.columns;
    for (const auto& c : columns) {
      const auto alone = std::count_if(columns.begin(), columns.end(),
                                       [&](const auto& k) {
                                         return same_name(k.name, c.name);
                                       })
                         == 1;
      if (!alone && c.alias.empty())
        continue;
      auto path = std::vector<name>{{c.name, {}}};
      if (!alone)
        path.insert(path.begin(), {c.alias, {}});
      if (const auto found = find_column(place_, path, *schema_))
        add_column(*found, alone
                             ? spell_name(c.name)
                             : spell_name(c.alias) + "." + spell_name(c.name));
    }
    auto aliases = std::vector<std::string>{};
    for (const auto& t : place_.names.tables)
      aliases.push_back(t.alias);
    for (const auto& c : columns)
      if (!c.alias.empty()
          && std::find(aliases.begin(), aliases.end(), c.alias)
               == aliases.end())
        aliases.push_back(c.alias);
    for (const auto& a : aliases) {
      auto& x = add(proposal_kind::alias, a, usual + 1);
      x.text = spell_name(a);
      x.detail = "rows";
    }
    if (!place_.takes_column)
      for (const auto& t : place_.names.tables)
        relations(t.table);
  }

  void relations(const schema::table* t) {
    if (!t)
      return;
    for (const auto& r : t->relations) {
      auto& x = add(proposal_kind::relation, r.name, fitting + 1);
      x.text = spell_name(r.name);
      x.detail = "→ " + r.to;
      x.description = describe(*t, r);
    }
  }

  void names_behind() {
    if (!schema_)
      return;
    const auto at = find_table(place_, place_.behind, *schema_);
    if (!at)
      return;
    auto path = place_.behind;
    path.push_back({});
    const auto column = [&](const std::string& n) {
      path.back().text = n;
      if (const auto found = find_column(place_, path, *schema_))
        add_column(*found, spell_name(n));
    };
    if (!at->alias.empty()) {
      for (const auto& c : place_.names.columns)
        if (same_name(c.alias, at->alias))
          column(c.name);
    } else if (at->table) {
      for (const auto& c : at->table->columns)
        column(c.name);
    }
    relations(at->table);
  }

  void operands() {
    for (const auto& v : place_.values) {
      auto& x = add(proposal_kind::value, to_literal(v.stored), asked_for);
      x.detail = place_.values_of;
      x.description = describe(v);
    }
    for (const auto& f : functions()) {
      const auto aggregate = f.group == function_group::aggregate;
      const auto over = f.group == function_group::window;
      if ((aggregate && !place_.takes_aggregate)
          || (over && !place_.takes_window))
        continue;
      const auto* shape = find_shape(f.name);
      const auto fits_here
        = !shape || fits(class_of_call(*shape), place_.wanted);
      const auto called_for
        = place_.function.empty()
          && (place_.takes_window ? over || aggregate : aggregate);
      auto& x = add(proposal_kind::function, std::string{f.name},
                    !fits_here   ? misfit + 1
                    : called_for ? fitting
                                 : usual);
      x.takes_arguments = !next_is_paren_;
      x.detail = f.signature;
      if (const auto* help = find_function_help(f.name))
        x.description = describe(*help);
    }
    for (const auto* word : {"CASE", "CAST", "NULL"})
      place_.keywords.emplace_back(word);
    if (place_.wanted & boolean_class)
      place_.keywords.insert(place_.keywords.end(), {"TRUE", "FALSE"});
    if (place_.wanted & time_classes)
      place_.keywords.insert(place_.keywords.end(), {"DATE", "TIMESTAMP"});
  }

  void new_names() {
    // USING ( takes columns that both sides have.
    if (inside_using()) {
      const auto& columns = place_.names.columns;
      for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto again = std::find_if(
          columns.begin() + static_cast<std::ptrdiff_t>(i) + 1, columns.end(),
          [&](const auto& k) { return same_name(k.name, columns[i].name); });
        if (again == columns.end())
          continue;
        auto& x = add(proposal_kind::column, columns[i].name, fitting);
        x.text = spell_name(columns[i].name);
      }
      return;
    }
    if (place_.proposed_name.empty() || !follows_word("AS"))
      return;
    auto& x = add(proposal_kind::new_name, place_.proposed_name, asked_for);
    x.text = spell_name(place_.proposed_name);
    x.detail = "a name for this column";
  }

  // The last token before the place, and those before it.
  bool follows_word(std::string_view word) const {
    const token* last = nullptr;
    for (const auto& t : tokens_.tokens) {
      if (t.where.end > start_ || t.kind == token_kind::end)
        break;
      last = &t;
    }
    return last && last->kind == token_kind::word
           && is_keyword(raw(*last, text_), word);
  }

  bool inside_using() const {
    auto found = false;
    for (const auto& t : tokens_.tokens) {
      if (t.where.end > start_)
        break;
      if (t.kind == token_kind::word)
        found = is_keyword(raw(t, text_), "USING")
                || (found && !is_keyword(raw(t, text_), "AS"));
      if (t.kind == token_kind::pipe || t.kind == token_kind::right_paren)
        found = false;
    }
    return found;
  }

  void keywords() {
    for (const auto& word : place_.keywords) {
      const auto* operation
        = place_.takes_operator ? find_operator_help(word) : nullptr;
      const auto joins = operation && operation->form.ends_with("USING (c, …)]")
                         && word != "JOIN";
      auto label = word;
      if (joins || (operation && word == "CROSS"))
        label += " JOIN";
      auto& x
        = add(operation ? proposal_kind::operation : proposal_kind::keyword,
              std::move(label), operation ? fitting : usual);
      if (word == "|>")
        x.rank = fitting;
      const auto* help = operation ? operation : find_keyword_help(word);
      if (!help)
        help = find_operator_help(word);
      if (help) {
        x.detail = help->form;
        x.description = describe(*help);
      }
    }
  }

  std::string_view text_;
  const token_list& tokens_;
  const schema::schema* schema_;
  place place_;
  std::size_t start_ = 0; // of the word at the cursor
  bool next_is_paren_ = false;
  std::vector<proposal> out_;
};

} // namespace

completions complete_at(std::string_view text, std::size_t offset,
                        const schema::schema* s) {
  if (text.size() > max_source_bytes)
    return {};
  const auto tokens = tokenize(text);
  return proposer{text, tokens, s}.at(std::min(offset, text.size()));
}

} // namespace aura::dsl::editor
