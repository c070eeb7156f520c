#pragma once

#include "tools/aura/commands.hpp"

namespace aura::tools {

/// `aura tokenize`: lines in, token ids out, or the other way round.
CLI::App* add_tokenize(CLI::App& app, action& chosen);

} // namespace aura::tools
