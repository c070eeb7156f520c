#include "kernels/dsl/editor/place.hpp"

#include "kernels/dsl/expecting.hpp"
#include "kernels/dsl/functions.hpp"
#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/scope.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <array>

namespace aura::dsl::editor {

using schema::same_name;

namespace {

constexpr auto unit_texts = std::to_array<std::string_view>(
  {"second", "minute", "hour", "day", "week", "month", "quarter", "year"});

constexpr auto format_texts
  = std::to_array<std::string_view>({"%Y-%m-%d", "%Y-%m", "%H:%M", "%B %Y"});

// Watches the parser come to the end of the text, and notes what it would
// take there.
class sensor final : public expecting {
public:
  sensor(std::string_view text, const schema::schema* s)
    : text_{text}, schema_{s} {
  }

  place take() {
    if (!noted_)
      fill_names();
    out_.lets = lets_;
    return std::move(out_);
  }

  bool is_strict() const override {
    return false;
  }

  // The end of the text.
  void keyword(std::string_view x) override {
    note();
    if (x == "OUTER")
      return; // read, and told to be needless
    const auto word = std::string{x};
    if (std::find(out_.keywords.begin(), out_.keywords.end(), word)
        == out_.keywords.end())
      out_.keywords.push_back(word);
    if (x == "FILTER")
      out_.takes_operator = true;
  }
  void symbol(token_kind x) override {
    note();
    if (x == token_kind::pipe)
      keyword("|>");
  }
  void count() override {
    note();
    out_.takes_count = true;
  }
  void fresh_name() override {
    note();
    out_.takes_new_name = true;
    out_.proposed_name = proposed_;
  }
  void table() override {
    note();
    out_.takes_table = true;
  }
  void operand(int least) override {
    note();
    out_.takes_operand = true;
    out_.wanted = wanted_operand();
    if (least <= binds_not && (wanted() & boolean_class))
      keyword("NOT");
    note_functions();
    note_values();
  }
  void period() override {
    note();
    out_.takes_period = true;
  }
  void unit() override {
    note();
    out_.takes_unit = true;
  }
  void unit_after(std::string_view) override {
    note();
    out_.takes_unit = true;
  }
  void name_after(const std::vector<name>& path) override {
    note();
    out_.behind = path;
    if (path.empty()) {
      out_.takes_column = true;
      out_.wanted = wanted_operand();
    } else {
      out_.takes_operand = true;
      out_.wanted = wanted_operand();
    }
  }
  void first_argument(std::string_view function) override {
    note();
    if (function == "COUNT" || function == "STRING_AGG")
      keyword("DISTINCT");
    if (const auto* f = find_function(function);
        f && f->group == function_group::aggregate)
      keyword("WHERE");
  }
  void operator_after(const expr& left, int least, int most) override {
    note();
    static constexpr auto words = std::to_array<std::pair<int, const char*>>(
      {{binds_compare, "IS NULL"},
       {binds_compare, "IS NOT NULL"},
       {binds_compare, "IN"},
       {binds_compare, "NOT IN"},
       {binds_compare, "LIKE"},
       {binds_compare, "BETWEEN"},
       {binds_compare, "DURING"},
       {binds_and, "AND"},
       {binds_or, "OR"}});
    const auto type = class_of(left, *this);
    for (const auto& [binds, word] : words) {
      auto op = std::string_view{word};
      op = op.substr(0, op.find(' '));
      if (op == "NOT")
        op = "IN";
      if (binds >= least && binds <= most
          && (type == no_class || operator_fits(op, type, least)))
        keyword(word);
    }
  }

  bool takes_clause(std::string_view clause, const expr& call) override {
    const auto* f = find_function(call.text);
    return !f
           || (f->group == function_group::aggregate
               && (clause != "SORT" || call.text == "STRING_AGG"));
  }

  // The way there.
  bool ends(const expr& x) override {
    proposed_ = dsl::proposed_name(x);
    return true;
  }
  bool ends_items(slot where, const std::vector<item>& items) override {
    // Later items of EXTEND see earlier ones.
    if (where == slot::extended && !pipelines_.empty())
      pipelines_.back().stage
        = std::max(items.back().value.where.end,
                   items.back().alias ? items.back().alias->where.end : 0);
    return true;
  }
  void pipeline_begins(std::size_t at) override {
    pipelines_.push_back({at, at, frames.size(), {}});
  }
  bool stage_begins(std::size_t at) override {
    if (!pipelines_.empty()) {
      pipelines_.back().stage = at;
      pipelines_.back().joined.clear();
    }
    return true;
  }
  bool pipeline_ends(std::size_t) override {
    if (!pipelines_.empty() && !noted_)
      pipelines_.pop_back();
    return true;
  }
  bool joins(const join& x) override {
    if (!pipelines_.empty())
      pipelines_.back().joined = std::string{text_.substr(
        x.other.where.start, x.other.where.end - x.other.where.start)};
    return true;
  }
  void let_ends(const let& x, std::size_t at) override {
    lets_.push_back(x.name.text);
    lets_end_ = at;
    pipelines_.clear();
  }

  // column_finder
  std::optional<column_meaning>
  find_column(const std::vector<name>& path) const override {
    if (!schema_)
      return std::nullopt;
    const auto found = editor::find_column(out_, path, *schema_);
    if (!found)
      return std::nullopt;
    if (found->own)
      return column_meaning{found->own->typed ? class_of(found->own->type)
                                              : value_classes,
                            found->own->origin};
    return column_meaning{class_of(found->declared->type), found->declared};
  }
  classes find_query(const expr&) const override {
    return value_classes;
  }

protected:
  std::size_t first_frame() const override {
    return pipelines_.empty() ? 0 : pipelines_.back().frames;
  }

private:
  struct open_pipeline {
    std::size_t start = 0;
    /// What is read before is in scope.
    std::size_t stage = 0;
    std::size_t frames = 0;
    /// The right side of the JOIN whose ON is being read.
    std::string joined;
  };

