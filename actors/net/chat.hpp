#pragma once

#include "actors/net/policy.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aura::net {

struct chat_message {
  std::string role; // system, user, assistant
  std::string content;

  bool operator==(const chat_message&) const = default;
};

/// One question to a language model.
struct chat_request {
  std::vector<chat_message> messages;
  /// The JSON Schema of the reply, as JSON; empty: any text will do.
  std::string schema;
  /// What the schema is called; letters, digits, `_` and `-`.
  std::string schema_name = "reply";
};

/// Which server it is: they all speak OpenAI's protocol, each in its own way.
enum class dialect : std::uint8_t {
  openai,
  vllm,
  sglang,
  llama_cpp,
  openrouter
};

/// As in pipeline files: `llama-cpp`.
const char* to_string(dialect x);
std::optional<dialect> parse_dialect(std::string_view text);

/// What is the same for every question of a run.
struct chat_settings {
  std::string model;
  net::dialect dialect = net::dialect::openai;
  std::size_t max_tokens = 512;
  /// Left to the server when absent; some models accept no other than theirs.
  std::optional<double> temperature;
  /// Best effort on every server; only the journal reproduces.
  std::optional<std::int64_t> seed;
  /// A JSON object whose members are added to every request, or empty.
  std::string extra_body;
};

/// Fails with `invalid_option` unless every request can be written.
status check(const chat_settings& x);

/// The body of the request: canonical, so that equal questions are equal bytes.
/// Fails with `invalid_option` if a schema or the extra body is not JSON.
expected<std::string> write_chat(const chat_settings& settings,
                                 const chat_request& request);

/// The key under which the answer to `body` is kept: a hash of all that was
/// asked, and not of where.
std::string key_of(std::string_view body);

/// The question again, with the reply that would not do and what was wrong with
/// it: one chance of repair.
chat_request repaired(chat_request request, std::string reply,
                      const std::string& complaint);

/// About as many tokens as `bytes` of text are.
std::uint64_t estimate_tokens(std::size_t bytes);

struct usage {
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  /// The server did not say; four bytes count as a token.
  bool estimated = false;
  /// In dollars, where the server says.
  std::optional<double> cost;

  bool operator==(const usage&) const = default;
};

/// What a server wrote for us and may charge for: a text, or the reason why
/// there is none (`refusal`, `too_long`).
struct completion {
  expected<std::string> text;
  net::usage usage;
};

/// A reply of HTTP, read as far as it goes.
struct chat_reply {
  /// What the policy judges.
  symptom seen;
  /// Present exactly if the verdict is `accept`.
  std::optional<completion> content;
  /// For a person, if there is no content.
  std::string message;
};

/// Reads the reply to a request of `prompt_bytes` bytes. Understands errors in
/// any status, nested or flat.
chat_reply read_chat(const http_reply& reply, std::size_t prompt_bytes);

/// What goes into the journal: the completion, and for whoever looks into it
/// the model and the time.
std::string to_bytes(const completion& x, const std::string& model = {},
                     std::optional<std::chrono::sys_seconds> bought = {});

/// And back. Fails with `damaged_file`.
expected<completion> completion_from(std::string_view bytes);

/// The usage alone, without reading the text.
expected<usage> usage_from(std::string_view bytes);

} // namespace aura::net
