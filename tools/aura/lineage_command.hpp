#pragma once

#include "tools/aura/commands.hpp"

namespace aura::tools {

/// `aura lineage`: where the columns of an answer come from.
CLI::App* add_lineage(CLI::App& app, action& chosen);

} // namespace aura::tools