  // The first time the end is reached: the scope is that of this moment.
  void note() {
    if (noted_)
      return;
    noted_ = true;
    fill_names();
    for (auto i = frames.size(); i-- > first_frame();)
      if (frames[i].what == slot::argument && frames[i].before) {
        out_.function = frames[i].word;
        out_.argument = frames[i].before->size();
        break;
      }
  }

  void fill_names() {
    if (!schema_ || pipelines_.empty())
      return;
    const auto& here = pipelines_.back();
    auto before = std::string{text_.substr(0, lets_end_)};
    if (here.start < lets_end_)
      before.clear();
    before += text_.substr(here.start, here.stage - here.start);
    if (!here.joined.empty())
      before += " |> CROSS JOIN " + here.joined;
    auto p = parser{before, tokenize(before)};
    auto ignored = dsl::diagnostics{};
    out_.names = visible_so_far(p.read_query(), *schema_, ignored);
  }

  void note_functions() {
    const auto first = first_frame();
    if (first >= frames.size() || inside_call_over_rows())
      return;
    const auto base = frames[first].what;
    out_.takes_window = base == slot::window;
    out_.takes_aggregate = base == slot::window || base == slot::aggregate
                           || base == slot::pivoted;
  }

  // What may stand in quotes here.
  void note_values() {
    const auto* f = top();
    if (!f)
      return;
    if (const auto* shape
        = f->what == slot::argument ? find_shape(f->word) : nullptr;
        shape && f->before) {
      const auto letter = argument_letter(*shape, f->before->size());
      const auto add = [&](auto& texts) {
        for (auto x : texts)
          out_.values.push_back({std::string{x}, ""});
      };
      if (letter == 'U')
        add(unit_texts);
      if (letter == 'F')
        add(format_texts);
    }
    const auto* beside = f->what == slot::pivot_cell && frames.size() > 1
                           ? frames[frames.size() - 2].left
                           : f->left;
    if (!beside || beside->kind != expr_kind::column)
      return;
    const auto column = find_column(beside->path);
    if (!column || !column->origin)
      return;
    out_.values = column->origin->values;
    out_.values_of = column->origin->name;
  }

  std::string_view text_;
  const schema::schema* schema_;
  place out_;
  bool noted_ = false;
  std::string proposed_;
  std::vector<open_pipeline> pipelines_;
  std::vector<std::string> lets_;
  std::size_t lets_end_ = 0;
};

} // namespace

place look_at(std::string_view text, std::size_t offset,
              const schema::schema* s) {
  auto before = text.substr(0, std::min(offset, text.size()));
  if (before.size() > max_source_bytes)
    return {};
  auto tokens = tokenize(before);
  tokens.diagnostics.clear();
  auto watch = sensor{before, s};
  parser{before, std::move(tokens), &watch}.read_query();
  return watch.take();
}

std::optional<found_table> find_table(const place& x,
                                      const std::vector<name>& path,
                                      const schema::schema& s) {
  if (path.empty())
    return std::nullopt;
  auto result = std::optional<found_table>{};
  for (const auto& t : x.names.tables)
    if (same_name(t.alias, path[0].text))
      result = found_table{t.table, t.alias, nullptr};
  for (const auto& c : x.names.columns)
    if (!result && !c.alias.empty() && same_name(c.alias, path[0].text))
      result = found_table{nullptr, c.alias, nullptr};
  for (std::size_t i = result ? 1 : 0; i < path.size(); ++i) {
    const auto* from = result ? result->table : nullptr;
    auto next = std::optional<found_table>{};
    const auto follow = [&](const schema::table* t) {
      const auto* r = t ? t->find_relation(path[i].text) : nullptr;
      if (r && !next)
        next = found_table{s.find_table(r->to), {}, r};
    };
    if (i == 0)
      for (const auto& t : x.names.tables)
        follow(t.table);
    else
      follow(from);
    if (!next)
      return std::nullopt;
    result = next;
  }
  return result;
}

std::optional<found_column> find_column(const place& x,
                                        const std::vector<name>& path,
                                        const schema::schema& s) {
  if (path.empty())
    return std::nullopt;
  const auto& last = path.back().text;
  auto alias = std::string{};
  if (path.size() > 1) {
    const auto at
      = find_table(x, std::vector<name>(path.begin(), path.end() - 1), s);
    if (!at)
      return std::nullopt;
    alias = at->alias;
    if (alias.empty()) {
      const auto* c = at->table ? at->table->find_column(last) : nullptr;
      if (!c)
        return std::nullopt;
      return found_column{c->name, std::nullopt, at->table, c};
    }
  }
  for (const auto& c : x.names.columns) {
    if (!same_name(c.name, last)
        || (!alias.empty() && !same_name(c.alias, alias)))
      continue;
    auto result = found_column{c.name, c, nullptr, c.origin};
    for (const auto& t : x.names.tables)
      if (t.table && c.origin && same_name(t.alias, c.alias)
          && t.table->find_column(c.origin->name) == c.origin)
        result.table = t.table;
    return result;
  }
  return std::nullopt;
}

} // namespace aura::dsl::editor
