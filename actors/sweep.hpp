#pragma once

#include "actors/plan.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace aura {

/// One word of a sweep: a key and the values it takes in turn.
struct sweep_axis {
  std::string key;
  std::vector<std::string> values;
};

/// Reads `key=a,b,c`. Commas within brackets, braces and quotes do not divide:
/// `infill.styles=[formal,casual],[concise]` has two values. Fails with
/// `invalid_option` for a word without a key or with an empty value.
expected<sweep_axis> read_axis(const std::string& word);

/// One combination of values.
struct sweep_job {
  /// `key=value` for each axis.
  std::vector<std::string> settings;
  /// Its folder within that of the sweep: `03-seed=2,train.epochs=1`.
  std::string name;
  /// Of the configuration that it runs.
  std::string hash;
};

/// All combinations; the values of the last axis change fastest. A repeated key
/// or more than 10,000 jobs are refused with `invalid_option`.
expected<std::vector<sweep_job>> make_jobs(const std::vector<sweep_axis>& axes);

enum class job_state : std::uint8_t {
  waiting,
  kept, // was finished before
  done,
  failed,
  interrupted
};

/// `waiting`, `kept`, …
const char* to_string(job_state x);

struct job_result {
  job_state state = job_state::waiting;
  int exit_code = 0;
  double seconds = 0;
  /// The last line that it complained with.
  std::string message;
  /// Its report.json, if it got so far.
  std::string report;
};

struct sweep {
  std::string name;
  std::filesystem::path folder;
  std::vector<sweep_axis> axes;
  std::vector<sweep_job> jobs;
  std::vector<job_result> results;
};

/// Where a sweep of this pipeline over these axes has its folder:
/// `runs/<name>/sweep-<hash8>`. The same sweep finds it again.
std::filesystem::path sweep_folder(const std::filesystem::path& base,
                                   const std::string& name,
                                   const std::vector<sweep_job>& jobs);

/// Runs a job in its folder to its end and says how it went: the exit code of
/// the process. Writes what the job prints into `output.log` there.
using job_runner = std::function<int(const sweep_job& job,
                                     const std::filesystem::path& folder)>;

struct sweep_options {
  /// Go on with the other jobs after one has failed.
  bool keep_going = false;
  job_runner run;
  /// Called before and after each job.
  std::function<void(const sweep&, std::size_t job)> on_change
    = [](const sweep&, std::size_t) {};
};

/// Runs the jobs one after the other. A job whose folder holds a finished run
/// of the same configuration is kept as it is. After each job `sweep.json` and
/// `sweep.html` stand in the folder. Fails with the first job that failed, with
/// `cancelled` after an interruption, and with `io_error` or `disk_full`.
status run_sweep(sweep& x, const sweep_options& options);

/// The table for people.
std::string to_text(const sweep& x);

/// `sweep.json`: axes, jobs, settings, states and results.
std::string to_json(const sweep& x);

/// `sweep.html`, a page that needs nothing but itself.
std::string to_html(const sweep& x);

} // namespace aura
