#include "actors/flow/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace aura::flow {

namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 16;

fault failure_of(int error, const std::string& what,
                 const std::filesystem::path& file) {
  const auto full = error == ENOSPC || error == EDQUOT;
  return {full ? errc::disk_full : errc::io_error,
          what + " '" + file.string() + "': " + std::strerror(error)};
}

/// Makes the entry of a renamed file durable.
void sync_folder(const std::filesystem::path& folder) {
  const auto name = folder.empty() ? std::string{"."} : folder.string();
  const auto descriptor = ::open(name.c_str(), O_RDONLY | O_DIRECTORY);
  if (descriptor < 0)
    return;
  ::fsync(descriptor);
  ::close(descriptor);
}

} // namespace

fault system_fault(const std::string& what, const std::filesystem::path& file) {
  return failure_of(errno, what, file);
}

new_file::new_file(std::filesystem::path target)
  : target_{std::move(target)}, temporary_{target_.string() + ".tmp"} {
  descriptor_ = ::open(temporary_.c_str(),
                       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor_ < 0)
    failure_ = system_fault("cannot write", target_);
}

new_file::~new_file() {
  if (descriptor_ < 0)
    return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void new_file::write(std::string_view bytes) {
  hash_.update(bytes);
  buffer_ += bytes;
  if (buffer_.size() >= buffer_size)
    flush();
}

void new_file::flush() {
  auto rest = std::string_view{buffer_};
  while (!rest.empty() && failure_.code == errc::none) {
    const auto n = ::write(descriptor_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      failure_ = system_fault("cannot write", target_);
    else
      rest.remove_prefix(static_cast<std::size_t>(n));
  }
  buffer_.clear();
}

status new_file::commit() {
  flush();
  if (failure_.code == errc::none && ::fsync(descriptor_) != 0)
    failure_ = system_fault("cannot write", target_);
  if (failure_.code == errc::none
      && ::rename(temporary_.c_str(), target_.c_str()) != 0)
    failure_ = system_fault("cannot replace", target_);
  if (failure_.code != errc::none)
    return failure_;
  ::close(descriptor_);
  descriptor_ = -1;
  digest_ = hash_.finish();
  sync_folder(target_.parent_path());
  return ok;
}

status write_file(const std::filesystem::path& target, std::string_view bytes) {
  auto file = new_file{target};
  file.write(bytes);
  return file.commit();
}

status copy_file(const std::filesystem::path& from,
                 const std::filesystem::path& to) {
  const auto temporary = to.string() + ".tmp";
  auto failed = std::error_code{};
  std::filesystem::copy_file(
    from, temporary, std::filesystem::copy_options::overwrite_existing, failed);
  if (!failed)
    std::filesystem::rename(temporary, to, failed);
  if (failed)
    return failure_of(failed.value(), "cannot write", to);
  return ok;
}

expected<std::string> read_file(const std::filesystem::path& file) {
  auto stream = std::ifstream{file, std::ios::binary};
  if (!stream) {
    if (errno == ENOENT)
      return fault{errc::missing_file, "no file '" + file.string() + "'"};
    return fault{errc::io_error,
                 failure_of(errno, "cannot read", file).message};
  }
  auto text = std::string{};
  auto part = std::array<char, buffer_size>{};
  while (stream.read(part.data(), part.size()) || stream.gcount() > 0)
    text.append(part.data(), static_cast<std::size_t>(stream.gcount()));
  if (stream.bad())
    return fault{errc::io_error, "cannot read '" + file.string() + "'"};
  return text;
}

status make_folder(const std::filesystem::path& folder) {
  auto failed = std::error_code{};
  std::filesystem::create_directories(folder, failed);
  if (failed)
    return failure_of(failed.value(), "cannot create", folder);
  return ok;
}

expected<std::string> file_digest(const std::filesystem::path& file) {
  auto stream = std::ifstream{file, std::ios::binary};
  if (!stream)
    return fault{errc::missing_file, "no file '" + file.string() + "'"};
  auto hash = sha256{};
  auto part = std::array<char, buffer_size>{};
  while (stream.read(part.data(), part.size()) || stream.gcount() > 0)
    hash.update({part.data(), static_cast<std::size_t>(stream.gcount())});
  return hash.finish();
}

} // namespace aura::flow
