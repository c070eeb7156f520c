#pragma once

#include "actors/flow/step.hpp"

#include <filesystem>
#include <memory>

namespace aura::flow {

/// Rows in the order in which they were added, packed into a file without a
/// name: what a stage that needs all rows keeps instead of them, so that
/// memory does not grow with their number. Few rows never reach the disk.
/// Nothing is left behind, however the process ends. Not thread-safe.
class row_store {
public:
  /// The file lies in `folder`; without one all rows stay in memory, packed.
  explicit row_store(std::filesystem::path folder = {});
  row_store(row_store&&) noexcept;
  row_store& operator=(row_store&&) noexcept;
  ~row_store(); // knows what the source hides

  /// Fails with `disk_full` or `io_error`.
  status add(const sample& row);

  /// Rows added.
  std::uint64_t size() const;

  /// An empty store that keeps its rows where this one does.
  row_store another() const;

  /// Reads the rows one after the other. Valid while the store is, and nothing
  /// is added to it.
  class reader {
  public:
    explicit reader(const row_store& from);
    reader(reader&&) noexcept;
    reader& operator=(reader&&) noexcept;
    ~reader(); // knows what the source hides

    /// Overwrites `row` with the next one; false if there is none. Fails with
    /// `io_error`.
    expected<bool> next(sample& row);

    /// Rows that are still to come.
    std::uint64_t left() const;

  private:
    struct state;
    std::unique_ptr<state> state_;
  };

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Calls `look(row)` for each row of `from`; one that does not return `ok` ends
/// it.
template <class Look>
status for_each(const row_store& from, Look look) {
  auto reader = row_store::reader{from};
  for (auto row = sample{};;) {
    const auto more = reader.next(row);
    if (!more)
      return more.error();
    if (!*more)
      return ok;
    if (status seen = look(row); !seen)
      return seen;
  }
}

/// A collecting stage whose rows are kept in a store. `work(batch, store)` gets
/// a batch that holds none of them.
template <class Work>
stage_spec store_stage(const environment& at, Work work) {
  auto store = std::make_shared<row_store>(at.directory);
  auto spec
    = collect_stage(at, [store, work = std::move(work)](batch& x) -> status {
        return work(x, *store);
      });
  spec.store = std::move(store);
  return spec;
}

} // namespace aura::flow
