#pragma once

#include "tools/aura/commands.hpp"

namespace aura::tools {

/// `aura query`: runs a query on a database.
CLI::App* add_query(CLI::App& app, action& chosen);

} // namespace aura::tools
