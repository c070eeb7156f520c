#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>

namespace aura::net {

/// Lets so much work go on at once; what comes beyond that waits without a
/// word, as servers such as vLLM let it. `hold` and `waiting` are for any
/// thread, all else for one.
class mock_slots {
public:
  /// 0: any number.
  explicit mock_slots(std::size_t most);

  /// Does `work` once there is a free slot, which `leave` gives back.
  void enter(std::function<void()> work);
  void leave();

  /// From now on nothing begins, until `go_on`.
  void hold();
  void go_on();

  std::size_t waiting() const;

  /// Forgets what waits, for good.
  void close();

private:
  bool is_free() const;
  void admit();

  std::size_t most_;
  std::size_t working_ = 0;
  std::atomic<bool> held_ = false;
  bool closed_ = false;
  std::atomic<std::size_t> waiting_ = 0;
  std::deque<std::function<void()>> queue_;
};

} // namespace aura::net
