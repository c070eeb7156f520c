#pragma once

#include "tools/aura/commands.hpp"

namespace aura::tools {

/// `aura check`: says what is wrong in a query.
CLI::App* add_check(CLI::App& app, action& chosen);

} // namespace aura::tools
