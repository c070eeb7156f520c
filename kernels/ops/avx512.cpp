#include "kernels/ops/instruction_sets.hpp"

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)

// Only what follows is compiled for it, so that no inline function of the
// standard library is: the linker might pick that copy for everybody.
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4")
#pragma GCC diagnostic ignored "-Wpsabi"

#define AURA_LANES 16
#define AURA_TILE_HEIGHT 6
#define AURA_TILE_VECTORS 4
#define AURA_DOT_HEIGHT 4
#define AURA_DOT_WIDTH 6
#define AURA_TABLE_NAME "avx512"

namespace aura::ops {
namespace {

#include "kernels/ops/table.inc"

} // namespace

#pragma GCC pop_options

const kernel_table& avx512_table() {
  return table;
}

} // namespace aura::ops

#endif
