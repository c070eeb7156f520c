#pragma once

#include <functional>
#include <string_view>

namespace aura {

/// Lets strings be found by view, without a copy.
struct text_hash : std::hash<std::string_view> {
  using is_transparent = void;
};

} // namespace aura
