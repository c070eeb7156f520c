#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// The inner loops of hash.cpp: portable ones, which are the reference, and
/// those that use instructions which only some processors have.
namespace aura::hash_blocks {

/// Takes `count` blocks of 64 bytes into `state`, 8 words.
using sha256_function
  = void (*)(std::uint32_t* state, const unsigned char* data,
             std::size_t count) noexcept;

/// Goes on with `crc`, which is inverted before and after.
using crc32c_function
  = std::uint32_t (*)(std::string_view bytes, std::uint32_t crc) noexcept;

void sha256_portable(std::uint32_t* state, const unsigned char* data,
                     std::size_t count) noexcept;
std::uint32_t crc32c_portable(std::string_view bytes,
                              std::uint32_t crc) noexcept;

/// By instructions of this processor; null where it has none.
sha256_function sha256_native() noexcept;
crc32c_function crc32c_native() noexcept;

} // namespace aura::hash_blocks
