#pragma once

#include "kernels/model/example.hpp"
#include "kernels/ops/table.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace aura::model {

/// Several questions over one context, side by side in one sequence: the
/// context's tokens are computed once. Every question sees the context and
/// itself, at the positions it would have alone.
struct packed_sequence {
  std::vector<std::int32_t> tokens;
  std::vector<std::uint32_t> positions;
  std::size_t context = 0;
  /// One for the context, if there is any, then one an example. `query` is the
  /// row that predicts the first token of the answer.
  std::vector<ops::segment> segments;
  /// What rows [query, end) of all segments but the context's should predict,
  /// in their order.
  std::vector<std::int32_t> targets;

  /// The segments but the context's.
  std::span<const ops::segment> examples() const {
    return std::span{segments}.subspan(context > 0 ? 1 : 0);
  }

  /// The rows that `targets` are of, in their order.
  template <class Integer = std::uint32_t>
  std::vector<Integer> asking() const {
    std::vector<Integer> result;
    result.reserve(targets.size());
    for (const auto& s : examples())
      for (auto row = s.query; row < s.end; ++row)
        result.push_back(row);
    return result;
  }
};

/// Packs `examples`, which share their context. The answer's last token is
/// predicted and never read.
/// @pre every example has a question and an answer
packed_sequence pack(std::span<const example* const> examples);

} // namespace aura::model
