#pragma once

#include "tools/aura/commands.hpp"

namespace aura::tools {

/// `aura diagnostics`: what the codes of diagnostics mean.
CLI::App* add_diagnostics(CLI::App& app, action& chosen);

} // namespace aura::tools
