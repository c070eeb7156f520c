#pragma once

#include "actors/net/fault_plan.hpp"
#include "actors/net/language_model.hpp"

namespace aura::net {

/// What a fault plan does to one request on its way.
struct interference {
  /// How long it is held up.
  milliseconds delay{0};
  /// What comes back instead of a reply; nothing: the request goes on to the
  /// server.
  std::optional<exchange> instead;
};

/// What `plan` does to request number `number`, whose body is `body`. A silence
/// lasts as long as the client would wait: `patience`. Pure.
interference interfere(const fault_plan& plan, std::uint64_t number,
                       const std::string& body, milliseconds patience);

/// Puts a fault plan between a client and `inner`, so that a run can be tried
/// against trouble that its server does not make. Requests that meet trouble
/// never reach the server, and so cost nothing. Starts a thread.
transport make_faulty_transport(transport inner, fault_plan plan,
                                milliseconds patience);

/// A server inside this process: answers chats with `answer`, at once.
transport make_local_transport(
  std::function<expected<std::string>(const std::string& text)> answer);

} // namespace aura::net
