#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace aura::model {

/// Puts a GGUF file together, good or bad.
class gguf_builder {
public:
  template <class T>
  static std::string raw(T x) {
    return {reinterpret_cast<const char*>(&x), sizeof x};
  }

  static std::string text(const std::string& x) {
    return raw(std::uint64_t{x.size()}) + x;
  }

  void add(const std::string& key, std::uint32_t type,
           const std::string& value) {
    values += text(key) + raw(type) + value;
    ++value_count;
  }

  void add(const std::string& key, std::uint32_t x) {
    add(key, 4, raw(x));
  }

  void add(const std::string& key, float x) {
    add(key, 6, raw(x));
  }

  void add(const std::string& key, const char* x) {
    add(key, 8, text(x));
  }

  void add(const std::string& key, const std::vector<std::string>& list) {
    auto value = raw(std::uint32_t{8}) + raw(std::uint64_t{list.size()});
    for (const auto& x : list)
      value += text(x);
    add(key, 9, value);
  }

  void add(const std::string& key, const std::vector<std::int32_t>& list) {
    auto value = raw(std::uint32_t{5}) + raw(std::uint64_t{list.size()});
    for (auto x : list)
      value += raw(x);
    add(key, 9, value);
  }

  /// `shape` as GGUF has it: columns first.
  void add_tensor(const std::string& name, std::uint32_t type,
                  const std::vector<std::uint64_t>& shape,
                  const std::string& bytes) {
    data.resize((data.size() + 31) / 32 * 32);
    describe(name, type, shape, data.size());
    data += bytes;
  }

  void describe(const std::string& name, std::uint32_t type,
                const std::vector<std::uint64_t>& shape, std::uint64_t offset) {
    tensors += text(name) + raw(static_cast<std::uint32_t>(shape.size()));
    for (auto n : shape)
      tensors += raw(n);
    tensors += raw(type) + raw(offset);
    ++tensor_count;
  }

  std::string build() const {
    auto result = "GGUF" + raw(version) + raw(tensor_count) + raw(value_count)
                  + values + tensors;
    result.resize((result.size() + 31) / 32 * 32);
    return result + data;
  }

  std::uint32_t version = 3;
  std::uint64_t tensor_count = 0;
  std::uint64_t value_count = 0;
  std::string values;
  std::string tensors;
  std::string data;
};

} // namespace aura::model
