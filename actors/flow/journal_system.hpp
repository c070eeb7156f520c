#pragma once

#include "kernels/base/expected.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

/// What a journal asks of the operating system.
namespace aura::flow::journal_system {

/// `disk_full` or `io_error`: cannot `what` the file, for errno `number`.
fault trouble_with(const std::filesystem::path& file, const char* what,
                   int number);

/// Whether all of it was moved; errno says why not.
bool write_all(int descriptor, std::string_view bytes, std::uint64_t offset);
bool read_all(int descriptor, char* out, std::size_t size,
              std::uint64_t offset);

/// Makes the name of a new file survive a power cut.
void sync_folder(const std::filesystem::path& file);

/// A file in memory for as long as it is read once.
class mapping {
public:
  mapping(int descriptor, std::size_t size);

  mapping(const mapping&) = delete;
  mapping& operator=(const mapping&) = delete;

  // Gives the pages back.
  ~mapping();

  /// Nothing if the file could not be mapped; errno says why.
  std::optional<std::string_view> bytes() const;

private:
  std::size_t size_;
  void* data_;
};

} // namespace aura::flow::journal_system
