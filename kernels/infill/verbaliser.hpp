#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/base/random.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace aura::infill {

/// How a question sounds.
enum class register_kind : std::uint8_t {
  formal,
  casual,
  imperative,
  concise,
  indirect,
  vague
};

/// All of them, for loops.
inline constexpr auto registers = std::array{
  register_kind::formal,  register_kind::casual,   register_kind::imperative,
  register_kind::concise, register_kind::indirect, register_kind::vague};

const char* to_string(register_kind x);

/// Asks in English for what `query` computes: every filter, key, aggregate,
/// order and number of it is in the question, nothing else is. Deterministic in
/// `random`. Fails with `unsupported` where it has no words for something, and
/// names it; it never leaves anything out.
expected<std::string> verbalise(const dsl::query& query,
                                const schema::schema& s, register_kind style,
                                random_stream& random);

} // namespace aura::infill
