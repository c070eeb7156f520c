#pragma once

#include "tools/aura/commands.hpp"

namespace aura::tools {

/// `aura explain`: what there is after each operator.
CLI::App* add_explain(CLI::App& app, action& chosen);

} // namespace aura::tools
