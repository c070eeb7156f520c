#include "kernels/model/torch_decoder.hpp"

#include "kernels/model/rope.hpp"

// libtorch's headers do not compile cleanly under our warnings.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include <torch/torch.h>
#pragma GCC diagnostic pop

#include <exception>

namespace aura::model {

namespace {

using torch::Tensor;
using torch::indexing::Slice;

std::int64_t wide(std::size_t x) {
  return static_cast<std::int64_t>(x);
}

/// The tensors of one layer, in the order of layer_slots.
struct layer_tensors {
  Tensor input_norm, qkv, output, post_norm, gate_up, down;
};

class torch_decoder final : public engine {
public:
  torch_decoder(const decoder_shape& shape, torch::Device device)
    : shape_{shape}, layout_{lay_out(shape)}, device_{device} {
    torch::set_num_threads(1);
    std::vector<float> cosine, sine;
    rope_tables(shape, cosine, sine);
    const auto half = wide(shape.head_size() / 2);
    const auto table = [&](std::vector<float>& x) {
      return torch::from_blob(x.data(), {wide(shape.positions), half})
        .to(device_, torch::kFloat, false, true);
    };
    cosine_ = table(cosine);
    sine_ = table(sine);
  }

  pass_result evaluate(std::span<const float> parameters,
                       const packed_sequence& sequence) override {
    const torch::NoGradGuard quiet;
    bind(parameters, {});
    return run(sequence).second;
  }

  pass_result accumulate(std::span<const float> parameters,
                         const packed_sequence& sequence, float weight,
                         std::span<float> gradients) override {
    bind(parameters, gradients);
    auto [loss, result] = run(sequence);
    (loss * weight).backward();
    // On the CPU the gradients lie in the caller's buffer already.
    if (!device_.is_cpu())
      for (const auto& [tensor, offset] : bound_) {
        auto target
          = torch::from_blob(gradients.data() + offset, tensor.sizes());
        target += tensor.grad().cpu();
      }
    return result;
  }

private:
  Tensor bind(const tensor_slot& slot, std::span<const float> parameters,
              std::span<float> gradients) {
    const auto sizes = slot.columns == 0
                         ? std::vector{wide(slot.rows)}
                         : std::vector{wide(slot.rows), wide(slot.columns)};
    // from_blob has no const form; nothing here writes parameters.
    auto* data = const_cast<float*>(parameters.data()) + slot.offset;
    auto result = torch::from_blob(data, sizes).to(device_);
    if (gradients.empty())
      return result;
    result = result.detach().requires_grad_(true);
    if (device_.is_cpu())
      result.mutable_grad()
        = torch::from_blob(gradients.data() + slot.offset, sizes);
    bound_.emplace_back(result, slot.offset);
    return result;
  }

  void bind(std::span<const float> parameters, std::span<float> gradients) {
    bound_.clear();
    layers_.clear();
    const auto one = [&](const tensor_slot& slot) {
      return bind(slot, parameters, gradients);
    };
    embedding_ = one(layout_.embedding);
    for (const auto& slots : layout_.layers)
      layers_.push_back({one(slots.input_norm), one(slots.qkv),
                         one(slots.output), one(slots.post_norm),
                         one(slots.gate_up), one(slots.down)});
    norm_ = one(layout_.norm);
  }

  Tensor normalize(const Tensor& x, const Tensor& weight) const {
    return weight
           * (x
              * torch::rsqrt(x.square().mean(-1, true) + shape_.norm_epsilon));
  }

  /// x: rows × heads × head_size.
  Tensor rotate(const Tensor& x, const Tensor& positions) const {
    const auto cosine = cosine_.index_select(0, positions).unsqueeze(1);
    const auto sine = sine_.index_select(0, positions).unsqueeze(1);
    const auto halves = x.chunk(2, -1);
    return torch::cat({halves[0] * cosine - halves[1] * sine,
                       halves[1] * cosine + halves[0] * sine},
                      -1);
  }

