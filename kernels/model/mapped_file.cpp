#include "kernels/model/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aura::model {

expected<mapped_file> map_file(const std::filesystem::path& file) {
  const auto descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return fault{errc::missing_file, "cannot open " + file.string()};
  struct stat info {};
  const auto known = ::fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode);
  const auto size = known ? static_cast<std::size_t>(info.st_size) : 0;
  if (size == 0) {
    ::close(descriptor);
    return fault{errc::damaged_file, file.string() + ": nothing in it"};
  }
  auto* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  ::close(descriptor);
  if (mapped == MAP_FAILED)
    return fault{errc::io_error, "cannot map " + file.string()};
  return mapped_file{
    {static_cast<const std::byte*>(mapped), size},
    std::shared_ptr<const void>{mapped, [size](const void* at) {
                                  ::munmap(const_cast<void*>(at), size);
                                }}};
}

} // namespace aura::model
