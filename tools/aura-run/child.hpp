#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace aura::tools {

/// Runs this very program again with other words, one process after the other.
/// What it prints goes into a file. It ends with us, however we end.
class child_process {
public:
  /// Returns the exit code; 128 + signal if one ended it.
  int run(const std::vector<std::string>& words,
          const std::filesystem::path& output);

  /// Asks the running process, and all that would follow it, to finish. Safe
  /// to call from any thread.
  void interrupt();

private:
  std::atomic<pid_t> running_ = 0;
  std::atomic<bool> interrupted_ = false;
};

} // namespace aura::tools
