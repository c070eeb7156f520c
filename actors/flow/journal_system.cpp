#include "actors/flow/journal_system.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace aura::flow::journal_system {

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

mapping::mapping(int descriptor, std::size_t size)
  : size_{size}, data_{::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor,
                              0)} {
  if (data_ != MAP_FAILED)
    ::madvise(data_, size, MADV_SEQUENTIAL);
}

mapping::~mapping() {
  if (data_ != MAP_FAILED)
    ::munmap(data_, size_);
}

std::optional<std::string_view> mapping::bytes() const {
  if (data_ == MAP_FAILED)
    return std::nullopt;
  return std::string_view{static_cast<const char*>(data_), size_};
}

} // namespace aura::flow::journal_system
