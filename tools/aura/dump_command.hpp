#pragma once

#include "tools/aura/commands.hpp"

namespace aura::tools {

/// `aura dump`: shows what one phase of the compiler makes of a query.
CLI::App* add_dump(CLI::App& app, action& chosen);

} // namespace aura::tools
