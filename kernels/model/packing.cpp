#include "kernels/model/packing.hpp"

#include <cassert>

namespace aura::model {

namespace {

void append(packed_sequence& out, const std::vector<std::int32_t>& ids,
            std::size_t count, std::size_t position) {
  for (std::size_t i = 0; i < count; ++i) {
    out.tokens.push_back(ids[i]);
    out.positions.push_back(static_cast<std::uint32_t>(position + i));
  }
}

} // namespace

packed_sequence pack(std::span<const example* const> examples) {
  packed_sequence out;
  if (examples.empty())
    return out;
  const auto& context = examples.front()->context;
  out.context = context.size();
  append(out, context, context.size(), 0);
  const auto end_of_context = static_cast<std::uint32_t>(context.size());
  // The context asks too: its rows feed the keys of the next layer.
  if (!context.empty())
    out.segments.push_back({0, 0, end_of_context});
  for (const auto* x : examples) {
    assert(!x->question.empty() && !x->answer.empty());
    assert(x->context == context);
    const auto begin = static_cast<std::uint32_t>(out.tokens.size());
    append(out, x->question, x->question.size(), context.size());
    append(out, x->answer, x->answer.size() - 1,
           context.size() + x->question.size());
    const auto first = begin + static_cast<std::uint32_t>(x->question.size());
    out.segments.push_back(
      {begin, first - 1, static_cast<std::uint32_t>(out.tokens.size())});
    out.targets.insert(out.targets.end(), x->answer.begin(), x->answer.end());
  }
  return out;
}

} // namespace aura::model
