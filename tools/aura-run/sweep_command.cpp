#include "tools/aura-run/sweep_command.hpp"

#include "actors/sweep.hpp"
#include "kernels/base/exit_code.hpp"
#include "tools/aura-run/child.hpp"

#include <cstdio>
#include <iostream>

namespace aura::tools {

namespace {

int exit_with(const fault& reason) {
  std::cerr << "aura-run: " << reason.message << '\n';
  return static_cast<int>(to_exit_code(reason.code));
}

void show(const sweep& x, std::size_t i) {
  auto settings = std::string{};
  for (const auto& setting : x.jobs[i].settings)
    settings += (settings.empty() ? "" : " ") + setting;
  const auto& result = x.results[i];
  const auto state = result.state == job_state::waiting
                       ? std::string{"begins"}
                       : std::string{to_string(result.state)};
  std::cout << "job " << i + 1 << " of " << x.jobs.size() << "  " << settings
            << "  " << state;
  if (!result.message.empty())
    std::cout << ": " << result.message;
  std::cout << std::endl;
}

/// Reads the plan of each job, so that what is wrong with the last one shows
/// before the first begins.
bool plan(sweep& x, const flow::pipeline_source& source) {
  for (auto& job : x.jobs) {
    auto trouble = flow::problems{};
    const auto made = make_plan(source, job.settings, trouble);
    if (!trouble.empty()) {
      std::cerr << "job " << job.name << '\n';
      for (const auto& problem : trouble)
        std::cerr << to_string(problem) << '\n';
      return false;
    }
    x.name = made.identity.name;
    job.hash = made.identity.hash;
  }
  return true;
}

} // namespace

int run_sweep_command(const flow::pipeline_source& source,
                      const sweep_arguments& given,
                      const std::function<void(interrupter)>& on_started) {
  auto x = sweep{};
  for (const auto& word : given.axes) {
    auto axis = read_axis(word);
    if (!axis)
      return exit_with(axis.error());
    x.axes.push_back(std::move(*axis));
  }
  auto jobs = make_jobs(x.axes);
  if (!jobs)
    return exit_with(jobs.error());
  x.jobs = std::move(*jobs);
  if (!plan(x, source))
    return static_cast<int>(exit_code::usage);
  x.folder = given.folder.empty() ? sweep_folder("runs", x.name, x.jobs)
                                  : std::filesystem::path{given.folder};
  auto process = child_process{};
  auto options = sweep_options{};
  options.keep_going = given.keep_going;
  options.run = [&](const sweep_job& job, const std::filesystem::path& folder) {
    auto words = std::vector<std::string>{};
    if (!given.pipeline.empty())
      words.push_back(given.pipeline);
    words.insert(words.end(), job.settings.begin(), job.settings.end());
    words.insert(words.end(), {"--run-dir", folder.string()});
    return process.run(words, folder / "output.log");
  };
  if (!given.json)
    options.on_change = show;
  on_started([&process] { process.interrupt(); });
  const auto done = run_sweep(x, options);
  on_started({});
  if (given.json)
    std::cout << to_json(x);
  else
    std::cout << '\n'
              << to_text(x) << "\nsweep folder  " << x.folder.string()
              << "\nreport        " << (x.folder / "sweep.html").string()
              << std::endl;
  if (done)
    return 0;
  std::cerr << "aura-run: " << done.error().message << '\n';
  if (done.error().code == errc::internal)
    for (const auto& result : x.results)
      if (result.state == job_state::failed)
        return result.exit_code > 0 && result.exit_code < 128
                 ? result.exit_code
                 : static_cast<int>(exit_code::internal);
  return static_cast<int>(to_exit_code(done.error().code));
}

} // namespace aura::tools
