#include "kernels/model/pretrained/passes.hpp"

#include <algorithm>
#include <cassert>

namespace aura::model {

namespace {

/// A pass that shares nothing and still has room.
struct open_pass {
  group members;
  std::size_t tokens = 0;
};

std::vector<tuning_pass> pack_by_length(const std::vector<example>& examples,
                                        group singles,
                                        const pass_limits& limits) {
  std::stable_sort(singles.begin(), singles.end(), [&](auto a, auto b) {
    return tokens_of(examples[a]) > tokens_of(examples[b]);
  });
  auto open = std::vector<open_pass>{};
  for (auto i : singles) {
    const auto tokens = tokens_of(examples[i]);
    auto found = std::find_if(open.begin(), open.end(), [&](const auto& x) {
      return x.members.size() < limits.examples
             && x.tokens + tokens <= limits.tokens;
    });
    if (found == open.end())
      found = open.insert(open.end(), open_pass{});
    found->members.push_back(i);
    found->tokens += tokens;
  }
  auto result = std::vector<tuning_pass>{};
  for (auto& x : open)
    result.push_back({std::move(x.members), false});
  return result;
}

} // namespace

std::size_t tokens_of(const example& x) {
  return x.context.size() + x.question.size() + x.answer.size() - 1;
}

tuning_window cut_passes(const std::vector<example>& examples,
                         const std::vector<group>& groups,
                         const pass_limits& limits) {
  auto result = tuning_window{};
  auto singles = group{};
  for (const auto& members : groups) {
    const auto context = examples[members.front()].context.size();
    if (members.size() == 1 || context == 0) {
      singles.insert(singles.end(), members.begin(), members.end());
      continue;
    }
    auto pass = tuning_pass{{}, true};
    auto tokens = context;
    for (auto i : members) {
      const auto own = tokens_of(examples[i]) - context;
      if (!pass.members.empty() && tokens + own > limits.tokens) {
        result.push_back(std::move(pass));
        pass = {{}, true};
        tokens = context;
      }
      pass.members.push_back(i);
      tokens += own;
    }
    result.push_back(std::move(pass));
  }
  for (auto& x : pack_by_length(examples, std::move(singles), limits))
    result.push_back(std::move(x));
  return result;
}

std::vector<tuning_window> plan_windows(const std::vector<example>& examples,
                                        const pass_limits& limits,
                                        std::size_t size, std::uint64_t seed,
                                        std::size_t epoch) {
  auto result = std::vector<tuning_window>{};
  auto open = std::vector<group>{};
  auto count = std::size_t{0};
  for (auto& x : plan_epoch(examples, limits.group, seed, epoch)) {
    count += x.size();
    open.push_back(std::move(x));
    if (count < size)
      continue;
    result.push_back(cut_passes(examples, open, limits));
    open.clear();
    count = 0;
  }
  if (!open.empty())
    result.push_back(cut_passes(examples, open, limits));
  return result;
}

packed_sequence pack_apart(std::span<const example* const> examples) {
  auto out = packed_sequence{};
  for (const auto* x : examples) {
    assert(!x->question.empty() && !x->answer.empty());
    const auto begin = static_cast<std::uint32_t>(out.tokens.size());
    for (const auto* part : {&x->context, &x->question, &x->answer})
      out.tokens.insert(out.tokens.end(), part->begin(), part->end());
    // The answer's last token is predicted and never read.
    out.tokens.pop_back();
    const auto end = static_cast<std::uint32_t>(out.tokens.size());
    for (auto i = begin; i < end; ++i)
      out.positions.push_back(i - begin);
    const auto asked
      = static_cast<std::uint32_t>(x->context.size() + x->question.size());
    out.segments.push_back({begin, begin + asked - 1, end});
    out.targets.insert(out.targets.end(), x->answer.begin(), x->answer.end());
  }
  return out;
}

packed_sequence pack_pass(const std::vector<example>& examples,
                          const tuning_pass& pass) {
  auto members = std::vector<const example*>{};
  for (auto i : pass.members)
    members.push_back(&examples[i]);
  return pass.shared ? pack(members) : pack_apart(members);
}

} // namespace aura::model
