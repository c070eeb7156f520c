#pragma once

#include "kernels/base/random.hpp"
#include "kernels/infill/narrator.hpp"
#include "kernels/infill/verbaliser.hpp"

#include <cstdint>
#include <string>

/// The turns of phrase, in tables: what may be said, by register.
namespace aura::infill {

enum class operand_kind : std::uint8_t { number, text, moment };

/// `is above`, `is at least`, … for one of == != < <= > >=; null for any other
/// operator. No phrase stands for two operators.
const char* comparison_verb(const std::string& op, operand_kind what,
                            register_kind style, random_stream& random);

/// What a sentence is about: it asks for figures, or for rows.
enum class topic : std::uint8_t { figures, rows };

/// `body` as a whole sentence of that register: opener, capital, full stop or
/// question mark. `body` begins with its noun phrase, without an article.
std::string sentence(const std::string& body, topic about, register_kind style,
                     random_stream& random);

/// ` from highest to lowest` and the like, for a sort key.
std::string direction(flavour what, bool descending, random_stream& random);

/// `highest`, `lowest`, `latest`, `earliest`: what the first rows of a sorting
/// are. Null for text and flags.
const char* superlative(flavour what, bool descending, random_stream& random);

/// `x` with a capital first letter.
std::string capitalised(std::string x);

} // namespace aura::infill
