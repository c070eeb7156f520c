#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace aura::infill {

/// How varied the questions of a dataset are. A plain value; feed it from one
/// thread.
class diversity {
public:
  void add(std::string_view question);

  struct summary {
    std::size_t questions = 0;
    std::size_t distinct_questions = 0;
    std::size_t words = 0;
    std::size_t vocabulary = 0;
    /// Distinct n-grams over all n-grams; 0 if there are none.
    double distinct_1 = 0;
    double distinct_2 = 0;
    double distinct_3 = 0;
    double mean_words = 0;
    /// The commonest beginnings of three words and how often they occur.
    std::vector<std::pair<std::string, std::size_t>> openings;
  };

  /// With the `most` commonest openings.
  summary report(std::size_t most = 20) const;

private:
  std::size_t questions_ = 0;
  std::size_t grams_[3] = {0, 0, 0};
  std::unordered_map<std::string, std::size_t> distinct_[3];
  std::unordered_map<std::string, std::size_t> whole_;
  std::unordered_map<std::string, std::size_t> openings_;
};

} // namespace aura::infill
