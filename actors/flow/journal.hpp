#pragma once

#include "actors/flow/place_table.hpp"
#include "kernels/base/expected.hpp"
#include "kernels/base/text_hash.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

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

  /// Notes that the answer to `key`, or to all `keys`, is about to be bought.
  status intend(std::string_view key);
  status intend(std::span<const std::string_view> keys);

  struct entry {
    std::string key;
    std::string answer;
  };

  /// Keeps the answer, or all of them in one call of the system. The first one
  /// under a key stays; another is dropped. After a failure the file is as it
  /// was before.
  status finish(std::string_view key, std::string_view answer);
  status finish(std::span<const entry> answers);

  /// Forces everything appended so far onto the disk.
  status sync();

  /// The same for a thread that waits instead of this one: what to run there,
  /// of everything appended so far. It may run while the journal is used, but
  /// not outlive it; `end_sync` takes note that it went well.
  std::function<status()> begin_sync();
  void end_sync();

  /// Frames appended since the last sync began that went well.
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
  /// Frames that are written together.
  struct frames {
    std::string bytes;
    std::vector<std::pair<std::string, std::uint64_t>> places;

    /// Fails with `too_long`. `from`: where the first of them goes.
    status add(std::uint64_t from, bool done, std::string_view key,
               std::string_view answer);
  };

  journal() = default;

  status append(const frames& group);
  status lock();
  status read_index();
  status begin(std::uint64_t size);

  /// The slot of `key` in the index, and its frame. Reads the file to be sure
  /// that it is this key and no other.
  expected<std::optional<std::size_t>>
  look_up(std::string_view key, std::string* frame = nullptr) const;
  expected<std::string> frame_at(std::uint64_t offset) const;
  /// Where the entry of `key` that has just been appended as `number` belongs.
  expected<std::optional<std::size_t>> slot_of(const std::string& key,
                                               std::uint64_t number) const;
  void index(std::string_view key, std::uint64_t number,
             std::optional<std::size_t> slot);

  std::filesystem::path file_;
  journal_access access_ = journal_access::write;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::size_t unsynced_ = 0;
  /// Of those, the ones that are on their way to the disk.
  std::size_t syncing_ = 0;
  std::size_t finished_ = 0;
  std::size_t intents_ = 0;
  std::size_t duplicates_ = 0;
  std::string warning_;
  /// Where the frame of each key begins. Small, since it holds every key there
  /// ever was; the keys themselves are in the file.
  place_table places_;
  /// Intentions of this run that have no answer yet.
  std::unordered_map<std::string, std::uint64_t, text_hash, std::equal_to<>>
    open_;
};

} // namespace aura::flow
