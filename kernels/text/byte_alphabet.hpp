#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace aura::text {

/// How byte-level vocabularies spell each of the 256 bytes: GPT-2's alphabet of
/// printable characters (Radford et al. 2019, `bytes_to_unicode`), as UTF-8.
const std::array<std::string, 256>& byte_alphabet();

/// Bytes in that alphabet.
std::string spell_bytes(std::string_view bytes);

/// The bytes that `letters` spells; nothing if some character is not of the
/// alphabet.
std::optional<std::string> read_bytes(std::string_view letters);

} // namespace aura::text
