#pragma once

#include "actors/net/chat.hpp"

namespace aura::net {

/// Writes the requests of one run, byte for byte as `write_chat` does and ten
/// times as fast: what surrounds the messages is written once.
class chat_writer {
public:
  explicit chat_writer(chat_settings settings);

  /// Fails as `write_chat`.
  expected<std::string> write(const chat_request& request);

private:
  /// What stands before and after the messages of requests with one schema.
  struct frame {
    std::string schema;
    std::string schema_name;
    std::string before;
    std::string after;
    /// Whether messages show up in the body once and unchanged, which an extra
    /// body may prevent.
    bool holds = false;
  };

  status make_frame(const chat_request& request);

  chat_settings settings_;
  std::optional<frame> frame_;
};

} // namespace aura::net
