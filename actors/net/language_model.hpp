#pragma once

#include "actors/net/chat.hpp"
#include "actors/net/dispatcher.hpp"
#include "actors/net/endpoint.hpp"
#include "actors/net/language_model_options.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <filesystem>
#include <functional>
#include <stop_token>

namespace aura::net {

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
/// `invalid_reply`, `http_status`, `timeout`, `network`, `resource_limit`;
/// `cancelled` where nobody wants the answer any more.
struct answer {
  expected<std::string> text;
  /// Told once for each answer in a run, also if an earlier run paid for it.
  net::usage usage;
  /// Whether it was bought by an earlier run (or an equal question).
  bool from_journal = false;
};

/// The answer to what was not sent since there was enough.
inline answer unwanted_answer() {
  return {fault{errc::cancelled, "no answer is wanted any more"}, {}, false};
}

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
  /// Once it says so, no further question is sent: all that are still to be
  /// answered are surplus. What is in flight comes to its end.
  std::stop_token enough;
};

/// Starts the actor. It has a thread of its own if `detached`, since it waits
/// for the disk; tests say no.
language_model_actor spawn_language_model(caf::actor_system& sys,
                                          language_model_setting setting,
                                          bool detached = true);

/// Fills in key, transport and limits from the options and the environment of
/// the process. Opens no socket yet. Fails as `check` does, or for a file of
/// certificates that cannot be read. `in_batches`: for `spawn_batch_model`.
expected<language_model_setting>
prepare_language_model(const language_model_options& options,
                       std::filesystem::path journal, std::uint64_t seed,
                       bool in_batches = false);

} // namespace aura::net

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aura::net::question)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aura::net::answer)
