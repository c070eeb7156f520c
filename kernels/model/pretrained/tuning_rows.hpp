#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/model/example.hpp"
#include "kernels/text/chat.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aura::model {

/// What a pretrained decoder learns from: a line of a file, or a row of ours.
struct tuning_row {
  /// The tables, in any words; may be empty.
  std::string context;
  std::string question;
  std::string query;

  bool operator==(const tuning_row&) const = default;
};

/// Reads one line of JSON: `question` and `query` are texts that are not
/// empty, `context` may be absent, and whatever else there is is left alone.
/// Fails with `damaged_file`, naming the field.
expected<tuning_row> read_tuning_row(std::string_view line);

/// The row as a conversation: asked as instruct() asks, answered with the
/// query, of which the words and the token that ends the turn are trained. All
/// before them is the question. Fails with `too_long` if that takes more than
/// `longest` tokens, with `degenerate` if no token would be trained, with
/// `invalid_model` if the turn's end would not be, and as render_chat() does.
expected<example> make_tuning_example(const text::tokenizer& vocabulary,
                                      const text::chat_template& how,
                                      const tuning_row& row,
                                      std::size_t longest);

/// Moves what all questions of one context begin with into their context, so
/// that it is computed once for several. `contexts[i]` says which examples have
/// one; tokens stay the same. An example alone keeps its question.
void share_contexts(std::vector<example>& examples,
                    const std::vector<std::size_t>& contexts);

} // namespace aura::model
