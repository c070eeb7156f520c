#include "kernels/model/pretrained/movement.hpp"

#include <cmath>
#include <limits>
#include <utility>

namespace aura::model {

namespace {

/// Of one tensor; each step of decay rounds its factor and its product.
movement measure(std::string name, std::span<const float> before,
                 std::span<const float> now, double kept, std::size_t steps) {
  constexpr auto epsilon = double{std::numeric_limits<float>::epsilon()};
  const auto slack = static_cast<double>(steps) * epsilon;
  auto moved = 0.0, norm = 0.0, learnt = 0.0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto from = double{before[i]}, to = double{now[i]};
    moved += (to - from) * (to - from);
    norm += from * from;
    const auto rest = to - kept * from;
    // Not `>`: what is no number has not merely decayed.
    if (!(std::fabs(rest) <= slack * std::fabs(from)))
      learnt += rest * rest;
  }
  return {std::move(name), std::sqrt(moved), std::sqrt(norm),
          std::sqrt(learnt)};
}

} // namespace

std::vector<movement> movements_of(const trainable_layout& layout,
                                   std::span<const float> before,
                                   std::span<const float> now,
                                   const decay_trace& decayed) {
  auto result = std::vector<movement>{};
  const auto add = [&](std::string name, std::size_t offset, std::size_t size,
                       double kept) {
    result.push_back(measure(std::move(name), before.subspan(offset, size),
                             now.subspan(offset, size), kept, decayed.steps));
  };
  for (const auto& x : layout.adapters) {
    add(x.module + ".lora_A", x.a, x.rank * x.columns, decayed.adapters);
    add(x.module + ".lora_B", x.b, x.rows * x.rank, decayed.adapters);
  }
  for (const auto* x : {&layout.embedding, &layout.head})
    if (*x)
      add((*x)->name, (*x)->offset, (*x)->rows * (*x)->columns, decayed.whole);
  return result;
}

} // namespace aura::model
