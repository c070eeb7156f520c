#pragma once

#include "actors/flow/journal_frame.hpp"
#include "kernels/base/expected.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

namespace aura::flow {

/// How a journal file as a whole is.
struct journal_state {
  std::uint64_t size = 0;
  /// Bytes at the end that belong to an entry which was never completed. They
  /// are cut off when a run opens the journal.
  std::uint64_t torn = 0;
  /// Where the first entry lies that does not hold together.
  std::optional<std::uint64_t> damaged_at;
  std::uint64_t entries = 0;
};

/// Reads a journal from its beginning to its end, or to where it is damaged,
/// and changes nothing. `look` sees every whole entry with its offset. Fails
/// with `missing_file`, with `damaged_file` if it is no journal at all, and
/// with `io_error` if it cannot be read or another process is writing to it.
expected<journal_state> scan_journal(
  const std::filesystem::path& file,
  const std::function<void(std::uint64_t offset, const journal_frame::view&)>&
    look);

/// What `compact_journal` left out.
struct journal_compaction {
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  std::uint64_t answers = 0;
  /// Intentions, and answers under a key that had one already.
  std::uint64_t intents = 0;
  std::uint64_t duplicates = 0;
};

/// Writes the journal anew with one answer for each key, the first, in the
/// order they came, and puts it in place in one step: whatever happens, the
/// old file stands or the new one. A torn end is left out, damage is refused
/// with `damaged_file` and its offset. Fails like `journal::open`, and with
/// `disk_full`.
expected<journal_compaction> compact_journal(const std::filesystem::path& file);

} // namespace aura::flow
