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
  /// The question, after linking.
  std::string question;
  /// Literals of the question, in order of appearance; `#1` in question and
  /// answer stands for the first of them.
  std::vector<std::string> literals;
};

/// Renders the tables named `tables`, in the order of the schema, and
/// `question`.
prompt render_prompt(const schema::schema& s,
                     const std::vector<std::string>& tables,
                     std::string_view question);

/// `query` with the literals that the prompt numbered replaced by their slots.
std::string render_answer(const prompt& p, std::string_view query);

/// Inverse of `render_answer`.
std::string read_answer(const prompt& p, std::string_view answer);

} // namespace aura::text
