#pragma once

#include "tools/aura/commands.hpp"

namespace aura::tools {

/// `aura lsp`: the language server, over standard input and output.
CLI::App* add_lsp(CLI::App& app, action& chosen);

} // namespace aura::tools
