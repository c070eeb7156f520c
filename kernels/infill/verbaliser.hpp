#pragma once

#include "kernels/base/random.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

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

const char* to_string(register_kind x);

/// Asks in English for what `query` computes: every filter, key, aggregate,
/// order and number of it is in the question, nothing else is. Deterministic in
/// `random`.
std::string verbalise(const dsl::query& query, const schema::schema& s,
                      register_kind style, random_stream& random);

} // namespace aura::infill
