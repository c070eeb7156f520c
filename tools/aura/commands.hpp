#pragma once

#include "kernels/base/exit_code.hpp"

#include <functional>

namespace CLI {
class App;
}

/// The commands of `aura`. Each function adds one to the command line; when the
/// user asks for it, `chosen` becomes what to run after parsing.
namespace aura::tools {

using action = std::function<exit_code()>;

void add_check(CLI::App& app, action& chosen);
void add_fmt(CLI::App& app, action& chosen);
void add_sql(CLI::App& app, action& chosen);
void add_query(CLI::App& app, action& chosen);
void add_schema(CLI::App& app, action& chosen);
void add_ask(CLI::App& app, action& chosen);

} // namespace aura::tools
