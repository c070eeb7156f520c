#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace aura::retrieval {

/// The lexical ranker: Okapi BM25 (Robertson and Zaragoza, 2009) with k1 = 1.2
/// and b = 0.75. Frozen after construction, hence safe to read from any thread.
class bm25 {
public:
  using terms = std::vector<std::string>;

  /// Indexes one document per element; its position is its number.
  explicit bm25(const std::vector<terms>& documents);

  /// The score of every document for `query`; 0 where they share no term.
  std::vector<double> scores(const terms& query) const;

private:
  struct posting {
    std::uint32_t document;
    double weight; // term frequency, saturated and normalised by length
  };

  std::unordered_map<std::string, std::vector<posting>> postings_;
  std::size_t documents_ = 0;
};

} // namespace aura::retrieval
