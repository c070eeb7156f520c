#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Texts as rows of characters: UTF-8, where a byte that belongs to none is a
/// character of its own.
namespace aura::dsl::interpreter {

using characters = std::vector<std::string_view>;

characters split_characters(std::string_view text);

/// `%` stands for any characters, `_` for one, `\` takes the next as it is; the
/// case of ASCII letters does not matter. A pattern that ends in `\` matches
/// nothing.
bool is_like(std::string_view text, std::string_view pattern);

/// Whether the same but for the case of ASCII letters.
bool same_letters(std::string_view a, std::string_view b);

} // namespace aura::dsl::interpreter
