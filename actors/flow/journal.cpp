#include "actors/flow/journal.hpp"

#include "actors/flow/journal_frame.hpp"
#include "actors/flow/journal_system.hpp"
#include "kernels/base/hash.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace aura::flow {

using namespace journal_system;

namespace {

/// What the index says of a frame: where it begins, and whether it is a DONE.
std::uint64_t number_of(std::uint64_t offset, bool done) {
  return offset << 1 | (done ? 1 : 0);
}

bool is_done(std::uint64_t number) {
  return (number & 1) != 0;
}

std::uint64_t offset_of(std::uint64_t number) {
  return number >> 1;
}

// What is open is forgotten beyond that, and then looked up in the file.
constexpr auto most_open = std::size_t{1} << 16;

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
    unsynced_{other.unsynced_}, syncing_{other.syncing_},
    finished_{other.finished_}, intents_{other.intents_},
    duplicates_{other.duplicates_}, warning_{std::move(other.warning_)},
    places_{std::move(other.places_)}, open_{std::move(other.open_)} {
}

journal& journal::operator=(journal&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(access_, other.access_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  std::swap(unsynced_, other.unsynced_);
  std::swap(syncing_, other.syncing_);
  std::swap(finished_, other.finished_);
  std::swap(intents_, other.intents_);
  std::swap(duplicates_, other.duplicates_);
  std::swap(warning_, other.warning_);
  std::swap(places_, other.places_);
  std::swap(open_, other.open_);
  return *this;
}

const std::string& journal::warning() const {
  return warning_;
}

expected<std::optional<std::string>> journal::find(std::string_view key) const {
  auto frame = std::string{};
  const auto known = look_up(key, &frame);
  if (!known)
    return known.error();
  if (!*known || !is_done(places_.at(**known)))
    return std::optional<std::string>{};
  return std::optional{std::string{journal_frame::read(frame).answer}};
}

expected<std::string> journal::frame_at(std::uint64_t offset) const {
  constexpr auto usual = std::size_t{2048};
  auto result
    = std::string(std::min<std::uint64_t>(usual, size_ - offset), '\0');
  if (!read_all(descriptor_, result.data(), result.size(), offset))
    return trouble_with(file_, "read the journal", errno);
  const auto x = journal_frame::read(result);
  if (x.state == journal_frame::state::torn && x.size > result.size()
      && x.size <= size_ - offset) {
    const auto had = result.size();
    result.resize(x.size);
    if (!read_all(descriptor_, result.data() + had, x.size - had, offset + had))
      return trouble_with(file_, "read the journal", errno);
  }
  if (journal_frame::read(result).state != journal_frame::state::whole)
    return fault{errc::damaged_file, "the journal '" + file_.string()
                                       + "' is damaged at byte "
                                       + std::to_string(offset)};
  return result;
}

expected<std::optional<std::size_t>>
journal::look_up(std::string_view key, std::string* frame) const {
  auto trouble = status{ok};
  const auto slot = places_.find(hash64(key), [&](std::uint64_t number) {
    auto bytes = frame_at(offset_of(number));
    if (!bytes) {
      trouble = bytes.error();
      return true;
    }
    if (journal_frame::read(*bytes).key != key)
      return false;
    if (frame)
      *frame = *std::move(bytes);
    return true;
  });
  if (!trouble)
    return trouble.error();
  return slot;
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
    const auto number = number_of(at, true);
    if (places_.find(hash64(x.key),
                     [&](std::uint64_t y) { return y == number; }))
      look(x.key, x.answer);
    at += x.size;
  }
  return ok;
}

status journal::intend(std::string_view key) {
  return intend(std::span{&key, 1});
}

status journal::intend(std::span<const std::string_view> keys) {
  auto group = frames{};
  for (const auto key : keys) {
    if (open_.contains(key))
      continue;
    const auto known = look_up(key);
    if (!known)
      return known.error();
    if (*known)
      continue;
    if (auto fits = group.add(size_, false, key, {}); !fits)
      return fits;
  }
  return append(group);
}

status journal::finish(std::string_view key, std::string_view answer) {
  const auto x = entry{std::string{key}, std::string{answer}};
  return finish(std::span{&x, 1});
}

status journal::finish(std::span<const entry> answers) {
  auto group = frames{};
  for (const auto& x : answers) {
    if (!open_.contains(x.key)) {
      const auto known = look_up(x.key);
      if (!known)
        return known.error();
      if (*known && is_done(places_.at(**known)))
        continue;
    }
    if (auto fits = group.add(size_, true, x.key, x.answer); !fits)
      return fits;
  }
  return append(group);
}

status journal::sync() {
  if (unsynced_ == 0)
    return ok;
  const auto synced = begin_sync()();
  if (synced)
    end_sync();
  return synced;
}

std::function<status()> journal::begin_sync() {
  syncing_ = unsynced_;
  return [descriptor = descriptor_, file = file_]() -> status {
    if (::fdatasync(descriptor) != 0)
      return trouble_with(file, "sync the journal", errno);
    return ok;
  };
}

void journal::end_sync() {
  unsynced_ -= std::exchange(syncing_, 0);
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

status journal::frames::add(std::uint64_t from, bool done, std::string_view key,
                            std::string_view answer) {
  const auto length = 3 + key.size() + answer.size();
  if (key.size() > 0xffff || length > journal_frame::most_bytes)
    return fault{errc::too_long, "an entry of " + std::to_string(length)
                                   + " bytes does not fit into a journal"};
  places.push_back({std::string{key}, number_of(from + bytes.size(), done)});
  journal_frame::append(
    bytes, done ? journal_frame::kind::done : journal_frame::kind::intent, key,
    answer);
  return ok;
}

status journal::append(const frames& group) {
  if (group.places.empty())
    return ok;
  if (access_ == journal_access::read)
    return fault{errc::internal,
                 "the journal '" + file_.string() + "' is open for reading"};
  if (!write_all(descriptor_, group.bytes, size_)) {
    const auto reason = trouble_with(file_, "write the journal", errno);
    // Half a frame in the middle of the file would be damage later on.
    if (::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0)
      return trouble_with(file_, "restore the journal", errno);
    return reason;
  }
  size_ += group.bytes.size();
  unsynced_ += group.places.size();
  for (const auto& [key, number] : group.places) {
    const auto slot = slot_of(key, number);
    if (!slot)
      return slot.error();
    index(key, number, *slot);
    if (is_done(number)) {
      open_.erase(key);
      continue;
    }
    if (open_.size() >= most_open)
      open_.clear();
    open_.emplace(key, number);
  }
  return ok;
}

// Mostly without looking into the file: what is intended was new a moment ago,
// and what is finished was intended in this run.
expected<std::optional<std::size_t>>
journal::slot_of(const std::string& key, std::uint64_t number) const {
  const auto opened = open_.find(key);
  if (opened != open_.end())
    return places_.find(hash64(key),
                        [&](std::uint64_t x) { return x == opened->second; });
  if (!is_done(number))
    return std::optional<std::size_t>{};
  return look_up(key);
}

void journal::index(std::string_view key, std::uint64_t number,
                    std::optional<std::size_t> slot) {
  const auto done = is_done(number);
  intents_ += done ? 0 : 1;
  if (!slot) {
    places_.add(hash64(key), number);
    finished_ += done ? 1 : 0;
    return;
  }
  if (!done)
    return;
  if (is_done(places_.at(*slot))) {
    ++duplicates_;
    return;
  }
  places_.set(*slot, number);
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
    const auto slot = places_.find(hash64(x.key), [&](std::uint64_t number) {
      return journal_frame::read(bytes->substr(offset_of(number))).key == x.key;
    });
    index(x.key, number_of(size_, x.kind == journal_frame::kind::done), slot);
    size_ += x.size;
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
