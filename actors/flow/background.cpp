#include "actors/flow/background.hpp"

#include <cassert>
#include <utility>

namespace aura::flow {

background::background(std::function<void()> done) : done_{std::move(done)} {
  thread_ = std::thread{[this] { serve(); }};
}

background::~background() {
  {
    const auto guard = std::lock_guard{mutex_};
    over_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void background::begin(std::function<status()> work) {
  {
    const auto guard = std::lock_guard{mutex_};
    assert(!work_);
    work_ = std::move(work);
    result_.reset();
  }
  changed_.notify_one();
}

status background::result() {
  const auto guard = std::lock_guard{mutex_};
  assert(result_);
  return *result_;
}

void background::serve() {
  auto lock = std::unique_lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return work_ || over_; });
    if (!work_)
      return;
    const auto work = work_;
    lock.unlock();
    auto result = work();
    lock.lock();
    work_ = nullptr;
    result_ = std::move(result);
    lock.unlock();
    done_();
    lock.lock();
  }
}

} // namespace aura::flow
