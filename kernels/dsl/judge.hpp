#pragma once

#include "kernels/dsl/complete.hpp"
#include "kernels/dsl/expecting.hpp"
#include "kernels/dsl/view.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aura::dsl {

/// The last word of an unfinished query, and what stands before it.
struct unfinished {
  std::string_view source;
  /// Where the last token before the last word ends.
  std::size_t read = 0;
  /// What there is of the last word; may be empty.
  std::string_view word;
  /// Whether a space stands before it.
  bool spaced = false;
  /// The token before it, and the one before that.
  std::string_view before;
  std::string_view earlier;
};

/// What a judge remembers of what stands before the main pipeline.
struct judge_mark {
  /// Where the pipeline begins.
  std::size_t start = 0;
  std::vector<std::string> lets;
  std::size_t lets_end = 0;
};

/// Watches the parser read an unfinished query, and finds out whether the last
/// word may become something that fits. One for each query.
class judge final : public expecting {
public:
  judge(const view_cache& views, const vocabulary_in_scope& words,
        const unfinished& what);

  /// Whether something fits.
  bool found() const {
    return found_;
  }

  /// Goes on at an operator of the main pipeline, as another judge of the same
  /// beginning would.
  void go_on(const judge_mark& mark);

  judge_mark mark() const {
    return {outermost_, lets_, lets_end_};
  }

  /// Lets everything that fits be listed in `all`, which outlives this; then
  /// found() stays false. @pre the last word is empty
  void collect(continuations& all) {
    all_ = &all;
  }

  // watcher: the end of the input
  void keyword(std::string_view x) override;
  void symbol(token_kind x) override;
  void count() override;
  void fresh_name() override;
  void table() override;
  void operand(int least) override;
  void date_text(bool is_date) override;
  void period() override;
  void unit() override;
  void unit_after(std::string_view number) override;
  bool takes_frame_unit() override;
  void frame_begins(std::int64_t from) override;
  void paren_after(std::string_view word) override;
  void dot_after(const std::vector<name>& path) override;
  void first_argument(std::string_view function) override;
  void name_after(const std::vector<name>& path) override;
  void operator_after(const expr& left, int least, int most) override;

  // watcher: the way there
  bool takes_table(const name& x) override;
  bool takes_fresh_name(const name& x) override;
  bool takes_operand(const expr& x) override;
  bool takes_call(std::string_view function) override;
  bool takes_argument(const expr& call) override;
  bool takes_clause(std::string_view clause, const expr& call) override;
  bool may_close(const expr& call) override;
  bool takes_cast(const expr& value, std::string_view type) override;
  bool takes_operator(std::string_view op, const expr& left,
                      int least) override;
  bool takes_count(std::string_view digits) override;
  bool takes_period(const dsl::period& x) override;
  bool ends(const expr& x) override;
  bool ends_items(slot where, const std::vector<item>& items) override;
  void pipeline_begins(std::size_t at) override;
  bool joins(const join& x) override;
  bool stage_begins(std::size_t at) override;
  bool pipeline_ends(std::size_t at) override;
  bool operand_pipeline_ends() override;
  void let_ends(const let& x, std::size_t at) override;

  // column_finder
  std::optional<column_meaning>
  find_column(const std::vector<name>& path) const override;
  classes find_query(const expr& x) const override;

private:
  struct awaited_key {
    std::string name;
    classes type = no_class;
  };

  /// A pipeline that is being read.
  struct open_pipeline {
    std::size_t start = 0;
    /// Where the operator at hand begins.
    std::size_t stage = 0;
    std::shared_ptr<const view> names;
    /// Frames of this pipeline begin here.
    std::size_t frames = 0;
    /// Names that items of the operator at hand have taken.
    std::vector<std::string> taken;
    /// The first word of the operator at hand.
    std::string_view word;
    /// The columns that the operator edits, by their place in `names`.
    std::vector<std::size_t> edited;
    /// Names that RENAME has given.
    std::vector<std::string> made;
    /// Whether the items of WINDOW may have a frame.
    bool framed = false;
    std::size_t sort_keys = 0;
    /// Where the frame of ROWS begins.
    std::optional<std::int64_t> frame_start;
    classes sort_type = no_class;
    /// The type of the columns that UNPIVOT takes.
    classes unpivoted = no_class;
    /// Of a JOIN how many columns are the left side's.
    std::size_t left_columns = 0;
    /// Names in the items of AGGREGATE that keys have yet to make.
    std::vector<awaited_key> awaited;
    /// The columns there, as they are written, that have to be keys.
    std::vector<std::string> bare;
  };

  /// Where a path has come to.
  struct place {
    const schema::table* table = nullptr;
    /// Set when the columns are those of an alias in scope.
    std::string alias;
  };

  // judge_offers.cpp
  bool offer(std::string_view lexeme);
  void offer_any(bool continuations::*kind, std::string_view word);
  void offer_names(classes wanted);
  void offer_names_of(const place& x, classes wanted);
  void offer_functions(classes wanted);
  void offer_numbers(bool whole_only);
  void offer_texts(classes wanted);
  void offer_shared_columns();

  // judge.cpp
  std::size_t first_frame() const override;
  bool has_number(bool whole) const override;
  bool has_share() const override;
  bool has_literal(classes type, const schema::column* origin) const;
  bool may_take(std::size_t column, classes type) const;
  bool alias_leads(const std::string& alias, classes type) const;
  std::optional<std::size_t> own_column(const std::vector<name>& path) const;
  bool is_own(const std::vector<name>& path) const;
  bool takes_own_only() const;
  bool takes_more() const;
  bool takes_using() const;
  bool source_fits(const std::string& x) const;
  bool is_shared(std::string_view x) const;
  bool may_come_free(std::string_view x) const;
  static bool has_duplicates(const view& x);
  bool ended_fits() const;
  const view* names() const;
  std::optional<place> follow(const std::vector<name>& path,
                              std::size_t count) const;
  bool resolves(std::size_t start, std::size_t end) const;
  std::string text_of(std::size_t start, std::size_t end) const;
  bool may_reach(std::string_view table) const;
  bool leads_to(const schema::table& t, classes type, int steps) const;

  // judge_keys.cpp
  bool may_name_key() const;
  bool takes_bare(const expr& x);
  const awaited_key* find_awaited(std::string_view name) const;
  bool keys_fit(slot where, const item& last);
  bool narrow(const expr& x, classes to);
  bool narrow_beside(const frame_of_parse& f, classes type);
  static classes left_of(std::string_view op);
  bool can_be_grouped(const std::string& text, bool has_keys) const;

  // judge_literals.cpp
  bool number_fits(std::string_view x) const;
  bool text_fits(std::string_view x) const;
  bool takes_unit() const;
  bool fits_here(classes type) const;
  bool knows(bool (*kind)(std::string_view)) const;
  template <class Function>
  bool any_text(Function fits) const;

  const view_cache& views_;
  const vocabulary_in_scope& words_;
  const unfinished& what_;
  bool found_ = false;
  continuations* all_ = nullptr;
  std::vector<open_pipeline> pipelines_;
  std::vector<std::string> lets_;
  std::size_t lets_end_ = 0;
  // The pipeline in parentheses that ended last.
  std::size_t ended_start_ = 0;
  std::size_t ended_at_ = 0;
  bool ended_is_operand_ = false;
  /// Where the pipeline begins that is in no other.
  std::size_t outermost_ = 0;
};

/// Whether `x` is a number from 0 to 1.
bool is_share(std::string_view x);

} // namespace aura::dsl
