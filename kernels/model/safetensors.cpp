#include "kernels/model/safetensors.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aura::model {

namespace {

using json = nlohmann::json;

constexpr std::uint64_t longest_header = 100'000'000;

std::size_t bytes_of(std::string_view type) {
  if (type == "F64" || type == "I64" || type == "U64")
    return 8;
  if (type == "F32" || type == "I32" || type == "U32")
    return 4;
  if (type == "F16" || type == "BF16" || type == "I16" || type == "U16")
    return 2;
  if (type == "I8" || type == "U8" || type == "BOOL" || type == "F8_E4M3"
      || type == "F8_E5M2")
    return 1;
  return 0;
}

std::string print(const std::vector<std::size_t>& shape) {
  std::string result = "[";
  for (std::size_t i = 0; i < shape.size(); ++i)
    result += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return result + "]";
}

fault damaged(const std::filesystem::path& file, const std::string& why) {
  return {errc::damaged_file, file.string() + ": " + why};
}

/// The product of `shape` times `width`, unless it overflows.
std::optional<std::size_t> length_of(const std::vector<std::size_t>& shape,
                                     std::size_t width) {
  auto total = width;
  for (auto n : shape)
    if (__builtin_mul_overflow(total, n, &total))
      return std::nullopt;
  return total;
}

bool natural(const json& x) {
  return x.is_number_unsigned();
}

/// Reads one tensor's description; a message if it does not hold together.
std::string read_entry(const std::string& name, const json& x,
                       tensor_entry& out) {
  const auto at = "tensor '" + name + "': ";
  if (!x.is_object() || x.size() != 3 || !x.contains("dtype")
      || !x.contains("shape") || !x.contains("data_offsets"))
    return at + "expected dtype, shape and data_offsets";
  const auto& type = x["dtype"];
  const auto& shape = x["shape"];
  const auto& range = x["data_offsets"];
  if (!type.is_string() || bytes_of(type.get<std::string>()) == 0)
    return at + "unknown type "
           + type.dump(-1, ' ', false, json::error_handler_t::replace);
  if (!shape.is_array() || !std::all_of(shape.begin(), shape.end(), natural))
    return at + "shape is no list of sizes";
  if (!range.is_array() || range.size() != 2 || !natural(range[0])
      || !natural(range[1]))
    return at + "data_offsets is no pair of offsets";
  out.name = name;
  out.type = type.get<std::string>();
  out.shape = shape.get<std::vector<std::size_t>>();
  out.begin = range[0].get<std::size_t>();
  out.end = range[1].get<std::size_t>();
  const auto length = length_of(out.shape, bytes_of(out.type));
  if (!length || out.end < out.begin || *length != out.end - out.begin)
    return at + "shape " + print(out.shape) + " of " + out.type
           + " does not fit bytes " + std::to_string(out.begin) + " to "
           + std::to_string(out.end);
  return {};
}

} // namespace

status write_safetensors(const std::filesystem::path& file,
                         const std::vector<tensor_view>& tensors) {
  auto header = nlohmann::ordered_json::object();
  header["__metadata__"] = {{"format", "pt"}};
  std::size_t offset = 0;
  for (const auto& x : tensors) {
    const auto length = x.values.size_bytes();
    assert(length_of(x.shape, sizeof(float)) == length);
    header[x.name] = {{"dtype", "F32"},
                      {"shape", x.shape},
                      {"data_offsets", {offset, offset + length}}};
    offset += length;
  }
  auto text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const auto size = static_cast<std::uint64_t>(text.size());
  auto temporary = file;
  temporary += ".part";
  {
    std::ofstream out{temporary, std::ios::binary | std::ios::trunc};
    out.write(reinterpret_cast<const char*>(&size), sizeof size);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    for (const auto& x : tensors)
      out.write(reinterpret_cast<const char*>(x.values.data()),
                static_cast<std::streamsize>(x.values.size_bytes()));
    out.flush();
    if (!out)
      return fault{errc::io_error, "cannot write " + temporary.string()};
  }
  std::error_code failed;
  std::filesystem::rename(temporary, file, failed);
  if (failed)
    return fault{errc::io_error,
                 "cannot write " + file.string() + ": " + failed.message()};
  return ok;
}

expected<safetensors> safetensors::open(const std::filesystem::path& file) {
  const auto descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return fault{errc::missing_file, "cannot open " + file.string()};
  struct stat info {};
  const auto known = ::fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode);
  const auto size = known ? static_cast<std::size_t>(info.st_size) : 0;
  if (size < sizeof(std::uint64_t)) {
    ::close(descriptor);
    return damaged(file, "too short for a safetensors file");
  }
  auto* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  ::close(descriptor);
  if (mapped == MAP_FAILED)
    return fault{errc::io_error, "cannot map " + file.string()};
  safetensors result;
  result.bytes_ = std::shared_ptr<const char>(
    static_cast<const char*>(mapped),
    [mapped, size](const char*) { ::munmap(mapped, size); });
  std::uint64_t length = 0;
  std::memcpy(&length, mapped, sizeof length);
  if (length > longest_header || length > size - sizeof length)
    return damaged(file, "header of " + std::to_string(length)
                           + " bytes in a file of " + std::to_string(size));
  result.data_ = sizeof length + length;
  const auto* text = result.bytes_.get() + sizeof length;
  // A repeated key would replace the first in silence.
  std::vector<std::string> keys;
  auto repeated = false;
  auto header = json::parse(
    text, text + length,
    [&](int depth, json::parse_event_t event, json& value) {
      if (depth == 1 && event == json::parse_event_t::key) {
        auto key = value.get<std::string>();
        repeated
          = repeated || std::find(keys.begin(), keys.end(), key) != keys.end();
        keys.push_back(std::move(key));
      }
      return depth <= 4;
    },
    false);
  if (length == 0 || *text != '{' || !header.is_object())
    return damaged(file, "header is not a JSON object");
  if (repeated)
    return damaged(file, "a tensor is listed twice");
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__")
      continue;
    tensor_entry entry;
    if (const auto why = read_entry(name, value, entry); !why.empty())
      return damaged(file, why);
    result.entries_.push_back(std::move(entry));
  }
  std::sort(result.entries_.begin(), result.entries_.end(),
            [](const auto& a, const auto& b) {
              return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
            });
  std::size_t covered = 0;
  for (const auto& x : result.entries_) {
    if (x.begin != covered)
      return damaged(file, "tensor '" + x.name + "' begins at "
                             + std::to_string(x.begin) + ", expected "
                             + std::to_string(covered));
    covered = x.end;
  }
  if (covered != size - result.data_)
    return damaged(file, "tensors end at " + std::to_string(covered) + " of "
                           + std::to_string(size - result.data_) + " bytes");
  return result;
}

expected<std::vector<float>>
safetensors::read(std::string_view name,
                  const std::vector<std::size_t>& shape) const {
  const auto found
    = std::find_if(entries_.begin(), entries_.end(),
                   [&](const auto& x) { return x.name == name; });
  const auto at = "tensor '" + std::string{name} + "'";
  if (found == entries_.end())
    return fault{errc::invalid_model, at + " is missing"};
  if (found->type != "F32")
    return fault{errc::invalid_model,
                 at + ": expected F32, found " + found->type};
  if (found->shape != shape)
    return fault{errc::invalid_model, at + ": expected " + print(shape)
                                        + ", found " + print(found->shape)};
  std::vector<float> values((found->end - found->begin) / sizeof(float));
  if (!values.empty())
    std::memcpy(values.data(), bytes_.get() + data_ + found->begin,
                found->end - found->begin);
  return values;
}

} // namespace aura::model
