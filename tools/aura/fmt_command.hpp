#pragma once

#include "tools/aura/commands.hpp"

namespace aura::tools {

/// `aura fmt`: writes queries in canonical form.
CLI::App* add_fmt(CLI::App& app, action& chosen);

} // namespace aura::tools
