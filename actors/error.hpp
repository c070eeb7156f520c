#pragma once

#include "kernels/base/expected.hpp"

#include <caf/error.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>

CAF_ERROR_CODE_ENUM(aura::errc, "aura")

namespace aura {

/// Carries the fault of a kernel across the border into the actor world.
inline caf::error to_caf(const fault& reason) {
  return caf::make_error(reason.code, reason.message);
}

/// The way back. What is not a fault of ours becomes `internal`, with CAF's
/// category and code as its message.
inline fault from_caf(const caf::error& reason) {
  if (reason.category() != caf::detail::error_factory<errc>::category)
    return {errc::internal, "actor system error " + caf::to_string(reason)};
  auto result = fault{static_cast<errc>(reason.code()), {}};
  const auto& context = reason.context();
  if (context.size() == 1 && context.match_element<std::string>(0))
    result.message = context.get_as<std::string>(0);
  return result;
}

} // namespace aura
