#include "kernels/model/pretrained/gguf.hpp"

#include "kernels/model/mapped_file.hpp"
#include "kernels/model/pretrained/blocks.hpp"
#include "kernels/model/pretrained/tensor_files.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <set>

namespace aura::model {

namespace {

// Types of metadata, as ggml numbers them.
enum kind : std::uint32_t {
  uint8,
  int8,
  uint16,
  int16,
  uint32,
  int32,
  float32,
  boolean,
  string,
  array,
  uint64,
  int64,
  float64
};

constexpr std::array<std::size_t, 13> widths{1, 1, 2, 2, 4, 4, 4,
                                             1, 0, 0, 8, 8, 8};

constexpr std::uint32_t magic = 0x46554747; // GGUF
constexpr std::size_t default_alignment = 32;
constexpr std::size_t most_dimensions = 4;

struct form_name {
  std::uint32_t number;
  const char* name;
  encoding form;
};

constexpr std::array forms{
  form_name{0, "F32", encoding::f32},    form_name{1, "F16", encoding::f16},
  form_name{2, "Q4_0", encoding::q4_0},  form_name{3, "Q4_1", encoding::q4_1},
  form_name{8, "Q8_0", encoding::q8_0},  form_name{12, "Q4_K", encoding::q4_k},
  form_name{30, "BF16", encoding::bf16},
};

// Those that exist besides; for messages.
constexpr std::array others{"Q5_0", "Q5_1", "Q8_1", "Q2_K",
                            "Q3_K", "Q5_K", "Q6_K", "Q8_K"};
constexpr std::array other_numbers{6, 7, 9, 10, 11, 13, 14, 15};

std::string name_of(std::uint32_t number) {
  for (std::size_t i = 0; i < others.size(); ++i)
    if (number == static_cast<std::uint32_t>(other_numbers[i]))
      return others[i];
  return "number " + std::to_string(number);
}

template <class T>
T load(const std::byte* at) {
  T result;
  std::memcpy(&result, at, sizeof result);
  return result;
}

} // namespace

/// Reads a header from front to back, and keeps the first thing wrong with it.
class gguf_parser {
public:
  gguf_parser(std::span<const std::byte> bytes, const std::string& name)
    : bytes_{bytes}, name_{name} {
  }

  expected<gguf> parse(std::shared_ptr<const void> owner) {
    gguf result;
    result.owner_ = std::move(owner);
    result.bytes_ = bytes_;
    if (number<std::uint32_t>() != magic || wrong_)
      return damaged("does not begin with 'GGUF'");
    const auto version = number<std::uint32_t>();
    if (!wrong_ && version != 2 && version != 3)
      return fault{errc::unsupported, name_ + ": version "
                                        + std::to_string(version)
                                        + " of GGUF, known are 2 and 3"};
    const auto tensors = number<std::uint64_t>();
    const auto values = number<std::uint64_t>();
    // None of them takes less.
    if (values > left() / 13 || tensors > left() / 24)
      return damaged(std::to_string(values) + " values and "
                     + std::to_string(tensors) + " tensors in "
                     + std::to_string(bytes_.size()) + " bytes");
    for (std::uint64_t i = 0; i < values && !wrong_; ++i)
      read_value(result);
    for (std::uint64_t i = 0; i < tensors && !wrong_; ++i)
      read_tensor(result);
    if (!wrong_)
      place(result);
    if (wrong_)
      return *wrong_;
    return result;
  }

private:
  fault damaged(const std::string& why) {
    return {errc::damaged_file, name_ + ": " + why};
  }

  void fail(const std::string& why) {
    if (!wrong_)
      wrong_ = damaged(why);
  }

  std::size_t left() const {
    return bytes_.size() - at_;
  }

  std::span<const std::byte> take(std::uint64_t size) {
    if (wrong_ || size > left()) {
      fail("ends within its header");
      return {};
    }
    const auto result = bytes_.subspan(at_, size);
    at_ += size;
    return result;
  }

  template <class T>
  T number() {
    const auto found = take(sizeof(T));
    return found.empty() ? T{} : load<T>(found.data());
  }

