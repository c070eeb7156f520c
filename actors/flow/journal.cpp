#include "actors/flow/journal.hpp"

#include "kernels/base/hash.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace aura::flow {

namespace {

constexpr auto mark = std::string_view{"AURAJNL1"};
constexpr auto header_size = std::size_t{12};
constexpr auto most_bytes = std::size_t{256} << 20;
constexpr auto intent = 'I';
constexpr auto done = 'D';

void put(char* out, std::uint32_t value) {
  for (auto i = 0; i < 4; ++i)
    out[i] = static_cast<char>(value >> (8 * i) & 0xff);
}

std::uint32_t get(const char* in) {
  auto result = std::uint32_t{0};
  for (auto i = 0; i < 4; ++i)
    result |= static_cast<std::uint32_t>(static_cast<unsigned char>(in[i]))
              << (8 * i);
  return result;
}

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

enum class frame_state { whole, torn, damaged };

struct frame {
  frame_state state = frame_state::damaged;
  std::string_view payload;
};

bool is_sound(std::string_view payload) {
  if (payload.size() < 3 || (payload[0] != intent && payload[0] != done))
    return false;
  const auto key = static_cast<std::size_t>(
    static_cast<unsigned char>(payload[1])
    | static_cast<unsigned>(static_cast<unsigned char>(payload[2])) << 8);
  return payload[0] == done ? payload.size() >= 3 + key
                            : payload.size() == 3 + key;
}

/// Looks at the frame that `rest` begins with. What a cut can leave is torn:
/// the first part of a frame, or zeros where its bytes never arrived. A length
/// that fails its own checksum is damage, so that one flipped bit cannot make
/// all that follows look like a torn tail.
frame look_at(std::string_view rest) {
  const auto is_zero = [](char c) { return c == 0; };
  if (rest.size() < header_size
      || std::all_of(rest.begin(), rest.end(), is_zero))
    return {frame_state::torn, {}};
  const auto length = get(rest.data());
  if (crc32c(rest.substr(0, 4)) != get(rest.data() + 4) || length > most_bytes)
    return {frame_state::damaged, {}};
  if (rest.size() < header_size + length)
    return {frame_state::torn, {}};
  const auto payload = rest.substr(header_size, length);
  if (crc32c(payload) != get(rest.data() + 8))
    return {rest.size() == header_size + length ? frame_state::torn
                                                : frame_state::damaged,
            {}};
  return {is_sound(payload) ? frame_state::whole : frame_state::damaged,
          payload};
}

std::string_view key_of(std::string_view payload) {
  const auto length = static_cast<std::size_t>(
    static_cast<unsigned char>(payload[1])
    | static_cast<unsigned>(static_cast<unsigned char>(payload[2])) << 8);
  return payload.substr(3, length);
}

} // namespace

