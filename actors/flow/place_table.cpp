#include "actors/flow/place_table.hpp"

#include <utility>

namespace aura::flow {

void place_table::add(std::uint64_t hash, std::uint64_t number) {
  // Four fifths full at most; a step of growth is two fifths.
  if (5 * (size_ + 1) > 4 * slots_.size())
    grow();
  place(hash, number);
  ++size_;
}

void place_table::place(std::uint64_t hash, std::uint64_t number) {
  auto i = first_of(hash);
  while (slots_[i].number != 0)
    i = next(i);
  slots_[i] = {hash, number};
}

void place_table::grow() {
  const auto before = std::exchange(
    slots_, std::vector<held>(slots_.size() + slots_.size() * 2 / 5 + 1024));
  for (const auto& x : before)
    if (x.number != 0)
      place(x.hash, x.number);
}

} // namespace aura::flow
