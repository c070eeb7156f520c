#pragma once

#include "actors/flow/ledger.hpp"
#include "actors/flow/row_store.hpp"
#include "actors/flow/stage.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace aura::flow {

/// The working state of one stage. Batches get a ticket when they arrive, and
/// leave in the order of tickets.
class stage {
public:
  using clock = std::chrono::steady_clock;

  void start(stage_actor::pointer self, stage_spec spec, stage_setting setting,
             edge downstream);

  accepted take(batch& input);
  accepted end(bool cancelled);
  tally measure() const;
  void enough();
  void halt();
  void report();

private:
  struct job {
    batch content;
    promise upstream;
    std::size_t rows = 0;
    std::optional<std::uint64_t> oldest;
    bool ready = false;
    bool lost = false;
    clock::time_point begun;
  };

  struct hand {
    worker_actor worker;
    std::size_t busy = 0;
  };

  void admit(batch content, promise upstream);
  void dispatch();
  void demand();
  void finished(std::uint64_t ticket, std::size_t hand_index, batch& result);
  void failed(std::uint64_t ticket, std::size_t hand_index,
              const caf::error& reason);
  void release();
  void emit(job x);
  status collect(std::vector<sample>& rows);
  void drain();
  void cut(batch& x);
  void advance();
  void close();
  void stop_with(fault reason);
  void tell_runner_enough();

  stage_actor::pointer self_ = nullptr;
  stage_spec spec_;
  stage_setting setting_;
  outlet out_;
  std::vector<hand> hands_;
  std::size_t in_flight_ = 1;

  std::deque<std::uint64_t> waiting_;
  std::map<std::uint64_t, job> jobs_;
  std::uint64_t next_in_ = 0;
  std::uint64_t next_out_ = 0;

  batch collected_; // what a collecting stage has; the seed of a source
  // What a collecting stage has left to send on.
  std::optional<row_store::reader> draining_;
  std::uint64_t drained_ = 0; // batches
  // Rows in the store: while the step is at work on it, nobody may look there.
  std::uint64_t stored_ = 0;
  std::uint64_t first_stored_ = 0;
  bool exhausted_ = true;
  bool ended_ = false;
  bool cancelled_ = false;
  bool halted_ = false;
  bool closed_ = false;
  promise closing_;

  ledger ledger_;
  clock::time_point first_;
  clock::time_point last_;
};

} // namespace aura::flow
