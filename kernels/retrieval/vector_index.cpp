#include "kernels/retrieval/vector_index.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-compare"
#include <hnswlib/hnswlib.h>
#pragma GCC diagnostic pop

#include <algorithm>
#include <cmath>
#include <exception>
#include <string>

namespace aura::retrieval {

namespace {

constexpr std::size_t links = 16;
constexpr std::size_t ef_while_building = 200;

bool better(const neighbour& a, const neighbour& b) {
  return a.similarity != b.similarity ? a.similarity > b.similarity
                                      : a.id < b.id;
}

float dot(std::span<const float> a, std::span<const float> b) {
  auto sum = 0.0f;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += a[i] * b[i];
  return sum;
}

} // namespace

/// hnswlib's index. Its `ef` is state of the object, and searches from several
/// threads must agree on it, so it is set once: k is at most `largest_k`.
struct vector_index::graph {
  static constexpr std::size_t largest_k = 64;

  graph(std::size_t dimension, std::size_t count)
    : space{dimension}, index{&space, count, links, ef_while_building} {
    index.setEf(std::max<std::size_t>(100, 4 * largest_k));
  }

  hnswlib::InnerProductSpace space;
  hnswlib::HierarchicalNSW<float> index;
};

expected<vector_index>
vector_index::build(std::vector<std::vector<float>> vectors,
                    std::size_t exact_below) {
  auto result = vector_index{};
  result.dimension_ = vectors.empty() ? 0 : vectors.front().size();
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    const auto& x = vectors[i];
    if (x.size() != result.dimension_)
      return fault{errc::shape_mismatch,
                   "vector " + std::to_string(i) + " has another dimension"};
    const auto square = dot(x, x);
    if (!std::isfinite(square) || square == 0)
      return fault{errc::invalid_option, "vector " + std::to_string(i)
                                           + " has no finite length above 0"};
  }
  result.vectors_ = std::move(vectors);
  if (result.vectors_.size() < exact_below)
    return result;
  try {
    auto built
      = std::make_shared<graph>(result.dimension_, result.vectors_.size());
    for (std::size_t i = 0; i < result.vectors_.size(); ++i)
      built->index.addPoint(result.vectors_[i].data(), i);
    result.graph_ = std::move(built);
  } catch (const std::exception& x) {
    return fault{errc::internal, std::string{"hnswlib: "} + x.what()};
  }
  return result;
}

std::vector<neighbour>
vector_index::search_exactly(std::span<const float> query,
                             std::size_t k) const {
  std::vector<neighbour> result;
  if (query.size() != dimension_)
    return result;
  result.reserve(vectors_.size());
  for (std::size_t i = 0; i < vectors_.size(); ++i)
    result.push_back({static_cast<std::uint32_t>(i), dot(query, vectors_[i])});
  k = std::min(k, result.size());
  std::partial_sort(result.begin(),
                    result.begin() + static_cast<std::ptrdiff_t>(k),
                    result.end(), better);
  result.resize(k);
  return result;
}

std::vector<neighbour> vector_index::search(std::span<const float> query,
                                            std::size_t k) const {
  if (!graph_ || k > graph::largest_k || query.size() != dimension_)
    return search_exactly(query, k);
  std::vector<neighbour> result;
  try {
    auto found = graph_->index.searchKnn(query.data(), k);
    for (; !found.empty(); found.pop()) {
      const auto id = static_cast<std::uint32_t>(found.top().second);
      result.push_back({id, dot(query, vectors_[id])});
    }
  } catch (const std::exception&) {
    result.clear();
  }
  if (result.size() < std::min(k, vectors_.size()))
    return search_exactly(query, k);
  std::sort(result.begin(), result.end(), better);
  return result;
}

} // namespace aura::retrieval
