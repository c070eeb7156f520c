#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/model/completion.hpp"
#include "kernels/schema/schema.hpp"
#include "kernels/text/chat.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aura::model {

/// What a model made of a question.
struct translation {
  /// Canonical text, literals filled in.
  std::string query;
  /// Of the whole answer, in nats; tokens that had to come are certain.
  double log_probability = 0;
  std::size_t tokens = 0;
  /// Tokens that the model read before.
  std::size_t prompt_tokens = 0;
  /// Tokens that were not the model's first choice, because no query goes on
  /// with that.
  std::size_t corrections = 0;
  /// False if decoding ran out of tokens or of choices; `query` is what there
  /// was then.
  bool complete = false;
};

struct translate_options {
  /// Only queries that parse and resolve over the schema can come out.
  bool constrained = true;
  /// Longest answer.
  std::size_t max_tokens = 160;
  /// Questions decoded side by side.
  std::size_t batch = 16;
  /// Their literals are those of the question, declared values, and the ends of
  /// declared ranges. Only pretrained models can do without.
  bool restrict_literals = true;
  /// Asked now and then; once it is false, answers end where they are.
  std::function<bool()> wanted = {};
};

struct translation_request {
  /// The tables in scope; empty means all.
  std::vector<std::string> tables;
  std::string question;
  /// What a pretrained model is shown of the tables; empty: what its training
  /// on rows of our own shows.
  std::string context = {};
};

struct chat_options {
  sampling how;
  std::size_t max_tokens = 512;
  std::vector<std::string> stops;
};

struct chat_reply {
  std::string text;
  ending why = ending::stop;
  std::size_t prompt_tokens = 0;
  std::size_t tokens = 0;
};

/// Hears what became readable; false: no more is wanted.
using chat_listener = std::function<bool(std::string_view more)>;

/// A model that answers with queries. Const use is safe from several threads.
class answering {
public:
  virtual ~answering() = default;

  /// One result a request, in order. What one gets does not depend on the
  /// others.
  virtual std::vector<expected<translation>>
  translate(const schema::schema& s,
            const std::vector<translation_request>& requests,
            const translate_options& options) const = 0;

  /// Whether it says anything but queries.
  virtual bool converses() const = 0;

  /// Fails with `unsupported` if it does not converse, with `too_long` if the
  /// messages leave no room for an answer.
  virtual expected<chat_reply> chat(std::span<const text::message> messages,
                                    const chat_options& options,
                                    const chat_listener& hear) const = 0;
};

} // namespace aura::model
