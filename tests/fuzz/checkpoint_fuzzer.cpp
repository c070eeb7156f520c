#include "tests/fuzz/target.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes,
                                      std::size_t size) {
  aura::fuzz::try_checkpoint({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
