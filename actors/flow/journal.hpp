#pragma once

#include "kernels/base/expected.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aura::flow {

/// What a journal is opened for.
enum class journal_access : std::uint8_t {
  write, // alone: created if need be, a torn end is cut off
  read   // with other readers: nothing is created, repaired or changed
};

/// What was bought, kept for good: an append-only file of answers, each under a
/// key that is a hash of what was asked. A run that is repeated finds its
/// answers here instead of asking again.
///
/// The file is a mark of 8 bytes and then frames: length of the payload,
/// CRC-32C of that length, CRC-32C of the payload (4 bytes each,
/// little-endian), payload. A payload is a byte for its kind, the length of the
/// key (2 bytes), the key, and with DONE the answer.
///
/// Every append reaches the operating system before the call returns, so that
/// killing the process loses nothing; `sync` makes it survive a power cut too.
/// Not thread-safe.
class journal {
public:
  /// Opens or creates the file and reads its index. A torn last frame is cut
  /// off, see `warning`. Fails with `damaged_file` and the offset if anything
  /// else does not hold together, with `io_error` if another process has the
  /// journal open, and with `io_error` or `disk_full`.
  ///
  /// For reading it fails with `missing_file` if there is none, and what would
  /// be cut off is passed over.
  static expected<journal> open(const std::filesystem::path& file,
                                journal_access access = journal_access::write);

  // Closes the file and so gives up the lock. Syncs nothing.
  ~journal();
  journal(journal&& other) noexcept;
  journal& operator=(journal&& other) noexcept;

  /// What was repaired while opening; empty if nothing was.
  const std::string& warning() const;

  /// The answer under `key`, if there is one.
  expected<std::optional<std::string>> find(std::string_view key) const;

  /// Calls `look(key, answer)` for every answer, in the order of the file.
  status visit(const std::function<void(std::string_view key,
                                        std::string_view answer)>& look) const;

  /// Notes that the answer to `key` is about to be bought.
  status intend(std::string_view key);

  /// Keeps the answer. The first one under a key stays; another is dropped.
  /// After a failure the file is as it was before.
  status finish(std::string_view key, std::string_view answer);

  /// Forces everything appended so far onto the disk.
  status sync();

  /// Frames appended since the last `sync`.
  std::size_t unsynced() const;

  /// Keys with an answer.
  std::size_t finished() const;

  /// Keys that were asked for and have no answer: what was in flight when an
  /// earlier run ended, and perhaps bought.
  std::size_t unfinished() const;

  /// Entries that a compaction leaves out: intentions, and answers under a key
  /// that has one.
  std::size_t intents() const;
  std::size_t duplicates() const;

private:
  /// Where the answer of a key lies, once it is there.
  struct place {
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
    bool done = false;
  };

  journal() = default;

  status append(bool done, std::string_view key, std::string_view answer);
  status lock();
  status read_index();
  status begin(std::uint64_t size);
  void index(bool done, std::string_view key, const place& answer);

  std::filesystem::path file_;
  journal_access access_ = journal_access::write;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::size_t unsynced_ = 0;
  std::size_t finished_ = 0;
  std::size_t intents_ = 0;
  std::size_t duplicates_ = 0;
  std::string warning_;
  std::unordered_map<std::string, place> places_;
};

} // namespace aura::flow
