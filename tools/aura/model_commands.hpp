#pragma once

#include "tools/aura/commands.hpp"

namespace aura::tools {

/// `aura model`: plans and inspects pretrained models.
CLI::App* add_model(CLI::App& app, action& chosen);

} // namespace aura::tools
