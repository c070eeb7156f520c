#pragma once

#include "tools/aura/commands.hpp"

namespace aura::tools {

/// `aura ask`: a trained model answers a question.
CLI::App* add_ask(CLI::App& app, action& chosen);

} // namespace aura::tools
