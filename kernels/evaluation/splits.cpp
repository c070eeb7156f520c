#include "kernels/evaluation/splits.hpp"

#include "kernels/base/hash.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace aura::evaluation {

namespace {

constexpr std::array<const char*, split_count> names
  = {"train", "eval", "L0", "L1"};

// Rows that stay together, in an order that only the seed and the key decide.
struct group {
  std::uint64_t order = 0;
  std::string_view key;
  std::vector<std::size_t> rows;
};

std::vector<group> grouped(std::span<const split_key> rows,
                           std::string_view split_key::*key,
                           const std::vector<std::size_t>& members,
                           std::uint64_t seed) {
  std::unordered_map<std::string_view, std::size_t> places;
  std::vector<group> out;
  for (auto row : members) {
    auto [place, added] = places.emplace(rows[row].*key, out.size());
    if (added)
      out.push_back({hash64(rows[row].*key, seed), rows[row].*key, {}});
    out[place->second].rows.push_back(row);
  }
  std::ranges::sort(out, [](const group& a, const group& b) {
    return a.order != b.order ? a.order < b.order : a.key < b.key;
  });
  return out;
}

class assignment {
public:
  assignment(std::span<const split_key> rows, const split_options& options)
    : rows_{rows}, options_{options}, out_(rows.size(), split::train) {
  }

  std::vector<split> run() && {
    auto structures
      = grouped(rows_, &split_key::structure, remaining(), options_.seed);
    auto most = std::max<std::size_t>(1, options_.l1 / 5);
    std::size_t reached = 0;
    take(structures, split::l1, options_.l1, most, reached);
    std::ranges::stable_sort(structures, {},
                             [](const group& x) { return x.rows.size(); });
    take(structures, split::l1, options_.l1, rows_.size(), reached);
    auto families
      = grouped(rows_, &split_key::family, remaining(), options_.seed + 1);
    reached = 0;
    take(families, split::l0, options_.l0, rows_.size(), reached);
    reached = 0;
    take(families, split::eval, options_.eval, rows_.size(), reached);
    return std::move(out_);
  }

private:
  // Rows that no test has.
  std::vector<std::size_t> remaining() const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < out_.size(); ++i)
      if (out_[i] == split::train)
        out.push_back(i);
    return out;
  }

  void take(const std::vector<group>& groups, split to, std::size_t target,
            std::size_t most, std::size_t& reached) {
    for (auto& x : groups) {
      if (reached >= target)
        return;
      auto leaves_enough = (taken_ + x.rows.size()) * 2 <= rows_.size();
      if (x.rows.size() > most || !leaves_enough
          || out_[x.rows.front()] != split::train)
        continue;
      for (auto row : x.rows)
        out_[row] = to;
      reached += x.rows.size();
      taken_ += x.rows.size();
    }
  }

  std::span<const split_key> rows_;
  const split_options& options_;
  std::vector<split> out_;
  std::size_t taken_ = 0;
};

} // namespace

const char* to_string(split x) {
  return names[static_cast<std::size_t>(x)];
}

std::vector<split> assign_splits(std::span<const split_key> rows,
                                 const split_options& options) {
  return assignment{rows, options}.run();
}

} // namespace aura::evaluation
