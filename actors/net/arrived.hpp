#pragma once

#include "actors/net/dispatcher.hpp"
#include "actors/net/language_model.hpp"

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/send.hpp>

namespace aura::net {

/// What the transport brings back, as a message.
struct arrived {
  dispatcher::ticket who = 0;
  exchange result;
};

/// Sends `request`; what comes of it arrives at `to` as a message. Holds `to`
/// weakly: the transport belongs to the actor, not the other way.
inline void send_for(const transport& send, http_request request,
                     caf::actor_addr to, dispatcher::ticket who) {
  send(std::move(request), [to = std::move(to), who](exchange result) {
    if (auto strong = caf::actor_cast<caf::actor>(to))
      caf::anon_send(strong, arrived{who, std::move(result)});
  });
}

/// Servers like to quote what they did not accept.
inline std::string without_key(std::string text, const std::string& key) {
  if (!key.empty())
    for (auto at = text.find(key); at != std::string::npos; at = text.find(key))
      text.replace(at, key.size(), "[key]");
  return text;
}

} // namespace aura::net

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aura::net::arrived)
