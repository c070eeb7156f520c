#include "kernels/ops/table.hpp"

#include "kernels/ops/instruction_sets.hpp"

#include <algorithm>
#include <array>

namespace aura::ops {

namespace {

struct choice {
  std::array<const kernel_table*, 3> tables{};
  std::size_t count = 0;
};

choice choose() {
  choice result;
  result.tables[result.count++] = &generic_table();
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v3"))
    result.tables[result.count++] = &avx2_table();
  if (__builtin_cpu_supports("x86-64-v4"))
    result.tables[result.count++] = &avx512_table();
#endif
  return result;
}

const choice& chosen() {
  static const auto result = choose();
  return result;
}

} // namespace

std::size_t attention_memory(const attention_problem& p) {
  std::size_t total = 0;
  for (const auto& s : p.segments) {
    const auto context = s.begin == 0 ? 0 : padded_keys(p.context);
    total += (s.end - s.query) * (context + padded_keys(s.end - s.begin));
  }
  return total * p.heads;
}

std::size_t attention_scratch(const attention_problem& p) {
  std::size_t widest = 0;
  for (const auto& s : p.segments) {
    const auto own = padded_keys(s.end - s.begin);
    const auto context = s.begin == 0 ? 0 : padded_keys(p.context);
    widest = std::max(widest,
                      p.head_size * own + (s.end - s.query) * (context + own));
  }
  return p.head_size * padded_keys(p.context) + widest;
}

std::span<const kernel_table* const> tables() {
  return {chosen().tables.data(), chosen().count};
}

const kernel_table& best() {
  return *tables().back();
}

} // namespace aura::ops
