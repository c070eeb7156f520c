#include "actors/net/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace aura::net {

std::size_t allow_sockets(std::size_t wanted) {
  // Where limits are high, there is no need to be stingy with files.
  constexpr auto plenty = rlim_t{256};
  constexpr auto least = rlim_t{32};
  auto limit = rlimit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return wanted;
  const auto needed = std::min(limit.rlim_max, plenty + rlim_t{wanted});
  if (limit.rlim_cur < needed) {
    auto raised = limit;
    raised.rlim_cur = needed;
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0)
      limit = raised;
  }
  const auto free = limit.rlim_cur > least ? limit.rlim_cur - least : rlim_t{1};
  return std::max<std::size_t>(1, std::min<rlim_t>(free, wanted));
}

} // namespace aura::net
