#pragma once

#include "kernels/base/text_hash.hpp"
#include "kernels/dsl/judge.hpp"
#include "kernels/dsl/parsing.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace aura::dsl {

/// The beginning of an unfinished query, up to an operator of its main
/// pipeline: all that is needed to read on from there.
struct milestone {
  parser_mark read;
  judge_mark judged;
};

/// Remembers beginnings that were found viable, so that queries which go on
/// with them are not read from the start again and again. Safe to use from any
/// thread.
class milestones {
public:
  /// The last one on the way to the end of `text`, or null.
  std::shared_ptr<const milestone> last(std::string_view text) const;

  /// Remembers `beginning`, for a while.
  void add(std::string_view beginning, milestone x);

private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const milestone>, text_hash,
                     std::equal_to<>>
    known_;
};

} // namespace aura::dsl
