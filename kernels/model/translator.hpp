#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/schema/schema.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aura::model {

/// What a model made of a question.
struct translation {
  /// Canonical text, literals filled in.
  std::string query;
  /// Of the whole answer, in nats.
  double log_probability = 0;
  std::size_t tokens = 0;
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
};

struct translation_request {
  /// The tables in scope; empty means all.
  std::vector<std::string> tables;
  std::string question;
};

/// A trained decoder with its vocabulary: question in, query out, greedily.
/// Immutable once loaded; const use is safe from several threads.
class translator {
public:
  /// Reads a folder that train() left. Fails with `missing_file`,
  /// `damaged_file` or `invalid_model`, naming what does not fit.
  static expected<translator> load(const std::filesystem::path& folder);

  /// Fails with `too_long` if tables and question leave no room for an answer.
  expected<translation> translate(const schema::schema& s,
                                  const std::vector<std::string>& tables,
                                  std::string_view question,
                                  const translate_options& options = {}) const;

  /// One result a request, in order: what translate() gives for it alone.
  std::vector<expected<translation>>
  translate_batch(const schema::schema& s,
                  const std::vector<translation_request>& requests,
                  const translate_options& options = {}) const;

private:
  struct state;
  std::shared_ptr<const state> state_;
};

} // namespace aura::model
