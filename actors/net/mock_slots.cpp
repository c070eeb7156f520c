#include "actors/net/mock_slots.hpp"

#include <utility>

namespace aura::net {

mock_slots::mock_slots(std::size_t most) : most_{most} {
}

void mock_slots::enter(std::function<void()> work) {
  queue_.push_back(std::move(work));
  ++waiting_;
  admit();
}

void mock_slots::leave() {
  --working_;
  admit();
}

void mock_slots::hold() {
  held_ = true;
}

void mock_slots::go_on() {
  held_ = false;
  admit();
}

std::size_t mock_slots::waiting() const {
  return waiting_;
}

void mock_slots::close() {
  closed_ = true;
  queue_.clear();
}

bool mock_slots::is_free() const {
  return !closed_ && !held_ && (most_ == 0 || working_ < most_);
}

void mock_slots::admit() {
  while (is_free() && !queue_.empty()) {
    const auto next = std::move(queue_.front());
    queue_.pop_front();
    --waiting_;
    ++working_;
    next();
  }
}

} // namespace aura::net
