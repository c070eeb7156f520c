#pragma once

namespace aura::flow {

/// Keeps the C library from making more heaps than there are processors, two at
/// least: it would make one for each thread, up to eight for each processor,
/// and what one frees the others do not get. To be called before threads start.
void limit_heaps();

} // namespace aura::flow
