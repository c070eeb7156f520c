#pragma once

#include "actors/flow/live.hpp"

#include <chrono>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace aura::flow {

/// How a run shows itself.
enum class display : std::uint8_t {
  live,  // a line for each stage, redrawn in place: a terminal
  plain, // a line now and then: a file or a pipe
  json,  // an event a line: a program
  quiet
};

/// Shows the progress of a run. Not thread-safe: the runner calls it.
class console {
public:
  console(display how, std::FILE* out, std::vector<std::string> stages);

  void progress(const std::vector<tally>& stages, const totals& all);
  void tell(const note& x);
  void finished(const tally& x);
  /// Ends the live view, so that lines may follow.
  void close();

private:
  using clock = std::chrono::steady_clock;

  void draw(const std::vector<tally>& stages);

  display how_;
  std::FILE* out_;
  std::vector<std::string> names_;
  std::map<std::string, std::string> notes_;
  std::vector<tally> last_;
  totals all_;
  std::size_t drawn_ = 0;
  clock::time_point begun_;
  clock::time_point printed_;
};

/// The first `columns` columns of a text, with `…` where something is cut off.
std::string clipped(const std::string& text, std::size_t columns);

/// Which of `stages` to show on so many lines: all, or else those at work, or
/// else the last of these.
std::vector<std::size_t> fitting(const std::vector<tally>& stages,
                                 std::size_t lines);

/// `1,234,567`.
std::string grouped(std::uint64_t x);

/// `1m 05s`, `12.3 s`.
std::string duration_text(double seconds);

} // namespace aura::flow
