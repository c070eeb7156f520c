#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace aura {

/// FNV-1a over the bytes, then mixed. Fast, stable across platforms and
/// versions, not for adversaries.
std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0) noexcept;

/// CRC-32C (Castagnoli), as used by our journal and by TFRecord files.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc = 0) noexcept;

/// SHA-256 (FIPS 180-4), fed piece by piece.
class sha256 {
public:
  sha256() noexcept;

  void update(std::string_view bytes) noexcept;

  /// The digest in lower-case hexadecimal, 64 characters. Ends the computation.
  std::string finish() noexcept;

private:
  void block(const unsigned char* data) noexcept;

  std::array<std::uint32_t, 8> state_;
  std::array<unsigned char, 64> pending_{};
  std::size_t pending_size_ = 0;
  std::uint64_t total_ = 0;
};

/// The digest of one string, in hexadecimal.
std::string sha256_hex(std::string_view bytes);

} // namespace aura
