#include "kernels/evaluation/minhash.hpp"

#include "kernels/base/random.hpp"

#include <algorithm>
#include <cassert>

namespace aura::evaluation {

namespace {

constexpr std::size_t permutations = std::tuple_size_v<signature>;

// Rows of one band value beyond these are not compared: a phrase that every
// question begins with must not make the search quadratic.
constexpr std::size_t most_equal = 64;

struct multipliers {
  std::array<std::uint32_t, permutations> factor{};
  std::array<std::uint32_t, permutations> offset{};
};

constexpr multipliers make_multipliers() {
  multipliers out;
  for (std::size_t i = 0; i < permutations; ++i) {
    out.factor[i] = static_cast<std::uint32_t>(mix64(2 * i)) | 1;
    out.offset[i] = static_cast<std::uint32_t>(mix64(2 * i + 1));
  }
  return out;
}

constexpr auto linear = make_multipliers();

std::uint32_t tag_of(const signature& x, std::size_t band) {
  constexpr std::size_t rows = 4;
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < rows; ++i)
    out = mix64(out ^ x[band * rows + i]);
  return static_cast<std::uint32_t>(out);
}

} // namespace

signature minhash(std::span<const std::uint64_t> items) {
  assert(!items.empty());
  signature out;
  out.fill(~std::uint32_t{0});
  // The inner loop has no branches, so that compilers make vectors of it. The
  // high bits of a product are the well mixed ones, hence the fold.
  for (auto item : items) {
    auto x = static_cast<std::uint32_t>(mix64(item));
    for (std::size_t i = 0; i < permutations; ++i) {
      auto h = linear.factor[i] * x + linear.offset[i];
      h ^= h >> 16;
      h *= 0x7feb352d;
      h ^= h >> 15;
      out[i] = std::min(out[i], h);
    }
  }
  return out;
}

double jaccard(std::span<const std::uint32_t> a,
               std::span<const std::uint32_t> b) {
  std::size_t common = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    common += a[i] == b[j];
    auto step_a = a[i] <= b[j];
    auto step_b = b[j] <= a[i];
    i += step_a;
    j += step_b;
  }
  auto all = a.size() + b.size() - common;
  return all == 0 ? 1 : static_cast<double>(common) / static_cast<double>(all);
}

void similarity_index::look_at(std::span<const std::uint64_t> items) {
  current_.clear();
  for (auto x : items)
    current_.push_back(static_cast<std::uint32_t>(x >> 32));
  std::ranges::sort(current_);
  auto repeated = std::ranges::unique(current_);
  current_.erase(repeated.begin(), repeated.end());
  auto hashes = minhash(items);
  for (std::size_t band = 0; band < bands; ++band)
    tags_[band] = tag_of(hashes, band);
}

bool similarity_index::similar(double threshold) {
  ++queries_;
  for (std::size_t band = 0; band < bands; ++band) {
    auto& table = tables_[band];
    if (table.empty())
      return false;
    auto mask = table.size() - 1;
    for (auto i = tags_[band] & mask; table[i].row != 0; i = (i + 1) & mask) {
      if (table[i].tag != tags_[band])
        continue;
      auto row = table[i].row - 1;
      if (compared_[row] == queries_)
        continue;
      compared_[row] = queries_;
      auto first = ends_[row];
      auto count = ends_[row + 1] - first;
      if (jaccard(current_, std::span{members_}.subspan(first, count))
          >= threshold)
        return true;
    }
  }
  return false;
}

void similarity_index::put(std::vector<slot>& table, slot added) {
  auto mask = table.size() - 1;
  std::size_t equal = 0;
  auto i = added.tag & mask;
  for (; table[i].row != 0; i = (i + 1) & mask)
    if (table[i].tag == added.tag && ++equal == most_equal)
      return;
  table[i] = added;
}

void similarity_index::remember() {
  auto row = static_cast<std::uint32_t>(compared_.size()) + 1;
  // Grow before a table is two thirds full.
  if (tables_[0].size() * 2 < std::size_t{row} * 3) {
    for (auto& table : tables_) {
      std::vector<slot> wider(std::max<std::size_t>(1024, table.size() * 2));
      for (auto& x : table)
        if (x.row != 0)
          put(wider, x);
      table = std::move(wider);
    }
  }
  for (std::size_t band = 0; band < bands; ++band)
    put(tables_[band], {tags_[band], row});
  members_.insert(members_.end(), current_.begin(), current_.end());
  ends_.push_back(members_.size());
  compared_.push_back(0);
}

bool similarity_index::add_if_new(std::span<const std::uint64_t> items,
                                  double threshold) {
  if (contains_similar(items, threshold))
    return false;
  if (!items.empty())
    remember();
  return true;
}

bool similarity_index::contains_similar(std::span<const std::uint64_t> items,
                                        double threshold) {
  if (items.empty())
    return false;
  look_at(items);
  return similar(threshold);
}

} // namespace aura::evaluation
