#pragma once

#include "actors/net/chat.hpp"

namespace aura::net {

/// Reads the body of a successful reply in the ordinary case: one text, whole,
/// with its usage. Nothing for whatever else it may be; `read_chat` knows. This
/// is its fast path, and says what the slow one would.
std::optional<completion> read_ordinary(std::string_view body);

} // namespace aura::net
