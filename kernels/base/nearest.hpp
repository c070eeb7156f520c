#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aura {

/// How many letters one must insert, delete, replace or swap with their
/// neighbour to get from `a` to `b`, ASCII case aside.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate that `wanted` is most likely a misspelling of, the first of
/// equals; empty if none is near: at most a third of the longer word's letters
/// may differ.
std::string nearest(std::string_view wanted,
                    const std::vector<std::string>& candidates);

} // namespace aura
