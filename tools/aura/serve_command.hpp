#pragma once

#include "tools/aura/commands.hpp"

namespace aura::tools {

/// `aura serve`
CLI::App* add_serve(CLI::App& app, action& chosen);

} // namespace aura::tools
