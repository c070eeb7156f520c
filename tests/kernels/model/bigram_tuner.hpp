#pragma once

#include "kernels/base/random.hpp"
#include "kernels/model/pretrained/tuner.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>

/// The smallest thing that can be fine-tuned: what comes next depends on the
/// last token alone, logit(next) = Σ_r B[next][r] · A[r][last] + H[last][next].
/// Gradients are summed in double, moved with momentum.
namespace aura::model {

class bigram_tuner : public tuner {
public:
  static constexpr std::size_t vocabulary = 16;
  static constexpr std::size_t rank = 2;

  explicit bigram_tuner(bool with_head = true, std::uint64_t seed = 1)
    : seed_{seed} {
    layout_.adapters.push_back({"toy", 0, linear_role::qkv, 0, vocabulary,
                                vocabulary, rank, 0, rank * vocabulary});
    layout_.size = 2 * rank * vocabulary;
    if (with_head) {
      layout_.head = {"head.weight", vocabulary, vocabulary, layout_.size};
      layout_.size += vocabulary * vocabulary;
    }
    trained_.resize(layout_.size);
    auto random = random_stream{seed, "bigram"};
    for (std::size_t i = 0; i < rank * vocabulary; ++i)
      trained_[i] = static_cast<float>(random.uniform() - 0.5);
    gradient_.resize(layout_.size);
    momentum_.resize(layout_.size);
  }

  const trainable_layout& layout() const override {
    return layout_;
  }

  expected<pass_result> evaluate(const packed_sequence& sequence) override {
    return look(sequence, 0, nullptr);
  }

  expected<pass_result> accumulate(const packed_sequence& sequence,
                                   float weight, std::uint64_t pass) override {
    passes.push_back(pass);
    if (bad_passes.contains(pass)) {
      gradient_.front() = std::numeric_limits<double>::quiet_NaN();
      return look(sequence, 0, nullptr);
    }
    auto random = random_stream{seed_, "dropout", pass};
    return look(sequence, weight, dropout > 0 ? &random : nullptr);
  }

  gradient_norms norms() const override {
    const auto norm = [&](std::size_t begin, std::size_t end) {
      auto sum = 0.0;
      for (auto i = begin; i < end; ++i)
        sum += gradient_[i] * gradient_[i];
      return std::sqrt(sum);
    };
    const auto whole = 2 * rank * vocabulary;
    return {norm(0, whole), norm(whole, layout_.size)};
  }

  status step(const step_plan& plan) override {
    plans.push_back(plan);
    const auto whole = 2 * rank * vocabulary;
    for (std::size_t i = 0; i < layout_.size; ++i) {
      const auto scale = i < whole ? plan.scale : plan.whole_scale;
      const auto rate = i < whole ? plan.rate : plan.whole_rate;
      momentum_[i]
        = 0.5f * momentum_[i] + static_cast<float>(scale * gradient_[i]);
      if (frozen_head && i >= whole)
        continue;
      trained_[i] *= static_cast<float>(1 - rate * decay);
      if (!deaf_head || i < whole)
        trained_[i] -= static_cast<float>(rate) * momentum_[i];
    }
    discard();
    return ok;
  }

  void discard() override {
    std::fill(gradient_.begin(), gradient_.end(), 0.0);
  }

  expected<std::vector<float>> trained() const override {
    return trained_;
  }

  status restore(std::span<const float> trained) override {
    trained_.assign(trained.begin(), trained.end());
    return ok;
  }

  expected<std::vector<std::byte>> optimizer_state() const override {
    auto bytes = std::vector<std::byte>(momentum_.size() * sizeof(float));
    std::memcpy(bytes.data(), momentum_.data(), bytes.size());
    return bytes;
  }

  status restore_optimizer(std::span<const std::byte> state) override {
    std::memcpy(momentum_.data(), state.data(), state.size());
    return ok;
  }

  double weight_decay() const override {
    return decay;
  }

  std::size_t peak_bytes() const override {
    return 0;
  }

  /// Share of the training's targets whose gradient is left out.
  double dropout = 0;
  /// Passes whose gradient is no number.
  std::set<std::uint64_t> bad_passes;
  /// Leaves the head out of its steps, as a broken trainer would.
  bool frozen_head = false;
  /// Drops the gradient of the head, as a broken trainer would.
  bool deaf_head = false;
  double decay = 0;
  /// What was asked for.
  std::vector<std::uint64_t> passes;
  std::vector<step_plan> plans;

private:
  pass_result look(const packed_sequence& sequence, double weight,
                   random_stream* random) {
    auto result = pass_result{};
    auto next = std::size_t{0};
    const auto first = sequence.context > 0 ? 1u : 0u;
    for (auto s = first; s < sequence.segments.size(); ++s) {
      auto exact = true;
      for (auto row = sequence.segments[s].query;
           row < sequence.segments[s].end; ++row) {
        const auto last = static_cast<std::size_t>(sequence.tokens[row]);
        const auto wanted = static_cast<std::size_t>(sequence.targets[next++]);
        const auto p = probabilities(last);
        result.loss -= std::log(p[wanted]);
        ++result.supervised;
        exact = exact
                && std::max_element(p.begin(), p.end()) - p.begin()
                     == static_cast<std::ptrdiff_t>(wanted);
        const auto kept = random == nullptr || !random->chance(dropout);
        if (weight != 0 && kept)
          add(last, wanted, p, weight);
      }
      result.exact += exact;
      ++result.examples;
    }
    return result;
  }

  float a(std::size_t r, std::size_t last) const {
    return trained_[r * vocabulary + last];
  }

  float b(std::size_t next, std::size_t r) const {
    return trained_[rank * vocabulary + next * rank + r];
  }

  std::vector<double> probabilities(std::size_t last) const {
    auto p = std::vector<double>(vocabulary);
    auto sum = 0.0;
    for (std::size_t i = 0; i < vocabulary; ++i) {
      auto logit
        = layout_.head
            ? double{trained_[layout_.head->offset + last * vocabulary + i]}
            : 0.0;
      for (std::size_t r = 0; r < rank; ++r)
        logit += b(i, r) * a(r, last);
      sum += p[i] = std::exp(logit);
    }
    for (auto& x : p)
      x /= sum;
    return p;
  }

  void add(std::size_t last, std::size_t wanted, const std::vector<double>& p,
           double weight) {
    for (std::size_t i = 0; i < vocabulary; ++i) {
      const auto d = weight * (p[i] - (i == wanted ? 1 : 0));
      for (std::size_t r = 0; r < rank; ++r) {
        gradient_[r * vocabulary + last] += d * b(i, r);
        gradient_[rank * vocabulary + i * rank + r] += d * a(r, last);
      }
      if (layout_.head)
        gradient_[layout_.head->offset + last * vocabulary + i] += d;
    }
  }

  trainable_layout layout_;
  std::vector<float> trained_;
  std::vector<double> gradient_;
  std::vector<float> momentum_;
  std::uint64_t seed_;
};

} // namespace aura::model
