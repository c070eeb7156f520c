#pragma once

#include "kernels/base/random.hpp"

#include <string>
#include <string_view>

namespace aura::schema {

/// ASCII letters in lower case, all else as it is.
std::string to_lower(std::string text);
std::string to_upper(std::string text);

/// The name of one of what a table is named after: `devices` gives `device`.
/// In lower case, hyphens for spaces.
std::string singular(std::string_view name);

/// A text that a column of this name might hold: a person where the table or
/// the column speaks of one, an address, a code, a title, or just a word.
std::string invent_text(std::string_view table, std::string_view column,
                        random_stream& random);

/// The same word each time for one column.
std::string common_text(std::string_view column);

} // namespace aura::schema
