#pragma once

#include <string_view>

namespace aura::dsl {

/// What the canonical form has between two tokens.
enum class gap : unsigned char { none, space };

/// The gap between the tokens `before` and `next`, where `earlier` stands
/// before both. Only the first character of `next` matters, and it may be all
/// there is yet.
gap gap_between(std::string_view earlier, std::string_view before,
                std::string_view next);

} // namespace aura::dsl
