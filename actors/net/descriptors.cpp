#include "actors/net/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace aura::net {

void allow_descriptors(std::size_t more) {
  constexpr auto others = rlim_t{256};
  auto limit = rlimit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  const auto wanted = std::min(limit.rlim_max, others + rlim_t{more});
  if (limit.rlim_cur >= wanted)
    return;
  limit.rlim_cur = wanted;
  // Where it does not work, connections fail one by one and are tried again.
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace aura::net
