#pragma once

#include "actors/flow/journal.hpp"

#include <map>
#include <vector>

namespace aura::net {

/// Which batches are at the server, on disk, so that no crash loses one: its
/// file and its keys are noted before it is created, its id before it is
/// polled, and its end once every answer is in the book. A log without a file
/// remembers nothing. Not thread-safe.
class batch_log {
public:
  struct entry {
    std::vector<std::string> keys;
    /// Empty if it is not known whether the batch was created.
    std::string batch;
    bool ended = false;
  };

  /// Fails as `journal::open` does, or with `damaged_file`. An empty path: no
  /// file.
  static expected<batch_log> open(const std::filesystem::path& file);

  /// The batches that have not ended, by the id of their file.
  std::map<std::string, entry> open_batches() const;

  /// Each returns once the note is on the disk.
  status uploaded(const std::string& file,
                  const std::vector<std::string>& keys);
  status created(const std::string& file, const std::string& batch);
  status ended(const std::string& file, const std::string& how);

private:
  status note(const char* what, const std::string& file,
              const std::string& content);

  std::optional<flow::journal> journal_;
  std::map<std::string, entry> entries_;
};

} // namespace aura::net
