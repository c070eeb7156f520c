#include "tools/aura/diagnostics_command.hpp"

#include "kernels/base/nearest.hpp"
#include "kernels/dsl/catalogue.hpp"
#include "kernels/schema/load.hpp"
#include "tools/aura/input.hpp"

#include "embedded/example_schema.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace aura::tools {

namespace {

std::vector<std::string> known_codes() {
  auto result = std::vector<std::string>{};
  for (const auto& x : dsl::syntax_codes())
    result.emplace_back(x.code);
  for (const auto& x : dsl::meaning_codes())
    result.emplace_back(x.code);
  return result;
}

exit_code run_diagnostics(const std::vector<std::string>& codes) {
  const auto house = schema::parse(example_schema, "smart_home.yaml");
  if (!house)
    return complain(house.error());
  if (codes.empty()) {
    std::fputs(dsl::catalogue(*house).c_str(), stdout);
    return exit_code::success;
  }
  auto first = true;
  for (const auto& code : codes) {
    const auto* x = dsl::find_code(code);
    if (!x) {
      const auto near = nearest(code, known_codes());
      return complain({errc::invalid_option,
                       "no diagnostic has the code '" + code + "'"
                         + (near.empty() ? "" : "; is it " + near + "?")});
    }
    std::printf("%s%s", first ? "" : "\n", dsl::describe(*x, *house).c_str());
    first = false;
  }
  return exit_code::success;
}

} // namespace

CLI::App* add_diagnostics(CLI::App& app, action& chosen) {
  auto x = std::make_shared<std::vector<std::string>>();
  auto* command = app.add_subcommand(
    "diagnostics", "say what the codes of errors and warnings mean");
  command->add_option("code", *x,
                      "codes, such as AUR-E0203 (default: all of them)");
  command->final_callback(
    [x, &chosen] { chosen = [x] { return run_diagnostics(*x); }; });
  return command;
}

} // namespace aura::tools
