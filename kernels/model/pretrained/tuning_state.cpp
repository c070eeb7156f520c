#include "kernels/model/pretrained/tuning_state.hpp"

#include "kernels/base/hash.hpp"
#include "kernels/base/json.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace aura::model {

namespace {

// Mark, length of the header (8 bytes), header, what was trained, the
// optimiser's memory, SHA-256 of all that in hexadecimal.
constexpr auto mark = std::string_view{"AURATUN1"};
constexpr std::size_t digest_size = 64;
/// A header that claims more is damaged.
constexpr std::uint64_t most_header = std::uint64_t{1} << 30;

std::string_view bytes_of(const void* data, std::size_t size) {
  return {static_cast<const char*>(data), size};
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

/// Reads and hashes what `save_tuning_state` wrote. Nothing is larger than
/// what is left of the file.
class hashing_reader {
public:
  hashing_reader(const std::filesystem::path& file)
    : stream_{file, std::ios::binary} {
    auto failed = std::error_code{};
    left_ = std::filesystem::file_size(file, failed);
    if (failed)
      left_ = 0;
  }

  bool read(void* out, std::uint64_t size) {
    if (size > left_
        || !stream_.read(static_cast<char*>(out),
                         static_cast<std::streamsize>(size)))
      return false;
    left_ -= size;
    hash_.update(bytes_of(out, static_cast<std::size_t>(size)));
    return true;
  }

  /// Whether the rest is the digest of what was read.
  bool ends() {
    const auto wanted = hash_.finish();
    auto found = std::string(digest_size, ' ');
    return left_ == digest_size && stream_.read(found.data(), digest_size)
           && found == wanted;
  }

  std::uint64_t left() const {
    return left_;
  }

private:
  std::ifstream stream_;
  std::uint64_t left_ = 0;
  sha256 hash_;
};

} // namespace

status save_tuning_state(const std::filesystem::path& file,
                         const tuning_state& x) {
  const auto header = nlohmann::json{{"key", x.key},
                                     {"step", x.step},
                                     {"counters", x.counters},
                                     {"trained", x.trained.size()},
                                     {"optimizer", x.optimizer.size()}}
                        .dump();
  const auto length = std::uint64_t{header.size()};
  const auto trouble = [&] {
    return fault{
      errno == ENOSPC || errno == EDQUOT ? errc::disk_full : errc::io_error,
      "cannot write '" + file.string() + "': " + std::strerror(errno)};
  };
  const auto temporary = file.string() + ".tmp";
  const auto descriptor
    = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0)
    return trouble();
  auto hash = sha256{};
  auto result = status{ok};
  for (auto part :
       {mark, bytes_of(&length, sizeof length), std::string_view{header},
        bytes_of(x.trained.data(), x.trained.size() * sizeof(float)),
        bytes_of(x.optimizer.data(), x.optimizer.size())}) {
    hash.update(part);
    if (result && !write_all(descriptor, part))
      result = trouble();
  }
  if (result
      && (!write_all(descriptor, hash.finish()) || ::fsync(descriptor) != 0))
    result = trouble();
  ::close(descriptor);
  if (result && ::rename(temporary.c_str(), file.c_str()) != 0)
    result = trouble();
  if (!result)
    ::unlink(temporary.c_str());
  return result;
}

std::optional<tuning_state> load_tuning_state(const std::filesystem::path& file,
                                              const std::string& key) {
  auto in = hashing_reader{file};
  auto found = std::string(mark.size(), ' ');
  auto length = std::uint64_t{0};
  if (!in.read(found.data(), found.size()) || found != mark
      || !in.read(&length, sizeof length) || length > most_header
      || length > in.left())
    return std::nullopt;
  auto header = std::string(static_cast<std::size_t>(length), ' ');
  if (!in.read(header.data(), length))
    return std::nullopt;
  const auto x = nlohmann::json::parse(header, nullptr, false);
  // Nothing has been proved yet by the digest, which stands at the end.
  const auto text = [&](const char* name) {
    const auto at = x.find(name);
    return at != x.end() && at->is_string() ? at->get<std::string>() : "";
  };
  const auto number = [&](const char* name) {
    const auto at = x.find(name);
    return at != x.end() && at->is_number_unsigned() ? at->get<std::uint64_t>()
                                                     : std::uint64_t{0};
  };
  if (!x.is_object() || text("key") != key)
    return std::nullopt;
  const auto trained = number("trained");
  const auto optimizer = number("optimizer");
  if (trained > in.left() / sizeof(float) || optimizer > in.left())
    return std::nullopt;
  auto result = tuning_state{};
  result.key = key;
  result.step = static_cast<std::size_t>(number("step"));
  result.counters = text("counters");
  result.trained.resize(static_cast<std::size_t>(trained));
  result.optimizer.resize(static_cast<std::size_t>(optimizer));
  if (!in.read(result.trained.data(), trained * sizeof(float))
      || !in.read(result.optimizer.data(), optimizer) || !in.ends())
    return std::nullopt;
  return result;
}

} // namespace aura::model
