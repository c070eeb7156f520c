#include "kernels/base/hash.hpp"

#include "kernels/base/hash_blocks.hpp"
#include "kernels/base/random.hpp"

#include <algorithm>
#include <cstring>

namespace aura {

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) noexcept {
  auto h = 0xcbf29ce484222325ULL ^ mix64(seed);
  for (auto c : bytes)
    h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return mix64(h);
}

namespace {

hash_blocks::sha256_function take_blocks() noexcept {
  static const auto native = hash_blocks::sha256_native();
  return native ? native : hash_blocks::sha256_portable;
}

hash_blocks::crc32c_function go_on() noexcept {
  static const auto native = hash_blocks::crc32c_native();
  return native ? native : hash_blocks::crc32c_portable;
}

} // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc) noexcept {
  return ~go_on()(bytes, ~crc);
}

sha256::sha256() noexcept
  : state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
           0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19} {
}

void sha256::block(const unsigned char* data) noexcept {
  take_blocks()(state_.data(), data, 1);
}

void sha256::update(std::string_view bytes) noexcept {
  total_ += bytes.size();
  while (!bytes.empty()) {
    if (pending_size_ == 0 && bytes.size() >= pending_.size()) {
      const auto whole = bytes.size() / pending_.size();
      take_blocks()(state_.data(),
                    reinterpret_cast<const unsigned char*>(bytes.data()),
                    whole);
      bytes.remove_prefix(whole * pending_.size());
      continue;
    }
    const auto n = std::min(bytes.size(), pending_.size() - pending_size_);
    std::memcpy(pending_.data() + pending_size_, bytes.data(), n);
    pending_size_ += n;
    bytes.remove_prefix(n);
    if (pending_size_ == pending_.size()) {
      block(pending_.data());
      pending_size_ = 0;
    }
  }
}

std::string sha256::finish() noexcept {
  const auto bits = total_ * 8;
  update(std::string_view{"\x80", 1});
  while (pending_size_ != 56)
    update(std::string_view{"\0", 1});
  std::array<char, 8> length;
  for (std::size_t i = 0; i < 8; ++i)
    length[i] = static_cast<char>(bits >> (56 - 8 * i));
  update({length.data(), length.size()});
  constexpr auto digits = "0123456789abcdef";
  std::string hex;
  for (auto word : state_)
    for (int shift = 28; shift >= 0; shift -= 4)
      hex += digits[(word >> shift) & 15];
  return hex;
}

std::string sha256_hex(std::string_view bytes) {
  auto h = sha256{};
  h.update(bytes);
  return h.finish();
}

} // namespace aura
