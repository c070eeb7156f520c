#pragma once

#include "actors/flow/messages.hpp"

#include <caf/typed_response_promise.hpp>

#include <cstddef>
#include <deque>
#include <functional>

namespace aura::flow {

/// How much may be unanswered on an edge. One row is always allowed, however
/// large, and a batch is never torn.
struct window {
  std::size_t rows = 1024;
  std::size_t bytes = std::size_t{8} << 20;
};

/// Where a stage sends its output. The last stage has no `next`: what it pushes
/// has arrived.
struct edge {
  stage_actor next;
  flow::window window;
};

using promise = caf::typed_response_promise<caf::ok_atom>;

/// The sending end of an edge; the only place that knows about backpressure.
///
/// While the window has room, `push` sends at once and answers upstream at
/// once. Beyond that it parks the batch together with the answer upstream is
/// waiting for. A stage thus never holds more than its upstream windows add up
/// to, and nobody polls.
class outlet {
public:
  outlet() = default;

  /// `on_room` runs whenever an answer came in and nothing is parked.
  outlet(
    stage_actor::pointer self, edge downstream,
    std::function<void()> on_room = [] {});

  /// Sends `output`, now or when there is room. `upstream` is answered once it
  /// was sent; leave it empty if nobody waits.
  void push(batch output, promise upstream = {});

  /// Whether a batch pushed now would leave at once.
  bool has_room() const;

  /// Ends the edge once all was sent and answered: with `done`, or with
  /// `cancel` if rows are missing. Once everything behind it has confirmed,
  /// calls `on_confirmed`, answers `upstream` and quits the actor.
  void close(
    bool cancelled, promise upstream,
    std::function<void()> on_confirmed = [] {});

  /// Fills in the numbers of this edge.
  void measure(tally& x) const;

private:
  struct parked {
    batch output;
    promise upstream;
  };

  bool fits(std::size_t rows, std::size_t size) const;
  void send(batch output);
  void advance();
  void confirm();
  void fail(const caf::error& reason);

  stage_actor::pointer self_ = nullptr;
  edge downstream_;
  std::function<void()> on_room_;
  std::size_t unanswered_ = 0;
  std::size_t owed_rows_ = 0;
  std::size_t owed_bytes_ = 0;
  std::size_t peak_rows_ = 0;
  std::size_t peak_bytes_ = 0;
  std::size_t largest_rows_ = 0;
  std::size_t largest_bytes_ = 0;
  std::deque<parked> parked_;
  bool closing_ = false;
  bool cancelled_ = false;
  bool failed_ = false;
  promise upstream_;
  std::function<void()> on_confirmed_;
};

} // namespace aura::flow