  std::string_view text() {
    const auto found = take(number<std::uint64_t>());
    return {reinterpret_cast<const char*>(found.data()), found.size()};
  }

  void read_value(gguf& out) {
    const auto key = text();
    gguf::value x;
    x.type = number<std::uint32_t>();
    x.list = x.type == array;
    if (x.list) {
      x.type = number<std::uint32_t>();
      x.count = number<std::uint64_t>();
    }
    const auto begin = at_;
    if (x.type >= widths.size() || x.type == array)
      return fail("value '" + std::string{key} + "' is of unknown type "
                  + std::to_string(x.type));
    if (x.type == string) {
      if (x.count > left() / 8)
        return fail("value '" + std::string{key} + "' has "
                    + std::to_string(x.count) + " texts");
      for (std::uint64_t i = 0; i < x.count && !wrong_; ++i)
        text();
    } else if (x.count > left() / widths[x.type]) {
      return fail("value '" + std::string{key} + "' has "
                  + std::to_string(x.count) + " numbers");
    } else {
      take(x.count * widths[x.type]);
    }
    x.bytes = bytes_.subspan(begin, at_ - begin);
    if (!wrong_ && !out.values_.emplace(key, x).second)
      fail("value '" + std::string{key} + "' is listed twice");
  }

  void read_tensor(gguf& out) {
    tensor_entry x;
    x.name = text();
    const auto at = "tensor '" + x.name + "'";
    const auto dimensions = number<std::uint32_t>();
    if (dimensions == 0 || dimensions > most_dimensions)
      return fail(at + " has " + std::to_string(dimensions) + " dimensions");
    for (std::uint32_t i = 0; i < dimensions; ++i)
      x.shape.insert(x.shape.begin(), number<std::uint64_t>());
    const auto type = number<std::uint32_t>();
    x.begin = number<std::uint64_t>();
    if (wrong_)
      return;
    if (!names_.insert(x.name).second)
      return fail(at + " is listed twice");
    const auto* known
      = std::find_if(forms.begin(), forms.end(),
                     [&](const auto& y) { return y.number == type; });
    if (known == forms.end()) {
      wrong_ = fault{errc::unsupported,
                     name_ + ": " + at
                       + ": expected F32, F16, BF16, Q8_0, Q4_0, Q4_1 or "
                         "Q4_K, found "
                       + name_of(type)};
      return;
    }
    x.type = known->name;
    const auto block = block_of(known->form);
    auto size = block.bytes;
    auto fits = x.shape.back() % block.values == 0;
    for (std::size_t i = 0; i < x.shape.size(); ++i) {
      const auto n
        = i + 1 == x.shape.size() ? x.shape[i] / block.values : x.shape[i];
      fits = fits && n != 0 && !__builtin_mul_overflow(size, n, &size);
    }
    if (!fits || __builtin_add_overflow(x.begin, size, &x.end))
      return fail(at + ": no shape for " + x.type + ": "
                  + print_shape(x.shape));
    out.entries_.push_back(std::move(x));
  }

  /// Checks where the tensors lie behind the header.
  void place(gguf& out) {
    const auto alignment
      = out.whole("general.alignment").value_or(default_alignment);
    if (alignment == 0 || alignment > bytes_.size()
        || (alignment & (alignment - 1)) != 0)
      return fail("alignment of " + std::to_string(alignment) + " bytes");
    out.data_ = (at_ + alignment - 1) / alignment * alignment;
    const auto room
      = bytes_.size() - std::min<std::size_t>(out.data_, bytes_.size());
    std::vector<const tensor_entry*> order;
    for (const auto& x : out.entries_) {
      if (x.begin % alignment != 0 || x.end > room)
        return fail("tensor '" + x.name + "' lies at bytes "
                    + std::to_string(x.begin) + " to " + std::to_string(x.end)
                    + " of " + std::to_string(room));
      order.push_back(&x);
    }
    std::sort(order.begin(), order.end(),
              [](const auto* a, const auto* b) { return a->begin < b->begin; });
    for (std::size_t i = 1; i < order.size(); ++i)
      if (order[i]->begin < order[i - 1]->end)
        return fail("tensor '" + order[i]->name + "' lies upon '"
                    + order[i - 1]->name + "'");
  }

