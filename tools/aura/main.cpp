#include "kernels/base/nearest.hpp"
#include "tools/aura/commands.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace {

/// What to say of a first word that is no command, and nothing if it is one.
std::string unknown_command(const CLI::App& app, int argc, char** argv) {
  const auto word = std::string{argc > 1 ? argv[1] : "-"};
  std::vector<std::string> names;
  for (const auto* command :
       app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  if (word.starts_with('-')
      || std::find(names.begin(), names.end(), word) != names.end())
    return "";
  const auto near = aura::nearest(word, names);
  auto text = "aura: no command '" + word + "'";
  if (!near.empty())
    return text + "; did you mean '" + near + "'?";
  text += "; there are";
  for (const auto& name : names)
    text += ' ' + name;
  return text;
}

/// Null if there is none of this name.
const CLI::App* subcommand(const CLI::App& app, const std::string& name) {
  for (const auto* x :
       app.get_subcommands([](const CLI::App*) { return true; }))
    if (x->get_name() == name)
      return x;
  return nullptr;
}

/// The option that a word of the command line may be a misspelling of; empty
/// if each is known, or none is near.
std::string option_meant(const CLI::App& app, int argc, char** argv) {
  const auto* command = &app;
  for (auto i = 1; i < argc; ++i) {
    const auto word = std::string{argv[i]};
    if (const auto* inner = subcommand(*command, word)) {
      command = inner;
      continue;
    }
    if (!word.starts_with("--"))
      continue;
    const auto name = word.substr(2, word.find('=') - 2);
    auto names = std::vector<std::string>{};
    for (const auto* option : command->get_options())
      for (const auto& known : option->get_lnames())
        names.push_back(known);
    if (std::find(names.begin(), names.end(), name) != names.end())
      continue;
    if (const auto near = aura::nearest(name, names); !near.empty())
      return "--" + near;
  }
  return "";
}

/// Says what is wrong with the command line, and where to read on.
void complain_about_usage(const CLI::App& app, const CLI::ParseError& error,
                          int argc, char** argv) {
  auto command = std::string{"aura"};
  const auto* at = &app;
  for (auto i = 1; i < argc; ++i)
    if (const auto* inner = subcommand(*at, argv[i])) {
      at = inner;
      command += ' ' + inner->get_name();
    } else {
      break;
    }
  const auto meant = option_meant(app, argc, argv);
  std::fprintf(stderr, "%s: %s%s\nsee %s --help\n", command.c_str(),
               error.what(),
               meant.empty() ? "" : ("; did you mean '" + meant + "'?").c_str(),
               command.c_str());
}

} // namespace

int main(int argc, char** argv) {
  using namespace aura;
  auto app = CLI::App{"aura: check, format, translate and run AuraDSL queries, "
                      "and describe databases to them",
                      "aura"};
  app.set_version_flag("--version", "aura " AURA_VERSION);
  app.require_subcommand(1);
  app.footer("Exit codes: 0 success, 1 the query is invalid, 2 wrong usage, "
             "3 unusable schema,\ndatabase or model, 5 a file cannot be read "
             "or written, 6 a bug of ours, 7 a limit was hit.");
  auto chosen = tools::action{};
  for (const auto& command : tools::commands())
    command.add(app, chosen)->group(command.group);
  if (const auto trouble = unknown_command(app, argc, argv); !trouble.empty()) {
    std::fprintf(stderr, "%s\n", trouble.c_str());
    return static_cast<int>(exit_code::usage);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app.exit(error); // prints the help that was asked for
      return static_cast<int>(exit_code::success);
    }
    complain_about_usage(app, error, argc, argv);
    return static_cast<int>(exit_code::usage);
  }
  try {
    const auto result = chosen();
    if (std::fflush(stdout) != 0) {
      std::fputs("aura: cannot write to standard output\n", stderr);
      return static_cast<int>(exit_code::storage);
    }
    return static_cast<int>(result);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "aura: internal error: %s\n", error.what());
    return static_cast<int>(exit_code::internal);
  }
}
