#include "actors/difference.hpp"
#include "actors/flow/files.hpp"
#include "actors/flow/heaps.hpp"
#include "actors/pipeline_schema.hpp"
#include "actors/session.hpp"
#include "kernels/base/exit_code.hpp"
#include "kernels/base/json.hpp"
#include "tools/aura-run/sweep_command.hpp"

#include <CLI/CLI.hpp>

#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <optional>
#include <thread>

#include "embedded_pipeline.hpp"

namespace {

using namespace aura;

struct arguments {
  std::string pipeline;
  std::vector<std::string> overrides;
  std::string run_directory;
  bool dry_run = false;
  std::uint64_t preview = 0;
  bool fresh = false;
  bool replay = false;
  std::optional<std::uint16_t> web;
  bool json = false;
  bool reference = false;
};

int exit_with(const fault& reason) {
  std::cerr << "aura-run: " << reason.message << '\n';
  return static_cast<int>(to_exit_code(reason.code));
}

/// Leaves the process at once if a step would keep it.
int end_with(const session_result& x) {
  const auto code = x.failure.code == errc::none ? 0 : exit_with(x.failure);
  if (!x.stuck)
    return code;
  std::cout.flush();
  std::cerr << "aura-run: left without waiting for a step that does not end"
            << std::endl;
  std::fflush(stdout);
  std::_Exit(code);
}

/// Where pipelines and the files they name are looked for beside the working
/// directory: the source tree that this program was built from.
std::filesystem::path home() {
  return AURA_SOURCE_DIR;
}

/// Reads the pipeline that was asked for, or the one that is built in.
expected<flow::pipeline_source> find_pipeline(const std::string& name) {
  namespace fs = std::filesystem;
  auto failed = std::error_code{};
  auto result = flow::pipeline_source{};
  if (name.empty()) {
    result.file = "full.yaml (built in)";
    result.text = embedded_pipeline;
    result.roots = {fs::current_path(failed), home()};
    return result;
  }
  for (const auto& candidate :
       {fs::path{name}, fs::path{"pipelines"} / name,
        fs::path{"pipelines"} / (name + ".yaml"), home() / name,
        home() / "pipelines" / name, home() / "pipelines" / (name + ".yaml")}) {
    if (!fs::is_regular_file(candidate, failed))
      continue;
    auto text = flow::read_file(candidate);
    if (!text)
      return text.error();
    const auto folder = fs::absolute(candidate, failed).parent_path();
    result.file = candidate.lexically_normal().string();
    result.text = std::move(*text);
    result.roots
      = {fs::current_path(failed), folder, folder.parent_path(), home()};
    return result;
  }
  return fault{errc::invalid_option, "no pipeline '" + name
                                       + "'; looked here, in pipelines/ and in "
                                       + (home() / "pipelines").string()};
}

/// Waits for signals on a thread of its own: the first drains the run, the
/// second ends the process at once. All files are whole at any moment.
class signals {
public:
  signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    waiter_ = std::jthread{[this](std::stop_token stop) { wait(stop); }};
  }

  signals(const signals&) = delete;
  signals& operator=(const signals&) = delete;

  ~signals() { // ends the thread, which waits for a signal
    waiter_.request_stop();
    pthread_kill(waiter_.native_handle(), SIGTERM);
  }

  /// What is to be interrupted. A signal that came before counts too.
  void connect(interrupter what) {
    const auto guard = std::lock_guard{mutex_};
    what_ = std::move(what);
    if (what_ && came_)
      what_();
  }

private:
  void wait(const std::stop_token& stop) {
    for (auto count = 0;;) {
      auto received = 0;
      if (sigwait(&set_, &received) != 0 || stop.stop_requested())
        return;
      if (++count > 1) {
        std::cerr << "\naura-run: stopped; run the same command to go on\n";
        std::_Exit(static_cast<int>(exit_code::interrupted));
      }
      std::cerr << "\naura-run: finishing what is under way; once more stops "
                   "at once\n";
      const auto guard = std::lock_guard{mutex_};
      came_ = true;
      if (what_)
        what_();
    }
  }

  sigset_t set_{};
  std::mutex mutex_;
  interrupter what_;
  bool came_ = false;
  std::jthread waiter_;
};

std::string percent(const nlohmann::json& x) {
  auto buffer = std::array<char, 64>{};
  std::snprintf(
    buffer.data(), buffer.size(), "%.1f %% (95 %%: %.1f – %.1f, n = %d)",
    100 * x.value("ex_strict", 0.0), 100 * x["ci95"][0].get<double>(),
    100 * x["ci95"][1].get<double>(), x.value("n", 0));
  return buffer.data();
}

std::uint64_t sum(const nlohmann::json& counts) {
  auto total = std::uint64_t{0};
  for (const auto& [reason, n] : counts.items())
    total += n.get<std::uint64_t>();
  return total;
}