expected<journal> journal::open(const std::filesystem::path& file) {
  auto result = journal{};
  result.file_ = file;
  result.descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (result.descriptor_ < 0)
    return trouble_with(file, "open the journal", errno);
  if (::flock(result.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return fault{errc::io_error, "another process is using the journal '"
                                     + file.string() + "'"};
    return trouble_with(file, "lock the journal", errno);
  }
  if (const auto read = result.read_index(); !read)
    return read.error();
  return result;
}

journal::~journal() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

journal::journal(journal&& other) noexcept
  : file_{std::move(other.file_)}, descriptor_{std::exchange(other.descriptor_,
                                                             -1)},
    size_{other.size_}, unsynced_{other.unsynced_}, finished_{other.finished_},
    warning_{std::move(other.warning_)}, places_{std::move(other.places_)} {
}

journal& journal::operator=(journal&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  std::swap(unsynced_, other.unsynced_);
  std::swap(finished_, other.finished_);
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
  if (finished_ == 0)
    return ok;
  const auto map = mapping{descriptor_, size_};
  const auto bytes = map.bytes();
  if (!bytes)
    return trouble_with(file_, "read the journal", errno);
  // Every frame was checked when it was read or written.
  for (auto at = mark.size(); at < size_;) {
    const auto length = get(bytes->data() + at);
    const auto payload = bytes->substr(at + header_size, length);
    const auto key = key_of(payload);
    const auto found = places_.find(std::string{key});
    const auto offset = at + header_size + 3 + key.size();
    if (found != places_.end() && found->second.done
        && found->second.offset == offset && payload[0] == done)
      look(key, payload.substr(3 + key.size()));
    at += header_size + length;
  }
  return ok;
}

status journal::intend(std::string_view key) {
  const auto found = places_.find(std::string{key});
  if (found != places_.end())
    return ok;
  return append(intent, key, {});
}

status journal::finish(std::string_view key, std::string_view answer) {
  const auto found = places_.find(std::string{key});
  if (found != places_.end() && found->second.done)
    return ok;
  return append(done, key, answer);
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

status journal::append(char kind, std::string_view key,
                       std::string_view answer) {
  const auto length = 3 + key.size() + answer.size();
  if (key.size() > 0xffff || length > most_bytes)
    return fault{errc::too_long, "an entry of " + std::to_string(length)
                                   + " bytes does not fit into a journal"};
  auto bytes = std::string(header_size, '\0');
  bytes.reserve(header_size + length);
  bytes += kind;
  bytes += static_cast<char>(key.size() & 0xff);
  bytes += static_cast<char>(key.size() >> 8);
  bytes += key;
  bytes += answer;
  const auto payload = std::string_view{bytes}.substr(header_size);
  put(bytes.data(), static_cast<std::uint32_t>(length));
  put(bytes.data() + 4, crc32c(std::string_view{bytes}.substr(0, 4)));
  put(bytes.data() + 8, crc32c(payload));
  if (!write_all(descriptor_, bytes, size_)) {
    const auto reason = trouble_with(file_, "write the journal", errno);
    // Half a frame in the middle of the file would be damage later on.
    if (::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0)
      return trouble_with(file_, "restore the journal", errno);
    return reason;
  }
  index(payload, size_ + header_size);
  size_ += bytes.size();
  ++unsynced_;
  return ok;
}

void journal::index(std::string_view payload, std::uint64_t offset) {
  const auto key = key_of(payload);
  auto& x = places_[std::string{key}];
  if (payload[0] != done || x.done)
    return;
  x.done = true;
  x.offset = offset + 3 + key.size();
  x.length = static_cast<std::uint32_t>(payload.size() - 3 - key.size());
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
  if (size < mark.size() && mark.starts_with(*bytes))
    return begin(size);
  if (!bytes->starts_with(mark))
    return fault{errc::damaged_file,
                 "'" + file_.string() + "' is not a journal"};
  size_ = mark.size();
  while (size_ < size) {
    const auto x = look_at(bytes->substr(size_));
    if (x.state == frame_state::damaged)
      return fault{errc::damaged_file, "the journal '" + file_.string()
                                         + "' is damaged at byte "
                                         + std::to_string(size_)};
    if (x.state == frame_state::torn)
      break;
    index(x.payload, size_ + header_size);
    size_ += header_size + x.payload.size();
  }
  if (size_ == size)
    return ok;
  warning_ = "dropped " + std::to_string(size - size_)
             + " bytes of an entry that was never completed at the end of the "
               "journal '"
             + file_.string() + "'";
  if (::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0
      || ::fdatasync(descriptor_) != 0)
    return trouble_with(file_, "repair the journal", errno);
  return ok;
}

status journal::begin(std::uint64_t size) {
  if (size > 0)
    warning_ = "began the journal '" + file_.string()
               + "' again, which had been created and never written";
  if (!write_all(descriptor_, mark, 0) || ::fdatasync(descriptor_) != 0)
    return trouble_with(file_, "begin the journal", errno);
  sync_folder(file_);
  size_ = mark.size();
  return ok;
}

} // namespace aura::flow