  std::span<const std::byte> bytes_;
  const std::string& name_;
  std::size_t at_ = 0;
  std::set<std::string> names_;
  std::optional<fault> wrong_;
};

expected<gguf> gguf::open(const std::filesystem::path& file) {
  auto mapped = map_file(file);
  if (!mapped)
    return mapped.error();
  return read(mapped->bytes, mapped->owner, file.string());
}

expected<gguf> gguf::read(std::span<const std::byte> bytes,
                          std::shared_ptr<const void> owner,
                          const std::string& name) {
  return gguf_parser{bytes, name}.parse(std::move(owner));
}

const gguf::value* gguf::find(std::string_view key, bool list) const {
  const auto found = values_.find(key);
  return found != values_.end() && found->second.list == list ? &found->second
                                                              : nullptr;
}

std::optional<std::string_view> gguf::text(std::string_view key) const {
  const auto* x = find(key, false);
  if (x == nullptr || x->type != string)
    return std::nullopt;
  return std::string_view{reinterpret_cast<const char*>(x->bytes.data()) + 8,
                          x->bytes.size() - 8};
}

namespace {

std::optional<std::int64_t> read_whole(std::uint32_t type,
                                       const std::byte* at) {
  switch (type) {
  case uint8:
    return load<std::uint8_t>(at);
  case int8:
    return load<std::int8_t>(at);
  case uint16:
    return load<std::uint16_t>(at);
  case int16:
    return load<std::int16_t>(at);
  case uint32:
    return load<std::uint32_t>(at);
  case int32:
    return load<std::int32_t>(at);
  case uint64:
  case int64:
    return load<std::int64_t>(at);
  default:
    return std::nullopt;
  }
}

} // namespace

std::optional<std::uint64_t> gguf::whole(std::string_view key) const {
  const auto* x = find(key, false);
  const auto found
    = x == nullptr ? std::nullopt : read_whole(x->type, x->bytes.data());
  if (!found || *found < 0)
    return std::nullopt;
  return static_cast<std::uint64_t>(*found);
}

std::optional<double> gguf::real(std::string_view key) const {
  const auto* x = find(key, false);
  if (x != nullptr && x->type == float32)
    return load<float>(x->bytes.data());
  if (x != nullptr && x->type == float64)
    return load<double>(x->bytes.data());
  return std::nullopt;
}

std::optional<bool> gguf::flag(std::string_view key) const {
  const auto* x = find(key, false);
  if (x == nullptr || x->type != boolean)
    return std::nullopt;
  return x->bytes[0] != std::byte{0};
}

std::optional<std::vector<std::string_view>>
gguf::texts(std::string_view key) const {
  const auto* x = find(key, true);
  if (x == nullptr || x->type != string)
    return std::nullopt;
  std::vector<std::string_view> result;
  result.reserve(x->count);
  const auto* at = x->bytes.data();
  for (std::uint64_t i = 0; i < x->count; ++i) {
    const auto size = load<std::uint64_t>(at);
    result.emplace_back(reinterpret_cast<const char*>(at) + 8, size);
    at += 8 + size;
  }
  return result;
}

std::optional<std::vector<std::int64_t>>
gguf::wholes(std::string_view key) const {
  const auto* x = find(key, true);
  std::vector<std::int64_t> result;
  if (x != nullptr && x->count == 0)
    return result;
  if (x == nullptr || !read_whole(x->type, x->bytes.data()))
    return std::nullopt;
  result.reserve(x->count);
  for (std::uint64_t i = 0; i < x->count; ++i)
    result.push_back(
      *read_whole(x->type, x->bytes.data() + i * widths[x->type]));
  return result;
}

bool is_gguf(const std::filesystem::path& place) {
  std::ifstream in{place, std::ios::binary};
  char begin[4] = {};
  in.read(begin, sizeof begin);
  return in
         && load<std::uint32_t>(reinterpret_cast<std::byte*>(begin)) == magic;
}

} // namespace aura::model
