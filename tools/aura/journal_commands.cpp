#include "tools/aura/journal_commands.hpp"

#include "actors/flow/journal_scan.hpp"
#include "kernels/base/json.hpp"
#include "tools/aura/input.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <map>
#include <memory>
#include <optional>
#include <unordered_set>

namespace aura::tools {

namespace {

using json = nlohmann::ordered_json;

struct journal_options {
  std::string file;
  std::string key;
  bool as_json = false;
};

/// What was bought of one model.
struct purchase {
  std::uint64_t answers = 0;
  std::uint64_t failures = 0;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  bool estimated = false;
  std::optional<double> dollars;
};

struct summary {
  flow::journal_state state;
  std::uint64_t answers = 0;
  std::uint64_t intents = 0;
  std::uint64_t unanswered = 0;
  std::uint64_t duplicates = 0;
  std::map<std::string, purchase> models;
  std::optional<std::int64_t> first;
  std::optional<std::int64_t> last;
};

std::string utc(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  auto parts = std::tm{};
  gmtime_r(&time, &parts);
  char text[32] = {};
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::uint64_t whole(const json& x, const char* key) {
  const auto found = x.find(key);
  return found != x.end() && found->is_number_unsigned()
           ? found->get<std::uint64_t>()
           : 0;
}

void count(summary& x, std::string_view answer) {
  ++x.answers;
  const auto entry = json::parse(answer, nullptr, false);
  if (!entry.is_object())
    return;
  auto model = std::string{"(unknown)"};
  if (const auto name = entry.find("model");
      name != entry.end() && name->is_string())
    model = name->get<std::string>();
  auto& of_model = x.models[model];
  ++of_model.answers;
  of_model.failures += entry.contains("code") ? 1 : 0;
  of_model.prompt_tokens += whole(entry, "in");
  of_model.completion_tokens += whole(entry, "out");
  if (const auto estimated = entry.find("estimated");
      estimated != entry.end() && estimated->is_boolean())
    of_model.estimated = of_model.estimated || estimated->get<bool>();
  if (const auto cost = entry.find("cost");
      cost != entry.end() && cost->is_number())
    of_model.dollars = of_model.dollars.value_or(0) + cost->get<double>();
  if (const auto time = entry.find("time");
      time != entry.end() && time->is_number_integer()) {
    const auto seconds = time->get<std::int64_t>();
    x.first = std::min(x.first.value_or(seconds), seconds);
    x.last = std::max(x.last.value_or(seconds), seconds);
  }
}

expected<summary> summarise(const std::string& file) {
  auto result = summary{};
  auto asked = std::unordered_set<std::string>{};
  auto answered = std::unordered_set<std::string>{};
  auto state = flow::scan_journal(
    file, [&](std::uint64_t, const flow::journal_frame::view& x) {
      if (x.kind == flow::journal_frame::kind::intent) {
        ++result.intents;
        asked.emplace(x.key);
        return;
      }
      if (answered.emplace(x.key).second)
        count(result, x.answer);
      else
        ++result.duplicates;
    });
  if (!state)
    return state.error();
  result.state = *state;
  for (const auto& key : asked)
    result.unanswered += answered.contains(key) ? 0 : 1;
  return result;
}

fault damage(const std::string& file, std::uint64_t offset) {
  return {errc::damaged_file, "the journal '" + file + "' is damaged at byte "
                                + std::to_string(offset)};
}

void print_json(const std::string& file, const summary& x) {
  auto models = json::object();
  for (const auto& [name, of] : x.models) {
    models[name] = {{"answers", of.answers},
                    {"failures", of.failures},
                    {"prompt_tokens", of.prompt_tokens},
                    {"completion_tokens", of.completion_tokens},
                    {"tokens_estimated", of.estimated}};
    if (of.dollars)
      models[name]["dollars"] = *of.dollars;
  }
  auto result = json{{"file", file},
                     {"bytes", x.state.size},
                     {"entries", x.state.entries},
                     {"answers", x.answers},
                     {"intents", x.intents},
                     {"unanswered", x.unanswered},
                     {"duplicates", x.duplicates},
                     {"torn_bytes", x.state.torn}};
  if (x.state.damaged_at)
    result["damaged_at"] = *x.state.damaged_at;
  if (x.first) {
    result["first"] = utc(*x.first);
    result["last"] = utc(*x.last);
  }
  result["models"] = std::move(models);
  std::printf(
    "%s\n", result.dump(2, ' ', false, json::error_handler_t::replace).c_str());
}

void print_text(const std::string& file, const summary& x) {
  const auto number
    = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
  std::printf("%s: %llu bytes, %llu entries\n", file.c_str(),
              number(x.state.size), number(x.state.entries));
  std::printf("answers     %llu\n", number(x.answers));
  std::printf("unanswered  %llu   asked for, and perhaps bought\n",
              number(x.unanswered));
  if (x.duplicates > 0)
    std::printf("duplicates  %llu\n", number(x.duplicates));
  if (x.state.torn > 0)
    std::printf("torn        %llu bytes at the end; the next run drops them\n",
                number(x.state.torn));
  if (x.first)
    std::printf("bought      %s to %s\n", utc(*x.first).c_str(),
                utc(*x.last).c_str());
  for (const auto& [name, of] : x.models) {
    std::printf("model       %s: %llu answers, %llu of them failures, %llu + "
                "%llu tokens%s",
                name.c_str(), number(of.answers), number(of.failures),
                number(of.prompt_tokens), number(of.completion_tokens),
                of.estimated ? " (in part estimated)" : "");
    if (of.dollars)
      std::printf(", $%.4f", *of.dollars);
    std::printf("\n");
  }
}

/// Shows the entry whose key begins with `options.key`.
exit_code show_entry(const journal_options& options) {
  struct match {
    std::string key;
    std::string answer;
    std::uint64_t offset = 0;
    bool done = false;
  };
  auto found = std::map<std::string, match>{};
  const auto state
    = flow::scan_journal(options.file, [&](std::uint64_t offset,
                                           const flow::journal_frame::view& x) {
        if (!x.key.starts_with(options.key))
          return;
        auto& entry = found[std::string{x.key}];
        if (entry.done)
          return;
        entry = {std::string{x.key}, std::string{x.answer}, offset,
                 x.kind == flow::journal_frame::kind::done};
      });
  if (!state)
    return complain(state.error());
  if (found.empty())
    return complain(
      {errc::syntax_error, "no entry's key begins with '" + options.key + "'"});
  if (found.size() > 1)
    return complain({errc::invalid_option, std::to_string(found.size())
                                             + " keys begin with '"
                                             + options.key + "'"});
  const auto& x = found.begin()->second;
  auto answer = json::parse(x.answer, nullptr, false);
  if (answer.is_discarded())
    answer = x.answer;
  auto entry = json{{"key", x.key},
                    {"offset", x.offset},
                    {"state", x.done ? "done" : "intent"}};
  if (x.done)
    entry["answer"] = std::move(answer);
  std::printf(
    "%s\n", entry.dump(2, ' ', false, json::error_handler_t::replace).c_str());
  return exit_code::success;
}

exit_code run_inspect(const journal_options& options) {
  if (!options.key.empty())
    return show_entry(options);
  const auto x = summarise(options.file);
  if (!x)
    return complain(x.error());
  if (options.as_json)
    print_json(options.file, *x);
  else
    print_text(options.file, *x);
  return x->state.damaged_at
           ? complain(damage(options.file, *x->state.damaged_at))
           : exit_code::success;
}

exit_code run_verify(const journal_options& options) {
  const auto state = flow::scan_journal(
    options.file, [](std::uint64_t, const flow::journal_frame::view&) {});
  if (!state)
    return complain(state.error());
  if (state->damaged_at)
    return complain(damage(options.file, *state->damaged_at));
  if (state->torn > 0) {
    std::printf("%s: torn, %llu entries are whole and %llu bytes at the end "
                "are not; the next run drops them\n",
                options.file.c_str(),
                static_cast<unsigned long long>(state->entries),
                static_cast<unsigned long long>(state->torn));
    return exit_code::negative;
  }
  std::printf("%s: sound, %llu entries\n", options.file.c_str(),
              static_cast<unsigned long long>(state->entries));
  return exit_code::success;
}

exit_code run_compact(const journal_options& options) {
  const auto done = flow::compact_journal(options.file);
  if (!done)
    return complain(done.error());
  std::printf(
    "%s: %llu answers kept, %llu intentions and %llu duplicates dropped, %llu "
    "bytes became %llu\n",
    options.file.c_str(), static_cast<unsigned long long>(done->answers),
    static_cast<unsigned long long>(done->intents),
    static_cast<unsigned long long>(done->duplicates),
    static_cast<unsigned long long>(done->before),
    static_cast<unsigned long long>(done->after));
  return exit_code::success;
}

} // namespace

CLI::App* add_journal(CLI::App& app, action& chosen) {
  auto* command = app.add_subcommand(
    "journal", "look into the answers that a run bought, check or shrink them");
  command->require_subcommand(1);
  const auto add = [&](const char* name, const char* summary,
                       exit_code (*run)(const journal_options&)) {
    auto x = std::make_shared<journal_options>();
    auto* sub = command->add_subcommand(name, summary);
    sub->add_option("file", x->file, "journal file")->required();
    sub->final_callback(
      [x, run, &chosen] { chosen = [x, run] { return run(*x); }; });
    return std::pair{sub, x};
  };
  const auto [inspect, shown]
    = add("inspect", "count entries, models, tokens and money", run_inspect);
  inspect->add_option("--key", shown->key,
                      "show the one entry whose key begins so");
  inspect->add_flag("--json", shown->as_json, "for machines");
  add("verify", "0: sound, 1: torn at the end, 3: damaged", run_verify);
  add("compact", "keep one answer a key, and nothing else", run_compact);
  return command;
}

} // namespace aura::tools