void summarise(const std::filesystem::path& directory) {
  auto text = flow::read_file(directory / "report.json");
  if (!text)
    return;
  const auto x = nlohmann::json::parse(*text, nullptr, false);
  if (!x.is_object())
    return;
  const auto rejected = sum(x.value("rejected", nlohmann::json::object()));
  const auto failed = sum(x.value("failed", nlohmann::json::object()));
  std::cout << "\ngenerated " << flow::grouped(x.value("generated", 0ull))
            << " = accepted " << flow::grouped(x.value("accepted", 0ull))
            << " + rejected " << flow::grouped(rejected) << " + failed "
            << flow::grouped(failed) << " + pending "
            << flow::grouped(x.value("pending", 0ull)) << '\n';
  const auto tell = [](const nlohmann::json& splits, const char* when) {
    for (const auto& [name, split] : splits.items())
      if (split.is_object() && split.contains("ci95"))
        std::cout << "execution match " << name << when << ": "
                  << percent(split) << '\n';
  };
  const auto forms = x.value("forms", nlohmann::json::object());
  tell(forms.value("base", nlohmann::json::object()), " before");
  tell(x.value("evaluation", nlohmann::json::object()), "");
  std::cout << "took " << flow::duration_text(x.value("wall_seconds", 0.0))
            << '\n';
}

int run_schema() {
  std::cout << pipeline_schema();
  return 0;
}

int run_diff(const std::vector<std::string>& words, bool as_json) {
  auto folders = std::vector<std::filesystem::path>{};
  for (const auto& word : words) {
    auto folder = find_run("runs", word);
    if (!folder)
      return exit_with(folder.error());
    folders.push_back(std::move(*folder));
  }
  const auto found = compare_runs(folders[0], folders[1]);
  if (!found)
    return exit_with(found.error());
  std::cout << (as_json ? *found : difference_text(*found));
  return 0;
}

int run_sweep_of(const tools::sweep_arguments& given, signals& interruption) {
  const auto source = find_pipeline(given.pipeline);
  if (!source)
    return exit_with(source.error());
  return tools::run_sweep_command(*source, given, [&](interrupter what) {
    interruption.connect(std::move(what));
  });
}

/// Divides what may come in any order: `key=value` and the pipeline's name.
/// False if there is more than one name.
bool divide_words(std::vector<std::string>& words, std::string& pipeline,
                  std::vector<std::string>& settings) {
  for (auto& word : words) {
    if (word.find('=') != std::string::npos)
      settings.push_back(std::move(word));
    else if (pipeline.empty())
      pipeline = std::move(word);
    else {
      std::cerr << "aura-run: one pipeline at a time; '" << word
                << "' is the second\n";
      return false;
    }
  }
  return true;
}

/// What the stages will need; not 0 if it cannot be had.
int show_forecasts(const run_plan& plan) {
  for (const auto& stage : plan.stages) {
    if (!stage.forecast)
      continue;
    const auto text = stage.forecast();
    if (!text)
      return exit_with(text.error());
    std::cout << '\n' << stage.name << ": " << *text;
  }
  return 0;
}

int run(const arguments& given, signals& interruption) {
  if (given.reference) {
    std::cout << reference();
    return 0;
  }
  auto source = find_pipeline(given.pipeline);
  if (!source)
    return exit_with(source.error());
  auto trouble = flow::problems{};
  const auto plan = make_plan(*source, given.overrides, trouble, given.replay);
  if (!trouble.empty()) {
    for (const auto& x : trouble)
      std::cerr << to_string(x) << '\n';
    return static_cast<int>(exit_code::usage);
  }
  if (given.dry_run) {
    std::cout << to_text(plan)
              << changes_since(plan, std::filesystem::path{"runs"}
                                       / plan.identity.name / "latest");
    return show_forecasts(plan);
  }
  if (given.preview > 0) {
    return end_with(preview_session(plan, given.preview, stdout));
  }
  // What is missing is better known now than after hours.
  for (const auto& stage : plan.stages)
    if (stage.ready)
      if (const auto there = stage.ready(); !there)
        return exit_with(there.error());
  auto options = session_options{};
  options.directory = given.run_directory;
  options.fresh = given.fresh;
  options.web = given.web;
  options.on_web = [](const std::string& url) {
    std::cerr << "aura-run: live at " << url << std::endl;
  };
  options.display = given.json                   ? flow::display::json
                    : isatty(STDOUT_FILENO) != 0 ? flow::display::live
                                                 : flow::display::plain;
  const auto result = run_session(plan, options, [&](interrupter what) {
    interruption.connect(std::move(what));
  });
  interruption.connect({});
  if (!result.directory.empty() && !given.json) {
    summarise(result.directory);
    std::cout << "run folder  " << result.directory.string() << "\nreport      "
              << (result.directory / "report.html").string() << std::endl;
  }
  if (given.json)
    std::cout << nlohmann::json{{"event", "ended"},
                                {"complete", result.failure.code == errc::none},
                                {"reason", result.failure.message},
                                {"directory", result.directory.string()}}
                   .dump(-1, ' ', false,
                         nlohmann::json::error_handler_t::replace)
              << std::endl;
  return end_with(result);
}

} // namespace

