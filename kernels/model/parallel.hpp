#pragma once

#include <cstddef>
#include <functional>

namespace aura::model {

/// Runs `work(0)` … `work(count - 1)`, each once, on at most `threads` threads,
/// this one among them, and returns when all are done. The calls must not
/// depend on each other; then the result depends on no scheduling.
void for_each(std::size_t threads, std::size_t count,
              const std::function<void(std::size_t)>& work);

} // namespace aura::model
