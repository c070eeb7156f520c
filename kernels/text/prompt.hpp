#pragma once

#include "kernels/schema/schema.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aura::text {

/// A question as a model sees it. Training and inference render with these
/// functions and no others.
struct prompt {
  /// The tables in scope: the part that several questions may share.
  std::string context;
  /// The question, after linking: numbers and dates are replaced by their
  /// slots, texts are followed by theirs.
  std::string question;
  /// Literals of the question, in order of appearance, as a query spells them
  /// without quotes: `24`, `2024-03`, `Living Room`.
  std::vector<std::string> literals;
  /// The slot of each literal: `#1` is the first number, `@1` the first date or
  /// period, `$1` the first text.
  std::vector<std::string> slots;
};

/// Renders the tables named `tables`, in the order of the schema, all if there
/// are none, and `question`.
prompt render_prompt(const schema::schema& s,
                     const std::vector<std::string>& tables,
                     std::string_view question);

/// The canonical `query` as a model writes it: its tokens each after one space,
/// so that a name is the same word everywhere, with the literals that the
/// prompt knows replaced by their slots.
std::string render_answer(const prompt& p, std::string_view query);

/// Inverse of `render_answer`, also of the beginning of an answer: what comes
/// out then begins the query.
std::string read_answer(const prompt& p, std::string_view answer);

} // namespace aura::text
