#pragma once

#include "tools/aura/commands.hpp"

namespace aura::tools {

/// `aura grammar`: the grammar of the language, for people and for constrained
/// decoding.
CLI::App* add_grammar(CLI::App& app, action& chosen);

} // namespace aura::tools
