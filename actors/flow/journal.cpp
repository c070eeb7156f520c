#include "actors/flow/journal.hpp"

#include "actors/flow/journal_frame.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace aura::flow {

namespace {

fault trouble_with(const std::filesystem::path& file, const char* what,
                   int number) {
  const auto code
    = number == ENOSPC || number == EDQUOT ? errc::disk_full : errc::io_error;
  return {code, std::string{"cannot "} + what + " '" + file.string()
                  + "': " + std::strerror(number)};
}

bool write_all(int descriptor, std::string_view bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const auto written = ::pwrite(descriptor, bytes.data(), bytes.size(),
                                  static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0) {
      if (written == 0)
        errno = ENOSPC;
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return true;
}

bool read_all(int descriptor, char* out, std::size_t size,
              std::uint64_t offset) {
  while (size > 0) {
    const auto got = ::pread(descriptor, out, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0) {
      if (got == 0)
        errno = EIO;
      return false;
    }
    out += got;
    size -= static_cast<std::size_t>(got);
    offset += static_cast<std::uint64_t>(got);
  }
  return true;
}

/// Makes the name of a new file survive a power cut.
void sync_folder(const std::filesystem::path& file) {
  auto folder = file.parent_path();
  if (folder.empty())
    folder = ".";
  const auto descriptor
    = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return;
  ::fsync(descriptor);
  ::close(descriptor);
}

/// A file in memory for as long as it is read once.
class mapping {
public:
  mapping(int descriptor, std::size_t size)
    : size_{size}, data_{::mmap(nullptr, size, PROT_READ, MAP_PRIVATE,
                                descriptor, 0)} {
    if (data_ != MAP_FAILED)
      ::madvise(data_, size, MADV_SEQUENTIAL);
  }

  mapping(const mapping&) = delete;
  mapping& operator=(const mapping&) = delete;

  // Gives the pages back.
  ~mapping() {
    if (data_ != MAP_FAILED)
      ::munmap(data_, size_);
  }

  std::optional<std::string_view> bytes() const {
    if (data_ == MAP_FAILED)
      return std::nullopt;
    return std::string_view{static_cast<const char*>(data_), size_};
  }

private:
  std::size_t size_;
  void* data_;
};

} // namespace

expected<journal> journal::open(const std::filesystem::path& file,
                                journal_access access) {
  auto result = journal{};
  result.file_ = file;
  result.access_ = access;
  if (const auto locked = result.lock(); !locked)
    return locked.error();
  if (const auto read = result.read_index(); !read)
    return read.error();
  return result;
}

// Whoever compacts a journal puts another file in its place: a lock on the old
// one would protect nothing.
status journal::lock() {
  const auto reads = access_ == journal_access::read;
  for (;;) {
    descriptor_ = ::open(
      file_.c_str(),
      reads ? O_RDONLY | O_CLOEXEC : O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0) {
      if (reads && errno == ENOENT)
        return fault{errc::missing_file, "no journal '" + file_.string() + "'"};
      return trouble_with(file_, "open the journal", errno);
    }
    if (::flock(descriptor_, (reads ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK)
        return fault{errc::io_error, "another process is using the journal '"
                                       + file_.string() + "'"};
      return trouble_with(file_, "lock the journal", errno);
    }
    struct stat ours = {};
    struct stat named = {};
    if (::fstat(descriptor_, &ours) != 0)
      return trouble_with(file_, "read the journal", errno);
    if (::stat(file_.c_str(), &named) == 0 && ours.st_dev == named.st_dev
        && ours.st_ino == named.st_ino)
      return ok;
    ::close(std::exchange(descriptor_, -1));
  }
}

journal::~journal() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

journal::journal(journal&& other) noexcept
  : file_{std::move(other.file_)}, access_{other.access_},
    descriptor_{std::exchange(other.descriptor_, -1)}, size_{other.size_},
    unsynced_{other.unsynced_}, finished_{other.finished_},
    intents_{other.intents_}, duplicates_{other.duplicates_},
    warning_{std::move(other.warning_)}, places_{std::move(other.places_)} {
}

journal& journal::operator=(journal&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(access_, other.access_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  std::swap(unsynced_, other.unsynced_);
  std::swap(finished_, other.finished_);
  std::swap(intents_, other.intents_);
  std::swap(duplicates_, other.duplicates_);
  std::swap(warning_, other.warning_);
  std::swap(places_, other.places_);
  return *this;
}

const std::string& journal::warning() const {
  return warning_;
}

expected<std::optional<std::string>> journal::find(std::string_view key) const {
  const auto found = places_.find(std::string{key});
  if (found == places_.end() || !found->second.done)
    return std::optional<std::string>{};
  auto result = std::string(found->second.length, '\0');
  if (!read_all(descriptor_, result.data(), result.size(),
                found->second.offset))
    return trouble_with(file_, "read the journal", errno);
  return std::optional{std::move(result)};
}

status journal::visit(
  const std::function<void(std::string_view, std::string_view)>& look) const {
  if (size_ == 0)
    return ok;
  const auto map = mapping{descriptor_, size_};
  const auto bytes = map.bytes();
  if (!bytes)
    return trouble_with(file_, "read the journal", errno);
  for (auto at = journal_frame::mark.size(); at < size_;) {
    const auto x = journal_frame::read(bytes->substr(at));
    // All of it was whole when it was opened or written.
    if (x.state != journal_frame::state::whole)
      return fault{errc::damaged_file, "the journal '" + file_.string()
                                         + "' is damaged at byte "
                                         + std::to_string(at)};
    const auto answer
      = static_cast<std::uint64_t>(x.answer.data() - bytes->data());
    if (const auto found = places_.find(std::string{x.key});
        found != places_.end() && found->second.done
        && found->second.offset == answer)
      look(x.key, x.answer);
    at += x.size;
  }
  return ok;
}

status journal::intend(std::string_view key) {
  const auto found = places_.find(std::string{key});
  if (found != places_.end())
    return ok;
  return append(false, key, {});
}

status journal::finish(std::string_view key, std::string_view answer) {
  const auto found = places_.find(std::string{key});
  if (found != places_.end() && found->second.done)
    return ok;
  return append(true, key, answer);
}

status journal::sync() {
  if (unsynced_ == 0)
    return ok;
  if (::fdatasync(descriptor_) != 0)
    return trouble_with(file_, "sync the journal", errno);
  unsynced_ = 0;
  return ok;
}

std::size_t journal::unsynced() const {
  return unsynced_;
}

std::size_t journal::finished() const {
  return finished_;
}

std::size_t journal::unfinished() const {
  return places_.size() - finished_;
}

std::size_t journal::intents() const {
  return intents_;
}

std::size_t journal::duplicates() const {
  return duplicates_;
}

status journal::append(bool done, std::string_view key,
                       std::string_view answer) {
  if (access_ == journal_access::read)
    return fault{errc::internal,
                 "the journal '" + file_.string() + "' is open for reading"};
  const auto length = 3 + key.size() + answer.size();
  if (key.size() > 0xffff || length > journal_frame::most_bytes)
    return fault{errc::too_long, "an entry of " + std::to_string(length)
                                   + " bytes does not fit into a journal"};
  const auto bytes = journal_frame::write(done ? journal_frame::kind::done
                                               : journal_frame::kind::intent,
                                          key, answer);
  if (!write_all(descriptor_, bytes, size_)) {
    const auto reason = trouble_with(file_, "write the journal", errno);
    // Half a frame in the middle of the file would be damage later on.
    if (::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0)
      return trouble_with(file_, "restore the journal", errno);
    return reason;
  }
  size_ += bytes.size();
  index(
    done, key,
    {size_ - answer.size(), static_cast<std::uint32_t>(answer.size()), done});
  ++unsynced_;
  return ok;
}

void journal::index(bool done, std::string_view key, const place& answer) {
  auto& x = places_[std::string{key}];
  intents_ += done ? 0 : 1;
  duplicates_ += done && x.done ? 1 : 0;
  if (!done || x.done)
    return;
  x = answer;
  ++finished_;
}

status journal::read_index() {
  struct stat about = {};
  if (::fstat(descriptor_, &about) != 0)
    return trouble_with(file_, "read the journal", errno);
  const auto size = static_cast<std::uint64_t>(about.st_size);
  if (size == 0)
    return begin(size);
  const auto map = mapping{descriptor_, size};
  const auto bytes = map.bytes();
  if (!bytes)
    return trouble_with(file_, "read the journal", errno);
  if (size < journal_frame::mark.size()
      && journal_frame::mark.starts_with(*bytes))
    return begin(size);
  if (!bytes->starts_with(journal_frame::mark))
    return fault{errc::damaged_file,
                 "'" + file_.string() + "' is not a journal"};
  size_ = journal_frame::mark.size();
  while (size_ < size) {
    const auto x = journal_frame::read(bytes->substr(size_));
    if (x.state == journal_frame::state::damaged)
      return fault{errc::damaged_file, "the journal '" + file_.string()
                                         + "' is damaged at byte "
                                         + std::to_string(size_)};
    if (x.state == journal_frame::state::torn)
      break;
    size_ += x.size;
    index(x.kind == journal_frame::kind::done, x.key,
          {size_ - x.answer.size(), static_cast<std::uint32_t>(x.answer.size()),
           true});
  }
  if (size_ == size)
    return ok;
  const auto reads = access_ == journal_access::read;
  warning_ = std::string{reads ? "passed over " : "dropped "}
             + std::to_string(size - size_)
             + " bytes of an entry that was never completed at the end of the "
               "journal '"
             + file_.string() + "'";
  if (reads)
    return ok;
  if (::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0
      || ::fdatasync(descriptor_) != 0)
    return trouble_with(file_, "repair the journal", errno);
  return ok;
}

status journal::begin(std::uint64_t size) {
  size_ = journal_frame::mark.size();
  if (access_ == journal_access::read) {
    size_ = 0;
    return ok;
  }
  if (size > 0)
    warning_ = "began the journal '" + file_.string()
               + "' again, which had been created and never written";
  if (!write_all(descriptor_, journal_frame::mark, 0)
      || ::fdatasync(descriptor_) != 0)
    return trouble_with(file_, "begin the journal", errno);
  sync_folder(file_);
  return ok;
}

} // namespace aura::flow
