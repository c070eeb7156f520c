#include "kernels/retrieval/embedding.hpp"

#include "kernels/base/hash.hpp"
#include "kernels/retrieval/words.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_set>

namespace aura::retrieval {

namespace {

/// Calls `use` with the hash of each word and each n-gram of the padded word.
template <class Use>
void features(std::string_view text, Use use) {
  for (const auto& word : words(text)) {
    use(hash64(word, 1));
    const auto padded = "^" + word + "$";
    for (std::size_t n = 3; n <= 5; ++n)
      for (std::size_t i = 0; i + n <= padded.size(); ++i)
        use(hash64(std::string_view{padded}.substr(i, n), 2));
  }
}

} // namespace

hashed_embedder::hashed_embedder(const std::vector<std::string>& documents,
                                 std::size_t dimension)
  : dimension_{dimension} {
  std::unordered_map<std::uint64_t, std::size_t> seen_in;
  for (const auto& x : documents) {
    std::unordered_set<std::uint64_t> here;
    features(x, [&](std::uint64_t feature) { here.insert(feature); });
    for (auto feature : here)
      ++seen_in[feature];
  }
  const auto n = static_cast<double>(documents.size());
  const auto idf = [n](double count) {
    return static_cast<float>(std::log(1 + (n - count + 0.5) / (count + 0.5)));
  };
  for (const auto& [feature, count] : seen_in)
    rarity_[feature] = idf(static_cast<double>(count));
  unseen_ = idf(0);
}

std::vector<float> hashed_embedder::embed(std::string_view text) const {
  auto result = std::vector<float>(dimension_);
  features(text, [&](std::uint64_t feature) {
    const auto found = rarity_.find(feature);
    const auto weight = found == rarity_.end() ? unseen_ : found->second;
    result[feature % dimension_] += (feature >> 63) != 0 ? weight : -weight;
  });
  auto square = 0.0;
  for (auto x : result)
    square += static_cast<double>(x) * x;
  if (square > 0)
    for (auto& x : result)
      x = static_cast<float>(x / std::sqrt(square));
  return result;
}

} // namespace aura::retrieval
