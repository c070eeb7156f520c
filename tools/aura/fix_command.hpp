#pragma once

#include "tools/aura/commands.hpp"

namespace aura::tools {

/// `aura fix`: makes the fixes that are safe to make.
CLI::App* add_fix(CLI::App& app, action& chosen);

} // namespace aura::tools
