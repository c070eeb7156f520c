#pragma once

#include "actors/net/answer_server.hpp"
#include "kernels/base/expected.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The part of OpenAI's API that `aura serve` speaks, as text.
namespace aura::net {

/// What `/v1/chat/completions` was asked. What a field may not be is refused,
/// unknown fields are passed over, and what would change the answer but is not
/// known here (tools, several answers, images) is refused as well.
struct chat_question {
  struct turn {
    /// `system`, `user` or `assistant`.
    std::string role;
    std::string content;
  };

  std::string model;
  std::vector<turn> messages;
  bool stream = false;
  /// Whether the stream ends with the number of tokens.
  bool stream_usage = false;
  std::optional<std::size_t> max_tokens;
  double temperature = 1;
  double top_p = 1;
  /// Not of OpenAI's: as other servers of local models have them.
  std::size_t top_k = 0;
  double min_p = 0;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> stops;
};

/// Fails with `invalid_option` and a sentence for the client.
expected<chat_question> read_chat(std::string_view body);

/// What `/v1/translate` was asked: `{"question", "tables"?, "rows"?}`.
struct translate_question {
  std::string question;
  /// Empty: those that the question seems to be about.
  std::vector<std::string> tables;
  /// Whether the query is run as well.
  bool rows = true;
};

expected<translate_question> read_translate(std::string_view body);

/// What stays the same in all parts of an answer.
struct chat_identity {
  std::string id;
  std::string model;
  /// Seconds since 1970.
  std::int64_t created = 0;
};

struct token_usage {
  std::size_t prompt = 0;
  std::size_t completion = 0;
};

/// A whole answer; `why` is `stop` or `length`.
std::string write_chat(const chat_identity& who, std::string_view text,
                       std::string_view why, const token_usage& used);

/// Parts of a stream of server-sent events: the beginning, more text, the end,
/// and the usage where it was wanted.
std::string write_chat_begin(const chat_identity& who);
std::string write_chat_part(const chat_identity& who, std::string_view text);
std::string write_chat_end(const chat_identity& who, std::string_view why,
                           const std::optional<token_usage>& used);

/// `{"object": "list", "data": [{"id": …}]}`
std::string write_models(const std::vector<std::string>& ids,
                         std::int64_t created);

} // namespace aura::net
