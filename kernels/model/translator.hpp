#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/model/answering.hpp"
#include "kernels/model/load_options.hpp"
#include "kernels/schema/schema.hpp"

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aura::model {

/// A model with its vocabulary: question in, query out. A decoder that was
/// trained here from scratch, or a pretrained one, with or without an adapter.
/// Immutable once loaded; const use is safe from several threads.
class translator {
public:
  /// Reads a folder that train() left, or a pretrained model as
  /// load_pretrained_model() does. Fails with `missing_file`, `damaged_file`,
  /// `invalid_model` or `unsupported`, naming what does not fit.
  static expected<translator> load(const std::filesystem::path& place,
                                   const load_options& options = {});

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

  /// As answering has it.
  bool converses() const;
  expected<chat_reply> chat(std::span<const text::message> messages,
                            const chat_options& options,
                            const chat_listener& hear = {}) const;

private:
  std::shared_ptr<const answering> model_;
};

} // namespace aura::model
