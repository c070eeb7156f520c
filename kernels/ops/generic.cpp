#include "kernels/ops/instruction_sets.hpp"

#include <cstddef>
#include <cstdint>

#pragma GCC diagnostic ignored "-Wpsabi"

#define AURA_LANES 4
#define AURA_TILE_HEIGHT 4
#define AURA_TILE_VECTORS 2
#define AURA_DOT_HEIGHT 2
#define AURA_DOT_WIDTH 4
#define AURA_TABLE_NAME "generic"

namespace aura::ops {
namespace {

#include "kernels/ops/table.inc"

} // namespace

const kernel_table& generic_table() {
  return table;
}

} // namespace aura::ops
