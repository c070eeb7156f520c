#pragma once

#include "tools/aura/commands.hpp"

namespace aura::tools {

/// `aura schema`: imports, lints and seeds schemas.
CLI::App* add_schema(CLI::App& app, action& chosen);

} // namespace aura::tools
