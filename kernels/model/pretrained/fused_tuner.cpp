#include "kernels/model/pretrained/fused_tuner.hpp"

#include "kernels/model/pretrained/nf4_weight.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace aura::model {

namespace {

/// Squares are summed in parts of this many floats, and those in order.
constexpr std::size_t norm_part = 1 << 16;

std::size_t bytes_in(const model_weights& x) {
  auto result = std::size_t{0};
  const auto add = [&](const weight& one) {
    result
      += one.bytes.size() + one.scales.codes.size()
         + (one.scales.plain.size() + one.scales.nested.size()) * sizeof(float);
  };
  for (const auto& layer : x.layers) {
    for (const auto* one :
         {&layer.input_norm, &layer.post_norm, &layer.output, &layer.down})
      add(*one);
    for (const auto* many :
         {&layer.qkv.parts, &layer.gate_up.parts, &layer.qkv_bias})
      for (const auto& one : *many)
        add(one);
  }
  add(x.embedding);
  add(x.norm);
  if (x.head)
    add(*x.head);
  return result;
}

} // namespace

fused_tuner::fused_tuner(trainable_layout layout, const tuner_options& options)
  : options_{options}, layout_{std::move(layout)},
    workers_{std::max<std::size_t>(options.threads, 1)}, moments_{layout_,
                                                                  options} {
}

expected<std::unique_ptr<tuner>>
fused_tuner::make(const model_weights& weights, const tuner_options& options) {
  if (options.device != "cpu")
    return fault{errc::unsupported, "the fused engine runs on 'cpu', found '"
                                      + options.device + "'"};
  auto layout = lay_out(weights.shape, options.lora);
  if (!layout)
    return layout.error();
  std::unique_ptr<fused_tuner> result{
    new fused_tuner{*std::move(layout), options}};
  auto& x = *result;
  x.values_ = initial_trainables(weights, x.layout_, options.seed);
  x.gradients_.resize(x.layout_.size);
  x.weights_
    = options.base == base_kind::nf4 ? as_nf4(weights, x.workers_) : weights;
  auto decoder = freeze(x.weights_, &x.layout_, x.values_);
  if (!decoder)
    return decoder.error();
  x.decoder_ = *std::move(decoder);
  x.pass_ = std::make_unique<fused_decoder>(fused_parts{
    .decoder = x.decoder_,
    .layout = x.layout_,
    .lora = x.options_.lora,
    .values = x.values_,
    .workers = x.workers_,
    .recompute = options.recompute,
    .seed = options.seed,
  });
  return std::unique_ptr<tuner>{std::move(result)};
}

status fused_tuner::check(const packed_sequence& sequence) const {
  const auto& shape = decoder_.shape;
  for (auto id : sequence.tokens)
    if (id < 0 || static_cast<std::size_t>(id) >= shape.vocabulary)
      return fault{errc::unknown_token,
                   "a token lies outside the vocabulary of "
                     + std::to_string(shape.vocabulary) + ": "
                     + std::to_string(id)};
  for (auto position : sequence.positions)
    if (position >= shape.positions)
      return fault{errc::too_long,
                   "a text has at most " + std::to_string(shape.positions)
                     + " tokens, found position " + std::to_string(position)};
  return ok;
}

expected<pass_result> fused_tuner::evaluate(const packed_sequence& sequence) {
  if (auto checked = check(sequence); !checked)
    return checked.error();
  return pass_->evaluate(sequence);
}

expected<pass_result> fused_tuner::accumulate(const packed_sequence& sequence,
                                              float weight,
                                              std::uint64_t pass) {
  if (auto checked = check(sequence); !checked)
    return checked.error();
  return pass_->accumulate(sequence, weight, pass, gradients_);
}

gradient_norms fused_tuner::norms() const {
  const auto whole
    = std::min(layout_.embedding ? layout_.embedding->offset : layout_.size,
               layout_.head ? layout_.head->offset : layout_.size);
  const auto norm = [&](std::size_t begin, std::size_t end) {
    std::vector<double> parts((end - begin + norm_part - 1) / norm_part);
    workers_.run(parts.size(), [&](std::size_t i, std::size_t) {
      const auto at = begin + i * norm_part;
      parts[i] = ops::best().squares(gradients_.data() + at,
                                     std::min(norm_part, end - at));
    });
    return std::sqrt(std::accumulate(parts.begin(), parts.end(), 0.0));
  };
  return {norm(0, whole), norm(whole, layout_.size)};
}

status fused_tuner::step(const step_plan& plan) {
  moments_.step(plan, values_, gradients_, workers_);
  discard();
  return ok;
}

void fused_tuner::discard() {
  std::fill(gradients_.begin(), gradients_.end(), 0.0f);
}

expected<std::vector<float>> fused_tuner::trained() const {
  return values_;
}

status fused_tuner::restore(std::span<const float> trained) {
  if (trained.size() != values_.size())
    return fault{errc::shape_mismatch, "expected "
                                         + std::to_string(values_.size())
                                         + " trained values, found "
                                         + std::to_string(trained.size())};
  // The decoder points into the buffer.
  std::copy(trained.begin(), trained.end(), values_.begin());
  return ok;
}

expected<std::vector<std::byte>> fused_tuner::optimizer_state() const {
  return moments_.save();
}

status fused_tuner::restore_optimizer(std::span<const std::byte> state) {
  return moments_.restore(state);
}

std::size_t fused_tuner::peak_bytes() const {
  return bytes_in(weights_) + moments_.bytes()
         + (values_.capacity() + gradients_.capacity()) * sizeof(float)
         + pass_->bytes();
}

} // namespace aura::model
