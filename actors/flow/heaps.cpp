#include "actors/flow/heaps.hpp"

#include <malloc.h>

#include <algorithm>
#include <thread>

namespace aura::flow {

void limit_heaps() {
#if defined(__GLIBC__)
  const auto processors = std::thread::hardware_concurrency();
  ::mallopt(M_ARENA_MAX, static_cast<int>(std::max(processors, 2U)));
#endif
}

} // namespace aura::flow
