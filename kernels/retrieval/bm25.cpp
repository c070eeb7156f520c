#include "kernels/retrieval/bm25.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace aura::retrieval {

namespace {

constexpr auto k1 = 1.2;
constexpr auto b = 0.75;

} // namespace

bm25::bm25(const std::vector<terms>& documents) : documents_{documents.size()} {
  auto total = 0.0;
  for (const auto& x : documents)
    total += static_cast<double>(x.size());
  const auto mean = std::max(
    1.0, total / static_cast<double>(std::max<std::size_t>(1, documents_)));
  for (std::size_t i = 0; i < documents.size(); ++i) {
    std::map<std::string, double> counts;
    for (const auto& term : documents[i])
      counts[term] += 1;
    const auto length = static_cast<double>(documents[i].size()) / mean;
    for (const auto& [term, n] : counts)
      postings_[term].push_back(
        {static_cast<std::uint32_t>(i),
         n * (k1 + 1) / (n + k1 * (1 - b + b * length))});
  }
}

std::vector<double> bm25::scores(const terms& query) const {
  auto result = std::vector<double>(documents_);
  for (const auto& term : query) {
    const auto found = postings_.find(term);
    if (found == postings_.end())
      continue;
    const auto n = static_cast<double>(found->second.size());
    const auto idf
      = std::log(1 + (static_cast<double>(documents_) - n + 0.5) / (n + 0.5));
    for (const auto& x : found->second)
      result[x.document] += idf * x.weight;
  }
  return result;
}

} // namespace aura::retrieval
