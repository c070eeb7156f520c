#pragma once

#include "actors/flow/step.hpp"
#include "actors/flow/tally.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace aura::flow {

/// A run in a few numbers.
struct totals {
  double seconds = 0;
  std::uint64_t made = 0;
  std::uint64_t accepted = 0;
  /// 0: all there are.
  std::uint64_t target = 0;
  std::uint64_t rejected = 0;
  std::uint64_t failed = 0;
  /// What is being waited for, and how much longer that takes by the rate so
  /// far.
  std::string waiting_for;
  std::optional<double> seconds_left;
  /// Of a language model, where one is asked.
  std::optional<std::uint64_t> tokens;
  std::optional<double> dollars;
  double memory_mb = 0;
};

/// `1m 20s · 1,200 of 10,000 accepted · 45,000 tokens · $0.1200 · …`
std::string to_text(const totals& x);

/// Everything there is to see of a run while it goes on. Time and memory come
/// as arguments. Thread-safe.
class live_state {
public:
  live_state(std::string name, std::string hash);

  /// What stages have published so far; called whenever somebody looks.
  void follow(std::function<std::map<std::string, std::string>()> sections);

  void update(const std::vector<tally>& stages, double seconds,
              double memory_mb);
  void tell(const note& x);
  /// The run is over; empty if all went well.
  void end(const std::string& failure);

  flow::totals totals() const;

  /// For Prometheus, in its text format 0.0.4.
  std::string prometheus() const;

  /// For programs.
  std::string json() const;

  /// The inside of the live page, and the whole page, which keeps asking for
  /// the inside at `/body`.
  std::string body() const;
  std::string page() const;

private:
  struct point {
    double seconds = 0;
    std::uint64_t made = 0;
    std::uint64_t accepted = 0;
  };

  flow::totals sum() const;
  std::string stage_table() const;
  std::string throughput() const;

  mutable std::mutex mutex_;
  std::string name_;
  std::string hash_;
  std::function<std::map<std::string, std::string>()> sections_;
  std::vector<tally> stages_;
  double seconds_ = 0;
  double memory_mb_ = 0;
  /// When the first rows were made.
  std::optional<double> begun_;
  std::map<std::string, note> notes_;
  /// Thinned out as they become too many, so that a long run fits too.
  std::vector<point> history_;
  std::vector<std::pair<double, double>> loss_;
  std::vector<std::pair<double, double>> eval_loss_;
  std::size_t skipped_ = 0;
  std::size_t stride_ = 1;
  bool ended_ = false;
  std::string failure_;
};

} // namespace aura::flow
