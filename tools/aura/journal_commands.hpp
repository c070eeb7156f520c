#pragma once

#include "tools/aura/commands.hpp"

namespace aura::tools {

/// `aura journal`: inspects, verifies and compacts what runs bought.
CLI::App* add_journal(CLI::App& app, action& chosen);

} // namespace aura::tools
