#pragma once

#include <cstddef>

namespace aura::net {

/// How many sockets this process may open, `wanted` at most and one at least:
/// raises the soft limit of descriptors for them where the hard one lets it,
/// and leaves some for files.
std::size_t allow_sockets(std::size_t wanted);

} // namespace aura::net