  /// 0 where a row sees another, minus infinity elsewhere.
  Tensor mask(const packed_sequence& sequence) const {
    const auto rows = wide(sequence.tokens.size());
    auto seen = torch::zeros({rows, rows}, torch::kBool);
    for (const auto& s : sequence.segments) {
      const Slice own{s.begin, s.end};
      seen.index_put_(
        {own, own},
        torch::ones({s.end - s.begin, s.end - s.begin}, torch::kBool).tril());
      if (s.begin > 0)
        seen.index_put_({own, Slice{0, wide(sequence.context)}}, true);
    }
    return torch::zeros({rows, rows})
      .masked_fill_(seen.logical_not(), -std::numeric_limits<float>::infinity())
      .to(device_);
  }

  Tensor attend(const Tensor& x, const layer_tensors& layer,
                const Tensor& positions, const Tensor& hidden) const {
    const auto rows = x.size(0);
    const auto size = wide(shape_.head_size());
    const auto heads = wide(shape_.heads);
    const auto kv_heads = wide(shape_.kv_heads);
    const auto parts
      = torch::matmul(x, layer.qkv.t())
          .split_with_sizes({heads * size, kv_heads * size, kv_heads * size},
                            -1);
    const auto q = rotate(parts[0].view({rows, heads, size}), positions);
    const auto k = rotate(parts[1].reshape({rows, kv_heads, size}), positions)
                     .repeat_interleave(heads / kv_heads, 1);
    const auto v = parts[2]
                     .reshape({rows, kv_heads, size})
                     .repeat_interleave(heads / kv_heads, 1);
    const auto scores = torch::matmul(q.transpose(0, 1), k.permute({1, 2, 0}))
                          / std::sqrt(static_cast<double>(size))
                        + hidden;
    const auto mixed
      = torch::matmul(torch::softmax(scores, -1), v.transpose(0, 1));
    return torch::matmul(mixed.transpose(0, 1).reshape({rows, heads * size}),
                         layer.output.t());
  }

  std::pair<Tensor, pass_result> run(const packed_sequence& sequence) const {
    std::vector<std::int64_t> tokens{sequence.tokens.begin(),
                                     sequence.tokens.end()};
    std::vector<std::int64_t> places{sequence.positions.begin(),
                                     sequence.positions.end()};
    std::vector<std::int64_t> goals{sequence.targets.begin(),
                                    sequence.targets.end()};
    const auto asking = sequence.asking<std::int64_t>();
    const auto on_device = [&](const std::vector<std::int64_t>& x) {
      return torch::tensor(x, torch::kLong).to(device_);
    };
    const auto positions = on_device(places);
    const auto hidden = mask(sequence);
    auto x = embedding_.index_select(0, on_device(tokens));
    for (const auto& layer : layers_) {
      x = x + attend(normalize(x, layer.input_norm), layer, positions, hidden);
      const auto gate_up
        = torch::matmul(normalize(x, layer.post_norm), layer.gate_up.t())
            .chunk(2, -1);
      x = x
          + torch::matmul(torch::silu(gate_up[0]) * gate_up[1], layer.down.t());
    }
    const auto last = normalize(x.index_select(0, on_device(asking)), norm_);
    const auto logits = torch::matmul(last, embedding_.t());
    const auto targets = on_device(goals);
    const auto loss = torch::nn::functional::cross_entropy(
      logits, targets,
      torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum));
    pass_result result;
    result.loss = loss.item<double>();
    result.supervised = asking.size();
    const auto right
      = logits.argmax(-1).eq(targets).to(torch::kCPU, torch::kByte);
    result.count_exact(sequence, right.data_ptr<std::uint8_t>());
    return {loss, result};
  }

  decoder_shape shape_;
  layout layout_;
  torch::Device device_;
  Tensor cosine_, sine_, embedding_, norm_;
  std::vector<layer_tensors> layers_;
  /// What was bound for gradients, and where its buffer begins.
  std::vector<std::pair<Tensor, std::size_t>> bound_;
};

} // namespace

extern "C" engine* aura_torch_decoder(const decoder_shape* shape,
                                      const char* device, std::string* reason) {
  try {
    const torch::Device where{device};
    if (!where.is_cuda() || torch::cuda::is_available())
      return std::make_unique<torch_decoder>(*shape, where).release();
    *reason = "libtorch finds no device '" + std::string{device} + "'";
  } catch (const std::exception&) {
    *reason = "libtorch knows no device '" + std::string{device} + "'";
  }
  return nullptr;
}

} // namespace aura::model
