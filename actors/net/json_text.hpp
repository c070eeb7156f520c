#pragma once

#include <string>
#include <string_view>

namespace aura::net {

/// Appends `text` as a JSON string. Bytes that are not UTF-8 become U+FFFD, as
/// nlohmann::json writes them.
void append_quoted(std::string& out, std::string_view text);

} // namespace aura::net
