#pragma once

#include "actors/flow/files.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace aura::testing {

/// How a program ended, and what it said.
struct program_result {
  int code = -1; // 128 + signal if one ended it
  std::string out;
  std::string err;
};

/// What a program is run under.
struct program_setting {
  /// Whether there is no network, not even the loopback interface, where the
  /// system lets us have that.
  bool without_network = false;
  /// Called in the child right before the program starts; only what is safe
  /// after a fork.
  std::function<void()> prepare = [] {};
};

/// For `prepare`: whoever asks for a socket from now on is killed by SIGSYS.
inline void forbid_sockets() {
  auto rules = std::array{
    sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
    sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 0, 1),
    sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const auto program
    = sock_fprog{static_cast<unsigned short>(rules.size()), rules.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
      || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    ::_exit(97);
}

/// Starts aura-run in `folder`. Its output goes to descriptor `out`, its
/// complaints to the file `errors`.
inline pid_t start_program(const std::filesystem::path& folder,
                           std::vector<std::string> words,
                           const program_setting& setting, int out,
                           const std::filesystem::path& errors) {
  // All memory is taken before the fork: a thread of this process may hold the
  // allocator at that moment, and the child would wait for it for ever.
  words.insert(words.begin(), AURA_RUN);
  auto pointers = std::vector<char*>{};
  for (auto& word : words)
    pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const auto child = ::fork();
  if (child != 0)
    return child;
  ::dup2(out, STDOUT_FILENO);
  const auto file = ::open(errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(file, STDERR_FILENO);
  if (::chdir(folder.c_str()) != 0)
    ::_exit(99);
  if (setting.without_network)
    (void)::unshare(CLONE_NEWUSER | CLONE_NEWNET);
  setting.prepare();
  ::execv(AURA_RUN, pointers.data());
  ::_exit(98);
}

/// How `child` ended: its exit code, or 128 + the signal that ended it.
inline int wait_for(pid_t child) {
  auto state = 0;
  ::waitpid(child, &state, 0);
  return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
}

/// Waits until `x` holds; false after a minute, when something hangs.
inline bool eventually(const std::function<bool()>& x) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes{1};
  while (!x()) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

/// Runs aura-run in `folder`. `on_line` sees each line of its output as it
/// comes, together with the process.
inline program_result run_program(
  const std::filesystem::path& folder, std::vector<std::string> words,
  const std::function<void(const std::string&, pid_t)>& on_line
  = [](const std::string&, pid_t) {},
  const program_setting& setting = {}) {
  const auto errors = folder / ".stderr";
  auto ends = std::array<int, 2>{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return {};
  const auto child
    = start_program(folder, std::move(words), setting, ends[1], errors);
  ::close(ends[1]);
  auto result = program_result{};
  auto line = std::string{};
  auto part = std::array<char, 4096>{};
  for (auto n = ::read(ends[0], part.data(), part.size()); n > 0;
       n = ::read(ends[0], part.data(), part.size()))
    for (auto c : std::string_view{part.data(), static_cast<std::size_t>(n)}) {
      result.out += c;
      if (c != '\n') {
        line += c;
        continue;
      }
      on_line(line, child);
      line.clear();
    }
  ::close(ends[0]);
  result.code = wait_for(child);
  if (auto text = flow::read_file(errors))
    result.err = *text;
  std::filesystem::remove(errors);
  return result;
}

/// A fixture with an empty folder to run in.
class Program : public ::testing::Test {
protected:
  Program() {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder = std::filesystem::path{::testing::TempDir()}
             / (std::string{"aura-"} + info->test_suite_name() + "-"
                + info->name() + "-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }

  ~Program() override {
    for (const auto child : std::exchange(processes, {})) {
      ::kill(child, SIGKILL);
      wait_for(child);
    }
    std::filesystem::remove_all(folder);
  }

  program_result run(std::vector<std::string> words) {
    return run_program(folder, std::move(words),
                       [](const std::string&, pid_t) {},
                       {without_network, prepare});
  }

  /// Does not wait for its end; `join` does.
  pid_t start(std::vector<std::string> words) {
    const auto nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    const auto child
      = start_program(folder, std::move(words), {without_network, prepare},
                      nowhere, folder / ".stderr");
    ::close(nowhere);
    processes.insert(child);
    return child;
  }

  int join(pid_t child) {
    processes.erase(child);
    return wait_for(child);
  }

  std::string read(const std::filesystem::path& file) {
    auto text = flow::read_file(folder / file);
    EXPECT_TRUE(text) << file;
    return text ? *text : "";
  }

  /// The files of a dataset, one after the other.
  std::string dataset(const std::string& run_folder) {
    const auto at = std::filesystem::path{run_folder};
    return read(at / "dataset/train.jsonl") + read(at / "dataset/eval.jsonl")
           + read(at / "dataset/test.jsonl") + read(at / "rejected.jsonl");
  }

  bool is_empty() const {
    return std::filesystem::is_empty(folder);
  }

  std::filesystem::path folder;
  std::set<pid_t> processes;
  bool without_network = false;
  std::function<void()> prepare = [] {};
};

inline const auto data_pipeline
  = std::string{AURA_SOURCE_DIR "/tests/pipelines/data.yaml"};

} // namespace aura::testing
