#pragma once

#include "tools/aura/commands.hpp"

namespace aura::tools {

/// `aura sql`: translates a query.
CLI::App* add_sql(CLI::App& app, action& chosen);

} // namespace aura::tools
