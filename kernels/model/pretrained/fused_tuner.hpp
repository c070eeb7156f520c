#pragma once

#include "kernels/model/pretrained/fused_decoder.hpp"
#include "kernels/model/pretrained/moments.hpp"
#include "kernels/model/pretrained/tuner.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace aura::model {

/// The tuner over kernels of ours, on the CPU.
class fused_tuner final : public tuner {
public:
  static expected<std::unique_ptr<tuner>> make(const model_weights& weights,
                                               const tuner_options& options);

  const trainable_layout& layout() const override {
    return layout_;
  }

  expected<pass_result> evaluate(const packed_sequence& sequence) override;
  expected<pass_result> accumulate(const packed_sequence& sequence,
                                   float weight, std::uint64_t pass) override;
  gradient_norms norms() const override;
  status step(const step_plan& plan) override;
  void discard() override;
  expected<std::vector<float>> trained() const override;
  status restore(std::span<const float> trained) override;
  expected<std::vector<std::byte>> optimizer_state() const override;
  status restore_optimizer(std::span<const std::byte> state) override;
  std::size_t peak_bytes() const override;

  double weight_decay() const override {
    return options_.weight_decay;
  }

  /// What accumulate() has gathered, as layout() says: for tests.
  std::span<const float> gradients() const {
    return gradients_;
  }

  /// Logits of the supervised rows: for tests.
  std::vector<float> logits(const packed_sequence& sequence) {
    return pass_->logits(sequence);
  }

private:
  fused_tuner(trainable_layout layout, const tuner_options& options);

  status check(const packed_sequence& sequence) const;

  tuner_options options_;
  trainable_layout layout_;
  mutable crew workers_;
  /// Keeps the bytes that the decoder points to.
  model_weights weights_;
  frozen_decoder decoder_;
  std::vector<float> values_, gradients_;
  moments moments_;
  std::unique_ptr<fused_decoder> pass_;
};

} // namespace aura::model
