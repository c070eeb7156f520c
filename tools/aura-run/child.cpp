#include "tools/aura-run/child.hpp"

#include "kernels/base/exit_code.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace aura::tools {

int child_process::run(const std::vector<std::string>& words,
                       const std::filesystem::path& output) {
  if (interrupted_)
    return static_cast<int>(exit_code::interrupted);
  // Everything that needs memory happens before the fork.
  auto name = std::string{"aura-run"};
  auto copies = words;
  auto pointers = std::vector<char*>{name.data()};
  for (auto& word : copies)
    pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const auto file
    = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const auto parent = ::getpid();
  const auto child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
      ::_exit(static_cast<int>(exit_code::internal));
    // A signal of the terminal is for the sweep, which passes it on once.
    ::setpgid(0, 0);
    ::dup2(file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
    ::execv("/proc/self/exe", pointers.data());
    ::_exit(static_cast<int>(exit_code::internal));
  }
  if (file >= 0)
    ::close(file);
  if (child < 0)
    return static_cast<int>(exit_code::limit);
  running_ = child;
  if (interrupted_)
    ::kill(child, SIGINT);
  auto state = 0;
  while (::waitpid(child, &state, 0) < 0 && errno == EINTR)
    continue;
  running_ = 0;
  return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
}

void child_process::interrupt() {
  interrupted_ = true;
  if (const auto child = running_.load(); child > 0)
    ::kill(child, SIGINT);
}

} // namespace aura::tools