int main(int argc, char** argv) {
  flow::limit_heaps();
  auto app = CLI::App{
    "Runs a pipeline: from a schema to a dataset, a trained model and a "
    "report.\nWithout a file it runs the one that is built in."};
  app.set_version_flag("--version", "aura-run " AURA_VERSION);
  auto given = arguments{};
  auto words = std::vector<std::string>{};
  app.add_option("PIPELINE.yaml key.path=value", words,
                 "A pipeline file and settings to lay over it, such as "
                 "skeletons.rows=1000.");
  app.add_option("--run-dir", given.run_directory,
                 "The folder of this run. Default: runs/<name>/<time>-<hash>, "
                 "or that of an unfinished run of the same configuration.");
  app.add_flag("--dry-run", given.dry_run,
               "Print what would be done, and do nothing.");
  app.add_option("--preview", given.preview,
                 "Make so many rows, show them, and write nothing.");
  app.add_flag("--fresh", given.fresh, "Do not go on with an unfinished run.");
  auto faults = std::string{};
  app.add_option("--faults", faults,
                 "What goes wrong on purpose between this program and a "
                 "language model: a file such as configs/faults.yaml, or its "
                 "words, such as 429:20,reset%5.");
  app.add_flag("--replay", given.replay,
               "Ask nobody: take every answer of a language model from the "
               "journal of this run, or of the newest one that has any. What "
               "is not there ends the run.");
  auto web = std::string{};
  app.add_flag(
    "--web{0}", web,
    "Show the run while it goes on at http://localhost:PORT/, and at "
    "/metrics to Prometheus. --web=8080 chooses the port.");
  app.add_flag("--json", given.json, "Print events as JSON, one a line.");
  app.add_flag("--reference", given.reference,
               "Print every option of every stage.");
  app.require_subcommand(0, 1);
  auto* schema = app.add_subcommand(
    "schema", "Print the JSON Schema of pipeline files, for editors.");
  auto sweeping = tools::sweep_arguments{};
  auto swept = std::vector<std::string>{};
  auto* sweep = app.add_subcommand(
    "sweep", "Run a pipeline with every combination of some settings. The "
             "same command again goes on with what is left.");
  sweep
    ->add_option("PIPELINE.yaml key=values", swept,
                 "A pipeline file, and the values that settings take in turn: "
                 "seed=1,2,3.")
    ->required();
  sweep->add_flag("--keep-going", sweeping.keep_going,
                  "Go on with the other jobs after one has failed.");
  sweep->add_option("--folder", sweeping.folder,
                    "Where the jobs have their folders. Default: "
                    "runs/<name>/sweep-<hash>.");
  sweep->add_flag("--json", given.json, "Print the table as JSON.");
  auto compared = std::vector<std::string>{};
  auto* diff = app.add_subcommand(
    "diff", "Compare two runs: configuration, data and results.");
  diff
    ->add_option("RUN_A RUN_B", compared,
                 "Folders of runs, or names of pipelines for their latest.")
    ->required()
    ->expected(2);
  diff->add_flag("--json", given.json, "Print the comparison as JSON.");
  app.footer(
    "Exit codes: 0 done, 2 configuration, 3 unusable input, 4 language model "
    "or\nnetwork, 5 disk, 6 internal, 7 limit, 130 interrupted.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const auto code = app.exit(e);
    return code == 0 ? 0 : static_cast<int>(exit_code::usage);
  }
  if (!web.empty()) {
    auto port = std::uint16_t{0};
    const auto end = web.data() + web.size();
    if (const auto read = std::from_chars(web.data(), end, port);
        read.ec != std::errc{} || read.ptr != end) {
      std::cerr << "aura-run: no port '" << web << "'\n";
      return static_cast<int>(exit_code::usage);
    }
    given.web = port;
  }
  if (!faults.empty())
    given.overrides.push_back("faults=" + faults);
  if (*schema)
    return run_schema();
  if (*diff)
    return run_diff(compared, given.json);
  const auto good = *sweep
                      ? divide_words(swept, sweeping.pipeline, sweeping.axes)
                      : divide_words(words, given.pipeline, given.overrides);
  if (!good)
    return static_cast<int>(exit_code::usage);
  auto interruption = signals{};
  sweeping.json = given.json;
  return *sweep ? run_sweep_of(sweeping, interruption)
                : run(given, interruption);
}
