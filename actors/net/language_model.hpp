#pragma once

#include "actors/net/chat.hpp"
#include "actors/net/dispatcher.hpp"
#include "actors/net/endpoint.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <filesystem>
#include <functional>

namespace aura::net {

/// What a pipeline file says about the language model it asks.
struct language_model_options {
  std::string base_url = "https://api.openai.com/v1";
  std::string model;
  std::string dialect = "openai";
  std::string api_key_env = "OPENAI_API_KEY";
  std::string ca_file;
  std::size_t max_tokens = 512;
  double temperature = -1.0;
  std::string extra_body;
  std::size_t in_flight = 16;
  std::size_t attempts = 6;
  double first_byte_timeout = 120.0;
  double request_timeout = 180.0;
};

template <class Visitor>
void describe(Visitor& v, language_model_options& x) {
  v("base-url", x.base_url,
    "Where the language model is asked: https://host[:port]/path, or http:// "
    "for this machine.");
  v("model", x.model, "The model's name at that server.");
  v.choice("dialect", x.dialect,
           {"openai", "vllm", "sglang", "llama-cpp", "openrouter"},
           "How that server deviates from OpenAI's protocol.");
  v("api-key-env", x.api_key_env,
    "The environment variable that holds the key; empty: no key is sent. The "
    "key itself is never written anywhere.");
  v.file("ca-file", x.ca_file,
         "A PEM file of certificate authorities instead of SSL_CERT_FILE and "
         "the system's.");
  v.number("max-tokens", x.max_tokens, 1, 1'000'000,
           "The longest reply, in tokens.");
  v.number("temperature", x.temperature, -1.0, 2.0,
           "Of the sampling; below 0: whatever the server does.");
  v("extra-body", x.extra_body,
    "A JSON object that is merged into every request.");
  v.tuning("in-flight", x.in_flight, 1, 4096,
           "Requests at the server at once, at most.");
  v.tuning("attempts", x.attempts, 1, 100,
           "Tries of one request, refusals for load not counted.");
  v.tuning("first-byte-timeout", x.first_byte_timeout, 0.01, 3600.0,
           "Seconds from a request to the first byte of its reply.");
  v.tuning("request-timeout", x.request_timeout, 0.01, 7200.0,
           "Seconds for one try of a request, everything included.");
}

/// The part of the options that decides what is asked.
chat_settings settings_of(const language_model_options& x);

/// Whether `x` can work, as far as that can be told without a socket: the URL,
/// the dialect, the proxy, and that the key is there.
status check(const language_model_options& x, const environment& variable);

/// What the actor is asked.
struct question {
  chat_request chat;
};

/// What came of a question. Trouble of one row is data: `refusal`, `too_long`,
/// `invalid_reply`, `http_status`, `timeout`, `network`, `resource_limit`.
struct answer {
  expected<std::string> text;
  net::usage usage;
  /// Whether it was bought by an earlier run (or an equal question).
  bool from_journal = false;
};

/// Asks a language model. Looks into the journal first; what is bought is on
/// the disk before it is answered. An error as the response means that no
/// question will be answered any more, and says why: the key or the certificate
/// was refused, the money is spent, the server is down, the journal cannot be
/// written.
using language_model_actor
  = caf::typed_actor<caf::replies_to<question>::with<answer>>;

/// How requests travel: calls back once, on any thread.
using transport
  = std::function<void(http_request, std::function<void(exchange)>)>;

/// What the actor leans on.
struct language_model_setting {
  language_model_options options;
  /// Where the answers are kept. Empty: nowhere.
  std::filesystem::path journal;
  /// The value of `api-key-env`; empty: none is sent.
  std::string key;
  transport send;
  dispatcher_options dispatch;
  /// Hears of what is worth a line in the log: repairs, a full stop.
  std::function<void(const std::string&)> tell;
};

/// Starts the actor. It has a thread of its own if `detached`, since it waits
/// for the disk; tests say no.
language_model_actor spawn_language_model(caf::actor_system& sys,
                                          language_model_setting setting,
                                          bool detached = true);

/// Fills in key, transport and limits from the options and the environment of
/// the process. Opens no socket yet. Fails as `check` does, or for a file of
/// certificates that cannot be read.
expected<language_model_setting>
prepare_language_model(const language_model_options& options,
                       std::filesystem::path journal, std::uint64_t seed);

} // namespace aura::net

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aura::net::question)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aura::net::answer)
