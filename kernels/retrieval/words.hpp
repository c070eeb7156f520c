#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aura::retrieval {

/// Splits text into lower-case search terms: at everything that is no letter or
/// digit, inside identifiers (`deviceId`, `device_id`, `pm25` all give their
/// parts), with a light plural and verb stemmer. Bytes above ASCII count as
/// letters, so that UTF-8 words stay whole.
std::vector<std::string> words(std::string_view text);

/// One lower-case word without its regular English ending: `readings` and
/// `reading` give `read`. Never shortens a word below three letters.
std::string stem(std::string word);

} // namespace aura::retrieval
