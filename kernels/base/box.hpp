#pragma once

#include <memory>
#include <utility>

namespace aura {

/// A T on the heap that copies like a value: what a recursive type holds of
/// itself. Empty only when default constructed or moved from.
template <class T>
class box {
public:
  box() = default;

  box(T value) : pointer_{std::make_unique<T>(std::move(value))} {
  }

  // Copies deeply, hence not the rule of zero.
  box(const box& other)
    : pointer_{other.pointer_ ? std::make_unique<T>(*other.pointer_)
                              : nullptr} {
  }

  box& operator=(const box& other) {
    return *this = box{other};
  }

  box(box&&) noexcept = default;
  box& operator=(box&&) noexcept = default;

  explicit operator bool() const noexcept {
    return pointer_ != nullptr;
  }

  T& operator*() {
    return *pointer_;
  }

  const T& operator*() const {
    return *pointer_;
  }

  T* operator->() {
    return pointer_.get();
  }

  const T* operator->() const {
    return pointer_.get();
  }

  bool operator==(const box& other) const {
    return pointer_ && other.pointer_ ? *pointer_ == *other.pointer_
                                      : !pointer_ && !other.pointer_;
  }

private:
  std::unique_ptr<T> pointer_;
};

} // namespace aura
