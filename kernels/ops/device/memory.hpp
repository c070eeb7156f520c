#pragma once

#include "kernels/ops/device/place.hpp"

#include <memory>
#include <span>
#include <vector>

namespace aura::ops::device {

namespace cuda {

/// To the device, from it, and from one place on it to another.
enum class direction : std::uint8_t { up, down, across };

/// Whether this build and this machine have a CUDA device.
bool available();

/// Null if there is no memory left.
void* allocate(std::size_t bytes);
void release(void* memory);
status copy(void* to, const void* from, std::size_t bytes, direction way);

/// Waits for all that was started, and fails with `internal` if any of it did.
status synchronise();

} // namespace cuda

/// The places of this machine, the CPU first: for tests and measurements.
inline std::vector<place> places() {
  std::vector<place> result{{}};
  if (cuda::available())
    result.push_back({true, nullptr});
  return result;
}

/// `bytes` of memory in a place. Empty if there was no room.
inline std::shared_ptr<void> memory_at(const place& where, std::size_t bytes) {
  if (where.cuda)
    return {cuda::allocate(bytes), cuda::release};
  const auto owner = std::make_shared<std::vector<std::byte>>(bytes);
  return {owner, owner->data()};
}

} // namespace aura::ops::device
