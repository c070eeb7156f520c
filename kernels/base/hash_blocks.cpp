#include "kernels/base/hash_blocks.hpp"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace aura::hash_blocks {

namespace {

constexpr auto crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    auto c = i;
    for (int k = 0; k < 8; ++k)
      c = (c & 1) ? 0x82f63b78U ^ (c >> 1) : c >> 1;
    table[i] = c;
  }
  return table;
}();

constexpr std::array<std::uint32_t, 64> sha256_constants
  = {0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
     0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
     0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
     0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
     0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
     0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
     0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
     0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
     0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
     0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
     0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

constexpr std::uint32_t rotate(std::uint32_t x, int n) noexcept {
  return (x >> n) | (x << (32 - n));
}

} // namespace

std::uint32_t crc32c_portable(std::string_view bytes,
                              std::uint32_t crc) noexcept {
  for (auto c : bytes)
    crc = crc_table[(crc ^ static_cast<unsigned char>(c)) & 0xff] ^ (crc >> 8);
  return crc;
}

void sha256_portable(std::uint32_t* state, const unsigned char* data,
                     std::size_t count) noexcept {
  for (; count > 0; --count, data += 64) {
    std::array<std::uint32_t, 64> w;
    for (std::size_t i = 0; i < 16; ++i)
      w[i] = std::uint32_t{data[4 * i]} << 24
             | std::uint32_t{data[4 * i + 1]} << 16
             | std::uint32_t{data[4 * i + 2]} << 8
             | std::uint32_t{data[4 * i + 3]};
    for (std::size_t i = 16; i < 64; ++i) {
      const auto s0
        = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ (w[i - 15] >> 3);
      const auto s1
        = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ (w[i - 2] >> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    auto [a, b, c, d, e, f, g, h]
      = std::array{state[0], state[1], state[2], state[3],
                   state[4], state[5], state[6], state[7]};
    for (std::size_t i = 0; i < 64; ++i) {
      const auto s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const auto t1
        = h + s1 + ((e & f) ^ (~e & g)) + sha256_constants[i] + w[i];
      const auto s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const auto t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = d + t1;
      d = c;
      c = b;
      b = a;
      a = t1 + t2;
    }
    const std::array<std::uint32_t, 8> sum = {a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < 8; ++i)
      state[i] += sum[i];
  }
}

#if defined(__x86_64__)

namespace {

// Four rounds a step, and the schedule of those that follow; after Intel's
// white paper "Intel SHA Extensions" (2013).
__attribute__((target("sha,sse4.1"))) void
sha256_x86(std::uint32_t* state, const unsigned char* data,
           std::size_t count) noexcept {
  const auto at = [](const void* x) {
    return _mm_loadu_si128(static_cast<const __m128i*>(x));
  };
  const auto big_endian
    = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
  // The instructions want the words as ABEF and CDGH.
  const auto abcd = _mm_shuffle_epi32(at(state), 0xb1);
  const auto efgh = _mm_shuffle_epi32(at(state + 4), 0x1b);
  auto abef = _mm_alignr_epi8(abcd, efgh, 8);
  auto cdgh = _mm_blend_epi16(efgh, abcd, 0xf0);
  for (; count > 0; --count, data += 64) {
    const auto abef_before = abef;
    const auto cdgh_before = cdgh;
    __m128i w[4];
    for (std::size_t i = 0; i < 4; ++i)
      w[i] = _mm_shuffle_epi8(at(data + 16 * i), big_endian);
#pragma GCC unroll 16
    for (std::size_t i = 0; i < 16; ++i) {
      const auto keyed
        = _mm_add_epi32(w[i % 4], at(sha256_constants.data() + 4 * i));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, keyed);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(keyed, 0x0e));
      if (i >= 12)
        continue;
      const auto& next = w[(i + 1) % 4];
      const auto& last = w[(i + 3) % 4];
      const auto sum = _mm_add_epi32(_mm_sha256msg1_epu32(w[i % 4], next),
                                     _mm_alignr_epi8(last, w[(i + 2) % 4], 4));
      w[i % 4] = _mm_sha256msg2_epu32(sum, last);
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  const auto feba = _mm_shuffle_epi32(abef, 0x1b);
  const auto dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128(static_cast<__m128i*>(static_cast<void*>(state)),
                   _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128(static_cast<__m128i*>(static_cast<void*>(state + 4)),
                   _mm_alignr_epi8(dchg, feba, 8));
}

__attribute__((target("sse4.2"))) std::uint32_t
crc32c_x86(std::string_view bytes, std::uint32_t crc) noexcept {
  auto wide = std::uint64_t{crc};
  while (bytes.size() >= 8) {
    auto word = std::uint64_t{0};
    std::memcpy(&word, bytes.data(), 8);
    wide = _mm_crc32_u64(wide, word);
    bytes.remove_prefix(8);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (auto c : bytes)
    crc = _mm_crc32_u8(crc, static_cast<unsigned char>(c));
  return crc;
}

// GCC 12 has no name for it in __builtin_cpu_supports.
bool has_sha() noexcept {
  auto a = 0U, b = 0U, c = 0U, d = 0U;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & (1U << 29)) != 0;
}

} // namespace

sha256_function sha256_native() noexcept {
  return has_sha() && __builtin_cpu_supports("sse4.1") ? sha256_x86 : nullptr;
}

crc32c_function crc32c_native() noexcept {
  return __builtin_cpu_supports("sse4.2") ? crc32c_x86 : nullptr;
}

#else

sha256_function sha256_native() noexcept {
  return nullptr;
}

crc32c_function crc32c_native() noexcept {
  return nullptr;
}

#endif

} // namespace aura::hash_blocks
