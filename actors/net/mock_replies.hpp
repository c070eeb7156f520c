#pragma once

#include "actors/net/mock_llm.hpp"

namespace aura::net {

/// What a server of ours writes, and how.
struct scripted_reply {
  /// The bytes, header and body.
  std::string bytes;
  /// Where the body begins.
  std::size_t body = 0;
  unsigned status = 0;
  /// Whether the bytes hold a whole and usable completion.
  bool completion = false;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
};

/// A reply of `status` with `body`; `extra` are header lines that end with
/// CRLF.
scripted_reply make_reply(unsigned status, std::string_view body,
                          std::string_view extra = "");

/// What is said instead of an answer if `x` is an error of the server; nothing
/// if it is none.
std::optional<scripted_reply> error_reply(const fault_plan::entry& x);

/// Answers a request for a chat completion with body `request`, or gets it
/// wrong as `x` says. Mishaps of the connection itself are left to the server.
scripted_reply reply_to_chat(const mock_llm_options& options,
                             std::string_view request,
                             const fault_plan::entry& x);

} // namespace aura::net
