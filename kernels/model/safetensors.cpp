#include "kernels/model/safetensors.hpp"

#include "kernels/base/json.hpp"
#include "kernels/model/mapped_file.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <tuple>
#include <unordered_set>

namespace aura::model {

namespace {

using json = nlohmann::json;

constexpr std::uint64_t longest_header = 100'000'000;

std::string print(const std::vector<std::size_t>& shape) {
  std::string result = "[";
  for (std::size_t i = 0; i < shape.size(); ++i)
    result += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return result + "]";
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
  if (!type.is_string() || element_size(type.get<std::string>()) == 0)
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
  const auto length = length_of(out.shape, element_size(out.type));
  if (!length || out.end < out.begin || *length != out.end - out.begin)
    return at + "shape " + print(out.shape) + " of " + out.type
           + " does not fit bytes " + std::to_string(out.begin) + " to "
           + std::to_string(out.end);
  return {};
}

} // namespace

std::size_t element_size(std::string_view type) {
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

namespace {

/// Takes the tensors out of a header while it is read, so that no more than one
/// description is in memory beside them.
class header_reader {
public:
  /// Returns what is wrong, or nothing.
  std::string read(std::string_view text, std::vector<tensor_entry>& out) {
    const auto rest = json::parse(
      text.begin(), text.end(),
      [&](int depth, json::parse_event_t event, json& value) {
        return keeps(depth, event, value, out);
      },
      false);
    if (!text.starts_with('{') || !rest.is_object())
      return "header is not a JSON object";
    if (!wrong_.empty())
      return wrong_;
    for (const auto& [name, value] : rest.items())
      if (name != metadata)
        return "tensor '" + name + "': expected dtype, shape and data_offsets";
    return {};
  }

private:
  static constexpr auto metadata = "__metadata__";
  static constexpr std::size_t most_numbers = 64;

  bool keeps(int depth, json::parse_event_t event, json& value,
             std::vector<tensor_entry>& out) {
    if (depth == 1 && event == json::parse_event_t::key) {
      name_ = value.get<std::string>();
      numbers_ = 0;
      if (!names_.insert(name_).second)
        fail("a tensor is listed twice");
      return true;
    }
    if (depth == 1 && event == json::parse_event_t::object_end) {
      if (name_ == metadata)
        return false;
      tensor_entry entry;
      fail(read_entry(name_, value, entry));
      out.push_back(std::move(entry));
      return false;
    }
    if (depth >= 2 && name_ == metadata)
      return false;
    return depth <= 4 && (depth < 3 || ++numbers_ <= most_numbers);
  }

  void fail(const std::string& why) {
    if (wrong_.empty())
      wrong_ = why;
  }

  std::string name_;
  std::unordered_set<std::string> names_;
  std::size_t numbers_ = 0;
  std::string wrong_;
};

} // namespace

expected<safetensors> safetensors::open(const std::filesystem::path& file) {
  auto mapped = map_file(file);
  if (!mapped)
    return mapped.error();
  return read(mapped->bytes, mapped->owner, file.string());
}

expected<safetensors> safetensors::read(std::span<const std::byte> bytes,
                                        std::shared_ptr<const void> owner,
                                        const std::string& name) {
  const auto damaged = [&](const std::string& why) {
    return fault{errc::damaged_file, name + ": " + why};
  };
  const auto size = bytes.size();
  if (size < sizeof(std::uint64_t))
    return damaged("too short for a safetensors file");
  safetensors result;
  result.owner_ = std::move(owner);
  result.bytes_ = bytes;
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > longest_header || length > size - sizeof length)
    return damaged("header of " + std::to_string(length)
                   + " bytes in a file of " + std::to_string(size));
  result.data_ = sizeof length + length;
  const auto* text
    = reinterpret_cast<const char*>(bytes.data()) + sizeof length;
  if (const auto why = header_reader{}.read({text, length}, result.entries_);
      !why.empty())
    return damaged(why);
  std::sort(result.entries_.begin(), result.entries_.end(),
            [](const auto& a, const auto& b) {
              return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
            });
  std::size_t covered = 0;
  for (const auto& x : result.entries_) {
    if (x.begin != covered)
      return damaged("tensor '" + x.name + "' begins at "
                     + std::to_string(x.begin) + ", expected "
                     + std::to_string(covered));
    covered = x.end;
  }
  if (covered != size - result.data_)
    return damaged("tensors end at " + std::to_string(covered) + " of "
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
    std::memcpy(values.data(), bytes_.data() + data_ + found->begin,
                found->end - found->begin);
  return values;
}

} // namespace aura::model
