#include "kernels/base/hash.hpp"

#include "kernels/base/hash_blocks.hpp"
#include "kernels/base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace aura {
namespace {

std::string random_bytes(random_stream& random, std::size_t size) {
  auto result = std::string(size, '\0');
  for (auto& c : result)
    c = static_cast<char>(random.below(256));
  return result;
}

// FIPS 180-4 and its appendices.
TEST(Sha256, GivesTheKnownDigests) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb924"
                            "27ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223"
                               "b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(
    sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotMindHowItIsFed) {
  auto random = random_stream{1, "hash", 1};
  for (auto round = 0; round < 200; ++round) {
    const auto bytes = random_bytes(random, random.below(400));
    auto pieces = sha256{};
    for (auto rest = std::string_view{bytes}; !rest.empty();) {
      const auto n = std::min(rest.size(), 1 + random.below(150));
      pieces.update(rest.substr(0, n));
      rest.remove_prefix(n);
    }
    EXPECT_EQ(pieces.finish(), sha256_hex(bytes));
  }
}

TEST(Sha256, IsTheSameByInstructionsOfTheProcessor) {
  const auto native = hash_blocks::sha256_native();
  if (!native)
    GTEST_SKIP() << "this processor has none";
  auto random = random_stream{1, "hash", 2};
  for (auto round = 0; round < 200; ++round) {
    const auto count = random.below(5);
    const auto bytes = random_bytes(random, 64 * count);
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    auto expected = std::array<std::uint32_t, 8>{};
    for (auto& x : expected)
      x = static_cast<std::uint32_t>(random.below(std::uint64_t{1} << 32));
    auto found = expected;
    hash_blocks::sha256_portable(expected.data(), data, count);
    native(found.data(), data, count);
    EXPECT_EQ(found, expected);
  }
}

// RFC 3720, B.4.
TEST(Crc32c, GivesTheKnownSums) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), 0xe3069283U);
}

TEST(Crc32c, IsTheSameByInstructionsOfTheProcessor) {
  const auto native = hash_blocks::crc32c_native();
  if (!native)
    GTEST_SKIP() << "this processor has none";
  auto random = random_stream{1, "hash", 3};
  for (auto round = 0; round < 500; ++round) {
    const auto bytes = random_bytes(random, random.below(100));
    const auto from
      = static_cast<std::uint32_t>(random.below(std::uint64_t{1} << 32));
    EXPECT_EQ(native(bytes, from), hash_blocks::crc32c_portable(bytes, from));
  }
}

} // namespace
} // namespace aura
