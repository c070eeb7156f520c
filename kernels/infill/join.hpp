#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace aura::infill {

/// The parts in a row. Unlike those of a chain of `+`, the elements of a braced
/// list are evaluated from left to right: what draws random numbers must not
/// depend on the compiler.
inline std::string join(std::initializer_list<std::string_view> parts) {
  auto result = std::string{};
  for (auto part : parts)
    result += part;
  return result;
}

} // namespace aura::infill
