#include "actors/flow/journal_scan.hpp"

#include "actors/flow/files.hpp"
#include "actors/flow/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace aura::flow {

namespace {

/// An open file, and its bytes in memory.
class source {
public:
  source() = default;
  source(const source&) = delete;
  source& operator=(const source&) = delete;

  ~source() { // gives up the lock too
    if (data_ != MAP_FAILED)
      ::munmap(data_, size_);
    if (descriptor_ >= 0)
      ::close(descriptor_);
  }

  status open(const std::filesystem::path& file) {
    descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0 && errno == ENOENT)
      return fault{errc::missing_file, "no journal '" + file.string() + "'"};
    if (descriptor_ < 0)
      return system_fault("cannot open the journal", file);
    if (::flock(descriptor_, LOCK_SH | LOCK_NB) != 0)
      return fault{errc::io_error, "another process is using the journal '"
                                     + file.string() + "'"};
    struct stat about = {};
    if (::fstat(descriptor_, &about) != 0)
      return system_fault("cannot read the journal", file);
    size_ = static_cast<std::size_t>(about.st_size);
    if (size_ == 0)
      return ok;
    data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor_, 0);
    if (data_ == MAP_FAILED)
      return system_fault("cannot read the journal", file);
    ::madvise(data_, size_, MADV_SEQUENTIAL);
    return ok;
  }

  std::string_view bytes() const {
    return size_ == 0
             ? std::string_view{}
             : std::string_view{static_cast<const char*>(data_), size_};
  }

private:
  int descriptor_ = -1;
  std::size_t size_ = 0;
  void* data_ = MAP_FAILED;
};

} // namespace

expected<journal_state> scan_journal(
  const std::filesystem::path& file,
  const std::function<void(std::uint64_t, const journal_frame::view&)>& look) {
  auto from = source{};
  if (const auto opened = from.open(file); !opened)
    return opened.error();
  const auto bytes = from.bytes();
  auto result = journal_state{};
  result.size = bytes.size();
  if (bytes.size() < journal_frame::mark.size()
      && journal_frame::mark.starts_with(bytes)) {
    result.torn = bytes.size();
    return result;
  }
  if (!bytes.starts_with(journal_frame::mark))
    return fault{errc::damaged_file,
                 "'" + file.string() + "' is not a journal"};
  for (auto at = journal_frame::mark.size(); at < bytes.size();) {
    const auto x = journal_frame::read(bytes.substr(at));
    if (x.state == journal_frame::state::damaged) {
      result.damaged_at = at;
      return result;
    }
    if (x.state == journal_frame::state::torn) {
      result.torn = bytes.size() - at;
      return result;
    }
    ++result.entries;
    look(at, x);
    at += x.size;
  }
  return result;
}

expected<journal_compaction>
compact_journal(const std::filesystem::path& file) {
  auto failed = std::error_code{};
  if (!std::filesystem::exists(file, failed))
    return fault{errc::missing_file, "no journal '" + file.string() + "'"};
  auto result = journal_compaction{};
  result.before = std::filesystem::file_size(file, failed);
  // Held until the new file stands, so that nobody writes to the old one. It
  // is opened for writing, hence sound from here on.
  const auto held = journal::open(file);
  if (!held)
    return held.error();
  auto to = new_file{file};
  to.write(journal_frame::mark);
  result.after = journal_frame::mark.size();
  const auto visited
    = held->visit([&](std::string_view key, std::string_view answer) {
        const auto bytes
          = journal_frame::write(journal_frame::kind::done, key, answer);
        ++result.answers;
        result.after += bytes.size();
        to.write(bytes);
      });
  if (!visited)
    return visited.error();
  if (const auto stands = to.commit(); !stands)
    return stands.error();
  result.intents = held->intents();
  result.duplicates = held->duplicates();
  return result;
}

} // namespace aura::flow
