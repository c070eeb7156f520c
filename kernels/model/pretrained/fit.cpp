#include "kernels/model/pretrained/fit.hpp"

#include <algorithm>
#include <functional>
#include <optional>

namespace aura::model {

namespace {

constexpr std::size_t gib(std::size_t x) {
  return x << 30;
}

// Less than is printed on the box: the driver keeps some for itself.
constexpr card known_cards[] = {
  {"t4", gib(15)},       {"rtx-3060", gib(12)}, {"rtx-4080", gib(15)},
  {"rtx-3090", gib(23)}, {"rtx-4090", gib(23)}, {"l4", gib(22)},
  {"rtx-5090", gib(31)}, {"v100-32", gib(31)},  {"a100-40", gib(39)},
  {"a6000", gib(47)},    {"l40s", gib(44)},     {"rtx-6000-ada", gib(47)},
  {"a100-80", gib(79)},  {"h100-80", gib(79)},  {"rtx-pro-6000", gib(95)},
  {"h200", gib(139)},    {"b200", gib(178)},
};

/// One thing to change; false if it is so already.
struct change {
  std::string text;
  std::function<bool(tuner_options&, micro_batch&)> apply;
};

std::vector<change> changes_of(const micro_batch& batch) {
  auto result = std::vector<change>{
    {"recompute: true",
     [](tuner_options& x, micro_batch&) {
       return !std::exchange(x.recompute, true);
     }},
    {"moments: 8-bit",
     [](tuner_options& x, micro_batch&) {
       return std::exchange(x.moments, moments_kind::bits8)
              != moments_kind::bits8;
     }},
    {"base: nf4",
     [](tuner_options& x, micro_batch&) {
       return std::exchange(x.base, base_kind::nf4) != base_kind::nf4;
     }},
  };
  for (auto tokens = batch.tokens / 2; tokens >= 512; tokens /= 2)
    result.push_back(
      {"pass-tokens: " + std::to_string(tokens)
         + (tokens < batch.longest ? ", length: " + std::to_string(tokens)
                                   : ""),
       [tokens](tuner_options&, micro_batch& y) {
         y.tokens = std::min(y.tokens, tokens);
         y.supervised = std::min(y.supervised, tokens);
         y.longest = std::min(y.longest, tokens);
         return true;
       }});
  result.push_back({"train-embedding: false, train-head: false",
                    [](tuner_options& x, micro_batch&) {
                      const auto whole
                        = x.lora.train_embedding || x.lora.train_head;
                      x.lora.train_embedding = x.lora.train_head = false;
                      return whole;
                    }});
  result.push_back({"rank: 16", [](tuner_options& x, micro_batch&) {
                      const auto lower = x.lora.rank > 16;
                      x.lora.rank = std::min<std::size_t>(x.lora.rank, 16);
                      return lower;
                    }});
  return result;
}

std::optional<std::size_t> total_of(const architecture& x,
                                    const tuner_options& options,
                                    const micro_batch& batch) {
  const auto layout = lay_out(x, options.lora);
  if (!layout)
    return std::nullopt;
  return plan_memory(x, *layout, options, batch).total();
}

} // namespace

std::span<const card> cards() {
  return known_cards;
}

const card* find_card(std::string_view name) {
  const auto* found
    = std::find_if(std::begin(known_cards), std::end(known_cards),
                   [&](const card& x) { return x.name == name; });
  return found == std::end(known_cards) ? nullptr : found;
}

std::vector<remedy> remedies(const architecture& x,
                             const tuner_options& options,
                             const micro_batch& batch, std::size_t room) {
  auto result = std::vector<remedy>{};
  auto shorter = false;
  for (const auto& one : changes_of(batch)) {
    auto changed = options;
    auto smaller = batch;
    const auto length = one.text.starts_with("pass-tokens");
    // Of the lengths, the longest that fits is enough.
    if ((length && shorter) || !one.apply(changed, smaller))
      continue;
    const auto total = total_of(x, changed, smaller);
    if (!total || *total > room)
      continue;
    shorter = shorter || length;
    result.push_back({one.text, *total});
  }
  if (!result.empty())
    return result;
  auto changed = options;
  auto smaller = batch;
  auto texts = std::vector<std::string>{};
  for (const auto& one : changes_of(batch)) {
    if (!one.apply(changed, smaller))
      continue;
    if (one.text.starts_with("pass-tokens") && !texts.empty()
        && texts.back().starts_with("pass-tokens"))
      texts.pop_back();
    texts.push_back(one.text);
    const auto total = total_of(x, changed, smaller);
    if (!total || *total > room)
      continue;
    auto all = std::string{};
    for (const auto& text : texts)
      all += (all.empty() ? "" : ", ") + text;
    return {{all, *total}};
  }
  return {};
}

} // namespace aura::model
