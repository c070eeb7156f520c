#pragma once

#include <cstddef>

namespace aura::net {

/// Sees to it that this process may open `more` sockets beside what else it has
/// open, as far as the system lets it: raises the soft limit, never the hard
/// one.
void allow_descriptors(std::size_t more);

} // namespace aura::net
