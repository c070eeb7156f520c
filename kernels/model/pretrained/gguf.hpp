#pragma once

#include "kernels/model/safetensors.hpp"

#include <map>
#include <optional>

namespace aura::model {

/// A GGUF file, mapped read-only: metadata and tensors, as of version 2 and 3.
/// Immutable, hence safe to read from any thread.
class gguf {
public:
  /// Checks the whole header before anything can be asked for: every count and
  /// length against the bytes that are left, known types, no name twice, and
  /// tensors that lie aligned, in the file, and not upon one another. Anything
  /// else is refused with `damaged_file`, and tensors of a form that this
  /// program does not decode with `unsupported`, naming them.
  static expected<gguf> open(const std::filesystem::path& file);

  /// The same of bytes that are in memory already; `name` begins messages.
  static expected<gguf> read(std::span<const std::byte> bytes,
                             std::shared_ptr<const void> owner,
                             const std::string& name);

  /// Metadata by key; nothing if it is missing or of another type.
  std::optional<std::string_view> text(std::string_view key) const;
  std::optional<std::uint64_t> whole(std::string_view key) const;
  std::optional<double> real(std::string_view key) const;
  std::optional<bool> flag(std::string_view key) const;
  std::optional<std::vector<std::string_view>>
  texts(std::string_view key) const;
  std::optional<std::vector<std::int64_t>> wholes(std::string_view key) const;

  /// In the order of the file. Types are named as in GGUF, `Q4_K`; shapes are
  /// turned around, so that rows come first, as elsewhere.
  const std::vector<tensor_entry>& entries() const noexcept {
    return entries_;
  }

  std::span<const std::byte> bytes(const tensor_entry& x) const noexcept {
    return bytes_.subspan(data_ + x.begin, x.end - x.begin);
  }

  std::shared_ptr<const void> owner() const noexcept {
    return owner_;
  }

private:
  /// A value or a list of them, still as it lies in the file.
  struct value {
    std::uint32_t type = 0;
    bool list = false;
    std::uint64_t count = 1;
    std::span<const std::byte> bytes;
  };

  const value* find(std::string_view key, bool list) const;

  friend class gguf_parser;

  std::shared_ptr<const void> owner_;
  std::span<const std::byte> bytes_;
  std::size_t data_ = 0;
  std::map<std::string_view, value> values_;
  std::vector<tensor_entry> entries_;
};

/// Whether the file at `place` begins as GGUF does.
bool is_gguf(const std::filesystem::path& place);

} // namespace aura::model
