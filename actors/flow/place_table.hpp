#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace aura::flow {

/// From 64-bit hashes to 64-bit numbers that the caller understands, in about
/// 23 bytes each: what a journal remembers of a million keys has to be small.
/// Different keys may share a hash; the caller tells them apart. The number 0
/// means nothing.
class place_table {
public:
  /// The slot under `hash` whose number fulfils `is_it`, if there is one. Good
  /// until the next `add`.
  template <class Predicate>
  std::optional<std::size_t> find(std::uint64_t hash, Predicate is_it) const {
    if (slots_.empty())
      return std::nullopt;
    for (auto i = first_of(hash); slots_[i].number != 0; i = next(i))
      if (slots_[i].hash == hash && is_it(slots_[i].number))
        return i;
    return std::nullopt;
  }

  std::uint64_t at(std::size_t slot) const {
    return slots_[slot].number;
  }

  /// @pre `number` is not 0
  void set(std::size_t slot, std::uint64_t number) {
    slots_[slot].number = number;
  }

  /// @pre `number` is not 0
  void add(std::uint64_t hash, std::uint64_t number);

  std::size_t size() const {
    return size_;
  }

private:
  struct held {
    std::uint64_t hash = 0;
    std::uint64_t number = 0;
  };

  /// Spreads hashes over any number of slots (Lemire's fast range).
  std::size_t first_of(std::uint64_t hash) const {
    __extension__ using wide = unsigned __int128;
    return static_cast<std::size_t>(wide{hash} * slots_.size() >> 64);
  }

  std::size_t next(std::size_t i) const {
    return i + 1 == slots_.size() ? 0 : i + 1;
  }

  void place(std::uint64_t hash, std::uint64_t number);
  void grow();

  std::vector<held> slots_;
  std::size_t size_ = 0;
};

} // namespace aura::flow
