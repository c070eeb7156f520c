#pragma once

#include "kernels/base/exit_code.hpp"

#include <functional>
#include <span>

namespace CLI {
class App;
}

/// The commands of `aura`. A command is a pair of files and a row in
/// commands.cpp.
namespace aura::tools {

/// What to run once the command line is read.
using action = std::function<exit_code()>;

/// One command of `aura`.
struct command_row {
  /// The heading it stands under in `aura --help`.
  const char* group;
  /// Adds it to the command line; when the user asks for it, `chosen` becomes
  /// what to run after parsing.
  CLI::App* (*add)(CLI::App& app, action& chosen);
};

/// All commands, in the order of `aura --help`.
std::span<const command_row> commands();

} // namespace aura::tools
