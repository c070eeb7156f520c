#include "kernels/model/pretrained/crew.hpp"

#include <cassert>

namespace aura::model {

namespace {

constexpr int field_bits = 20;
constexpr std::uint64_t field = (1U << field_bits) - 1;

/// How often somebody looks again before going to sleep: some tens of
/// microseconds, about what waking costs.
constexpr int patience = 2000;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

} // namespace

crew::crew(std::size_t threads) {
  assert(threads > 0);
  for (std::size_t i = 1; i < threads; ++i)
    others_.emplace_back([this, i] { serve(i); });
}

crew::~crew() {
  over_ = true;
  ++signal_;
  signal_.notify_all();
  for (auto& x : others_)
    x.join();
}

void crew::run(std::size_t count, const task& work) {
  assert(count <= field);
  if (others_.empty() || count <= 1) {
    for (std::size_t i = 0; i < count; ++i)
      work(i, 0);
    return;
  }
  work_ = &work;
  done_.store(0, std::memory_order_relaxed);
  const auto round = (ticket_.load() >> (2 * field_bits)) + 1;
  ticket_.store(round << (2 * field_bits) | count << field_bits);
  ++signal_;
  signal_.notify_all();
  drain(0);
  for (int i = 0; done_.load() < count; ++i) {
    if (i > patience)
      std::this_thread::yield();
    pause();
  }
}

void crew::serve(std::size_t worker) {
  std::uint32_t seen = 0;
  for (;;) {
    for (int i = 0; i < patience && signal_.load() == seen; ++i)
      pause();
    signal_.wait(seen);
    seen = signal_.load();
    if (over_)
      return;
    drain(worker);
  }
}

void crew::drain(std::size_t worker) {
  for (;;) {
    const auto ticket = ticket_.fetch_add(1);
    const auto item = ticket & field;
    if (item >= ((ticket >> field_bits) & field))
      return;
    (*work_)(item, worker);
    done_.fetch_add(1);
  }
}

} // namespace aura::model
