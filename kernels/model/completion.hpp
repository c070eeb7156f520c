#pragma once

#include "kernels/model/guide.hpp"
#include "kernels/model/pretrained/reader.hpp"
#include "kernels/model/sampling.hpp"
#include "kernels/text/tokenizer.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aura::model {

/// What texts are made of. Immutable.
struct token_language {
  token_language(text::tokenizer vocabulary, std::vector<std::int32_t> ends);

  text::tokenizer tokens;
  token_classes classes;
  /// Any of them ends a text.
  std::vector<std::int32_t> ends;
};

/// A text that wants to be gone on with.
struct completion_request {
  /// @pre not empty
  std::vector<std::int32_t> prompt;
  sampling how;
  /// At most so many tokens come.
  std::size_t max_tokens = 256;
  /// The text ends before the first of these.
  std::vector<std::string> stops;
  /// What the text has to be; none: anything.
  std::optional<guide> rules;
  /// Whether its probability is worth computing.
  bool scored = false;
};

enum class ending : std::uint8_t {
  /// A token or string that ends it.
  stop,
  /// No more tokens are allowed, or there is no room for more.
  length,
  /// Nothing may come next.
  stuck,
  /// Nobody wanted more.
  cancelled
};

struct completion {
  std::string text;
  ending why = ending::stop;
  /// Of what was said, with the token that ended it, if one did.
  std::vector<std::int32_t> tokens;
  /// Those that the rules left no choice about; the model was not asked.
  std::size_t forced = 0;
  /// Those that were not the model's choice, because the rules do not allow
  /// that. Counted where the highest score decides.
  std::size_t corrections = 0;
  /// Of all tokens that the model was asked for, in nats, if it was wanted.
  double log_probability = 0;
};

/// Hears what became readable of text `i`; false: no more is wanted of it.
using listener = std::function<bool(std::size_t i, std::string_view more)>;

/// Goes on with all `requests` side by side: what one gets does not depend on
/// the others. Fails as the reader does.
expected<std::vector<completion>>
complete(reader& model, const token_language& language,
         std::span<completion_request> requests, const listener& hear = {});

} // namespace aura::model
