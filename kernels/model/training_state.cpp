#include "kernels/model/training_state.hpp"

#include "kernels/base/hash.hpp"
#include "kernels/base/json.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace aura::model {

namespace {

// Mark, length of the header (8 bytes), header, three arrays of floats in the
// order of this machine, SHA-256 of all that in hexadecimal.
constexpr auto mark = std::string_view{"AURATRN1"};
constexpr std::size_t digest_size = 64;

fault trouble(const std::filesystem::path& file) {
  return {errno == ENOSPC || errno == EDQUOT ? errc::disk_full : errc::io_error,
          "cannot write '" + file.string() + "': " + std::strerror(errno)};
}

void append(std::string& out, const std::vector<float>& x) {
  out.append(reinterpret_cast<const char*>(x.data()), x.size() * sizeof(float));
}

std::vector<float> take(std::string_view& in, std::size_t count) {
  auto result = std::vector<float>(count);
  std::memcpy(result.data(), in.data(), count * sizeof(float));
  in.remove_prefix(count * sizeof(float));
  return result;
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

} // namespace

status save_training_state(const std::filesystem::path& file,
                           const training_state& x) {
  const auto header = nlohmann::json{{"key", x.key},
                                     {"step", x.step},
                                     {"optimizer_steps", x.optimizer_steps},
                                     {"counters", x.counters},
                                     {"size", x.parameters.size()}}
                        .dump();
  auto bytes = std::string{mark};
  const auto length = std::uint64_t{header.size()};
  bytes.append(reinterpret_cast<const char*>(&length), sizeof length);
  bytes += header;
  append(bytes, x.parameters);
  append(bytes, x.first);
  append(bytes, x.second);
  bytes += sha256_hex(bytes);
  const auto temporary = file.string() + ".tmp";
  const auto descriptor
    = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0)
    return trouble(file);
  auto result = status{ok};
  if (!write_all(descriptor, bytes) || ::fsync(descriptor) != 0)
    result = trouble(file);
  ::close(descriptor);
  if (result && ::rename(temporary.c_str(), file.c_str()) != 0)
    result = trouble(file);
  if (!result)
    ::unlink(temporary.c_str());
  return result;
}

std::optional<training_state>
load_training_state(const std::filesystem::path& file, const std::string& key) {
  auto stream = std::ifstream{file, std::ios::binary};
  if (!stream)
    return std::nullopt;
  auto buffer = std::ostringstream{};
  buffer << stream.rdbuf();
  const auto bytes = std::move(buffer).str();
  auto rest = std::string_view{bytes};
  auto length = std::uint64_t{0};
  if (rest.size() < mark.size() + sizeof length + digest_size
      || !rest.starts_with(mark))
    return std::nullopt;
  const auto body = rest.substr(0, rest.size() - digest_size);
  if (sha256_hex(body) != rest.substr(body.size()))
    return std::nullopt;
  rest = body.substr(mark.size());
  std::memcpy(&length, rest.data(), sizeof length);
  rest.remove_prefix(sizeof length);
  if (length > rest.size())
    return std::nullopt;
  const auto header
    = nlohmann::json::parse(rest.substr(0, length), nullptr, false);
  rest.remove_prefix(length);
  if (!header.is_object() || header.value("key", "") != key)
    return std::nullopt;
  const auto size = header.value("size", std::size_t{0});
  if (rest.size() != 3 * size * sizeof(float))
    return std::nullopt;
  auto result = training_state{};
  result.key = key;
  result.step = header.value("step", std::size_t{0});
  result.optimizer_steps = header.value("optimizer_steps", std::size_t{0});
  result.counters = header.value("counters", "");
  result.parameters = take(rest, size);
  result.first = take(rest, size);
  result.second = take(rest, size);
  return result;
}

} // namespace aura::model
