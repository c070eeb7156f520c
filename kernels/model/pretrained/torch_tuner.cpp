#include "kernels/model/pretrained/torch_tuner.hpp"

#include "kernels/model/pretrained/memory_plan.hpp"
#include "kernels/model/pretrained/torch_attention.hpp"
#include "kernels/model/pretrained/torch_functions.hpp"
#include "kernels/model/pretrained/torch_optimizer.hpp"
#include "kernels/model/rope.hpp"
#include "kernels/ops/device/cross_entropy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace aura::model {

namespace {

/// One matrix, and which adapters of the layout belong to it.
struct adapted_matrix {
  torch_matrix matrix;
  std::vector<std::size_t> adapters;
};

struct tuned_layer {
  at::Tensor input_norm, post_norm;
  std::vector<adapted_matrix> matrices;

  const adapted_matrix& of(linear_role role) const {
    return matrices[static_cast<std::size_t>(role)];
  }
};

/// A packed sequence on the device.
struct prepared {
  at::Tensor tokens, asking, targets;
  torch_rotation angles;
  packed_attention attention;
};

class torch_tuner final : public tuner {
public:
  torch_tuner(const torch_tuner_request& request, const torch_site& site)
    : weights_{*request.weights}, options_{*request.options},
      layout_{*request.layout}, scale_{request.scale}, site_{site},
      optimizer_{layout_, options_, site_} {
    const at::NoGradGuard quiet;
    trained_ = at::empty({wide(layout_.size)}, site_.of(at::kFloat));
    gradients_ = at::zeros_like(trained_);
    copy_in(*request.initial);
    std::int64_t largest = 0;
    for (const auto& x : weights_.layers) {
      layers_.push_back(upload(x, request.decode));
      for (const auto& m : layers_.back().matrices)
        largest = std::max(largest, m.matrix.size());
    }
    for (std::size_t i = 0; i < layout_.adapters.size(); ++i) {
      const auto& slot = layout_.adapters[i];
      layers_[slot.layer]
        .matrices[static_cast<std::size_t>(slot.role)]
        .adapters.push_back(i);
    }
    scratch_ = at::empty({largest}, site_.numbers());
    norm_ = vector_tensor(weights_.norm, site_, request.decode);
    if (!layout_.embedding)
      embedding_ = stored_tensor(weights_.embedding, site_, request.decode);
    if (!weights_.shape.tied && !layout_.head)
      head_ = stored_tensor(*weights_.head, site_, request.decode);
  }

  const trainable_layout& layout() const override {
    return layout_;
  }

  expected<pass_result> evaluate(const packed_sequence& sequence) override {
    return guarded([&]() -> pass_result {
      const at::NoGradGuard quiet;
      const auto input = prepare(sequence);
      auto x = embedded(input.tokens);
      for (std::size_t i = 0; i < layers_.size(); ++i)
        x = through(i, x, input, {});
      at::Tensor unused;
      return predict(last_rows(x, input), sequence, input, 0, unused);
    });
  }

  expected<pass_result> accumulate(const packed_sequence& sequence,
                                   float weight, std::uint64_t pass) override {
    return guarded([&]() -> pass_result {
      const auto input = prepare(sequence);
      std::vector<at::Tensor> inputs, outputs;
      auto x = embedded(input.tokens);
      for (std::size_t i = 0; i < layers_.size(); ++i) {
        inputs.push_back(x.detach().requires_grad_(true));
        if (options_.recompute) {
          const at::NoGradGuard quiet;
          x = through(i, inputs.back(), input, pass);
          continue;
        }
        outputs.push_back(through(i, inputs.back(), input, pass));
        x = outputs.back().detach();
      }
      auto top = x.detach().requires_grad_(true);
      const auto last = last_rows(top, input);
      at::Tensor slope;
      const auto result
        = predict(last.detach(), sequence, input, weight, slope);
      torch::autograd::backward({last}, {slope});
      auto above = top.grad();
      for (auto i = layers_.size(); i-- > 0;) {
        const auto output = options_.recompute
                              ? through(i, inputs[i], input, pass)
                              : std::move(outputs[i]);
        torch::autograd::backward({output}, {above});
        above = inputs[i].grad();
        inputs[i].reset();
      }
      if (layout_.embedding)
        whole(gradients_, *layout_.embedding)
          .index_put_({input.tokens}, above.to(at::kFloat), true);
      return result;
    });
  }

  gradient_norms norms() const override {
    gradient_norms result;
    const auto end = layout_.embedding ? layout_.embedding->offset
                     : layout_.head    ? layout_.head->offset
                                       : layout_.size;
    const auto measured = guarded([&] {
      result.adapters = norm_of(0, wide(end));
      result.whole = norm_of(wide(end), wide(layout_.size));
      return ok;
    });
    if (!measured)
      result.adapters = std::numeric_limits<double>::quiet_NaN();
    return result;
  }

  status step(const step_plan& plan) override {
    return guarded([&] {
      const at::NoGradGuard quiet;
      optimizer_.step(trained_, gradients_, plan);
      gradients_.zero_();
      return ok;
    });
  }

  void discard() override {
    gradients_.zero_();
  }

  expected<std::vector<float>> trained() const override {
    return guarded([&] {
      const auto host = trained_.cpu();
      const auto* data = host.data_ptr<float>();
      return std::vector<float>(data, data + host.numel());
    });
  }

  status restore(std::span<const float> trained) override {
    if (trained.size() != layout_.size)
      return fault{errc::shape_mismatch,
                   "restored tensors have " + std::to_string(trained.size())
                     + " numbers, expected " + std::to_string(layout_.size)};
    return guarded([&] {
      copy_in(trained);
      return ok;
    });
  }

  expected<std::vector<std::byte>> optimizer_state() const override {
    return guarded([&] { return optimizer_.state(); });
  }

  status restore_optimizer(std::span<const std::byte> state) override {
    auto result = guarded([&] { return optimizer_.restore(state); });
    return result ? *result : status{result.error()};
  }

  double weight_decay() const override {
    return options_.weight_decay;
  }

  std::size_t peak_bytes() const override {
    return model::peak_bytes(site_);
  }

private:
  /// What `f` gives, or what libtorch threw.
  template <class F>
  static auto guarded(F f) -> expected<std::conditional_t<
    std::is_same_v<decltype(f()), std::remove_const_t<decltype(ok)>>,
    std::monostate, decltype(f())>> {
    try {
      return f();
    } catch (const c10::OutOfMemoryError& e) {
      return fault{errc::resource_limit,
                   std::string{"the device has no memory left: "}
                     + e.what_without_backtrace()};
    } catch (const c10::Error& e) {
      return fault{errc::internal,
                   std::string{"libtorch: "} + e.what_without_backtrace()};
    } catch (const std::exception& e) {
      return fault{errc::internal, std::string{"libtorch: "} + e.what()};
    }
  }

  void copy_in(std::span<const float> values) {
    const at::NoGradGuard quiet;
    trained_.copy_(at::from_blob(const_cast<float*>(values.data()),
                                 {wide(values.size())}, at::kFloat));
  }

  tuned_layer upload(const layer_weights& x, decode_function decode) const {
    const auto matrix = [&](const stacked_weight& parts,
                            const std::vector<weight>& bias = {}) {
      return adapted_matrix{{parts, bias, options_.base, site_, decode}, {}};
    };
    tuned_layer result;
    result.input_norm = vector_tensor(x.input_norm, site_, decode);
    result.post_norm = vector_tensor(x.post_norm, site_, decode);
    // In the order of linear_role.
    result.matrices
      = {matrix(x.qkv, x.qkv_bias), matrix(stacked_weight{{x.output}}),
         matrix(x.gate_up), matrix(stacked_weight{{x.down}})};
    return result;
  }

  static at::Tensor whole(const at::Tensor& buffer, const whole_slot& slot) {
    const auto rows = wide(slot.rows), columns = wide(slot.columns);
    return buffer.narrow(0, wide(slot.offset), rows * columns)
      .view({rows, columns});
  }

  /// A part of what is trained that collects its gradient in place.
  at::Tensor leaf(std::size_t offset, std::size_t rows,
                  std::size_t columns) const {
    const whole_slot slot{{}, rows, columns, offset};
    auto result = whole(trained_, slot).detach().requires_grad_(true);
    result.mutable_grad() = whole(gradients_, slot);
    return result;
  }

  application use(std::size_t layer, linear_role role,
                  std::optional<std::uint64_t> pass) const {
    const auto& matrix = layers_[layer].of(role);
    application result;
    result.matrix = &matrix.matrix;
    result.scale = scale_;
    result.scratch = scratch_;
    result.site = site_;
    const auto share = pass ? options_.lora.dropout : 0.0;
    for (auto i : matrix.adapters) {
      const auto& slot = layout_.adapters[i];
      adapter_use one;
      one.a = leaf(slot.a, slot.rank, slot.columns);
      one.b = leaf(slot.b, slot.rows, slot.rank);
      one.begin = wide(slot.begin);
      one.rows = wide(slot.rows);
      if (share > 0)
        one.drop
          = {ops::drop_key(options_.seed, *pass, i), ops::drop_threshold(share),
             static_cast<float>(1 / (1 - share))};
      result.adapters.push_back(std::move(one));
    }
    return result;
  }

  at::Tensor through(std::size_t index, const at::Tensor& x,
                     const prepared& input,
                     std::optional<std::uint64_t> pass) const {
    const auto& shape = weights_.shape;
    const auto& layer = layers_[index];
    const auto linear = [&](const at::Tensor& y, linear_role role) {
      return apply(y, use(index, role, pass));
    };
    const auto norm = [&](const at::Tensor& y, const at::Tensor& weight) {
      return normalize(y, weight, shape.norm_epsilon, site_);
    };
    const auto rows = x.size(0);
    const auto size = wide(shape.head_size);
    // Heads of queries and keys stand side by side.
    const auto qkv
      = rotate(linear(norm(x, layer.input_norm), linear_role::qkv),
               input.angles, site_)
          .view({rows, wide(shape.heads + 2 * shape.kv_heads), size});
    const auto heads = wide(shape.heads), kv_heads = wide(shape.kv_heads);
    const auto mixed
      = input.attention(qkv.narrow(1, 0, heads), qkv.narrow(1, heads, kv_heads),
                        qkv.narrow(1, heads + kv_heads, kv_heads));
    const auto middle = x + linear(mixed, linear_role::output);
    const auto wide_rows
      = linear(norm(middle, layer.post_norm), linear_role::gate_up);
    return middle + linear(activate(wide_rows, site_), linear_role::down);
  }

  at::Tensor embedded(const at::Tensor& tokens) const {
    const at::NoGradGuard quiet;
    const auto table
      = layout_.embedding ? whole(trained_, *layout_.embedding) : embedding_;
    return table.index_select(0, tokens).to(site_.number);
  }

  /// The normalised rows that predict a token.
  at::Tensor last_rows(const at::Tensor& x, const prepared& input) const {
    return normalize(x.index_select(0, input.asking), norm_,
                     weights_.shape.norm_epsilon, site_);
  }

  /// What is trained of the head, if anything is.
  std::optional<whole_slot> head_slot() const {
    return weights_.shape.tied ? layout_.embedding : layout_.head;
  }

  /// Loss of rows that predict; with a weight also `slope`, the gradient of
  /// these rows, and that of the head. Chunk by chunk, so that the logits of
  /// all rows are never held at once.
  pass_result predict(const at::Tensor& rows, const packed_sequence& sequence,
                      const prepared& input, float weight, at::Tensor& slope) {
    const at::NoGradGuard quiet;
    const auto slot = head_slot();
    const auto head = (slot                  ? whole(trained_, *slot)
                       : weights_.shape.tied ? embedding_
                                             : head_)
                        .to(site_.number);
    const auto count = rows.size(0);
    auto loss = at::empty({count}, site_.of(at::kFloat));
    auto correct = at::empty({count}, site_.of(at::kByte));
    if (weight != 0)
      slope = at::empty_like(rows);
    for (std::int64_t start = 0; start < count; start += wide(head_chunk)) {
      const auto size = std::min(wide(head_chunk), count - start);
      const auto chunk = rows.narrow(0, start, size);
      auto logits = at::matmul(chunk, head.t());
      must(ops::device::cross_entropy(
        site_.place(), array_of(logits),
        input.targets.data_ptr<std::int32_t>() + start,
        loss.data_ptr<float>() + start,
        correct.data_ptr<std::uint8_t>() + start,
        {static_cast<std::size_t>(size),
         static_cast<std::size_t>(logits.size(1))},
        weight));
      if (weight == 0)
        continue;
      slope.narrow(0, start, size).copy_(at::matmul(logits, head));
      if (slot)
        whole(gradients_, *slot).add_(at::matmul(logits.t(), chunk));
    }
    return summed(loss, correct.cpu(), sequence);
  }

  static pass_result summed(const at::Tensor& loss, const at::Tensor& correct,
                            const packed_sequence& sequence) {
    pass_result result;
    result.loss = loss.to(at::kDouble).sum().item<double>();
    result.supervised = static_cast<std::size_t>(loss.size(0));
    result.count_exact(sequence, correct.data_ptr<std::uint8_t>());
    return result;
  }

  prepared prepare(const packed_sequence& sequence) {
    const auto on_device = [&](auto type, const auto& values) {
      std::vector<decltype(type)> copy(values.begin(), values.end());
      return at::tensor(copy).to(site_.device);
    };
    const auto asking = sequence.asking<std::int64_t>();
    std::size_t positions = 0;
    for (auto p : sequence.positions)
      positions = std::max<std::size_t>(positions, p + 1);
    grow_tables(positions);
    const auto& shape = weights_.shape;
    return {on_device(std::int64_t{}, sequence.tokens),
            on_device(std::int64_t{}, asking),
            on_device(std::int32_t{}, sequence.targets),
            {cosine_, sine_, on_device(std::int32_t{}, sequence.positions),
             wide(shape.heads + shape.kv_heads), wide(shape.head_size)},
            packed_attention{sequence, site_}};
  }

  /// Angles of at least `positions` positions.
  void grow_tables(std::size_t positions) {
    if (cosine_.defined() && cosine_.size(0) >= wide(positions))
      return;
    const auto size = weights_.shape.head_size;
    std::vector<float> cosine, sine;
    rope_tables({.hidden = size,
                 .heads = 1,
                 .kv_heads = 1,
                 .positions = positions,
                 .rope_theta = weights_.shape.rope_theta},
                cosine, sine);
    const auto table = [&](std::vector<float>& x) {
      return at::from_blob(x.data(), {wide(positions), wide(size / 2)},
                           at::kFloat)
        .to(site_.of(at::kFloat), false, true);
    };
    cosine_ = table(cosine);
    sine_ = table(sine);
  }

  /// Summed in double precision, in pieces: a copy of all would not fit.
  double norm_of(std::int64_t begin, std::int64_t end) const {
    constexpr std::int64_t piece = std::int64_t{1} << 24;
    auto total = at::zeros({}, site_.of(at::kDouble));
    for (auto at = begin; at < end; at += piece)
      total += gradients_.narrow(0, at, std::min(piece, end - at))
                 .to(at::kDouble)
                 .square()
                 .sum();
    return std::sqrt(total.item<double>());
  }

  /// Keeps the checkpoint's bytes alive.
  model_weights weights_;
  tuner_options options_;
  trainable_layout layout_;
  double scale_;
  torch_site site_;
  torch_optimizer optimizer_;
  at::Tensor trained_, gradients_, scratch_;
  std::vector<tuned_layer> layers_;
  at::Tensor norm_, embedding_, head_, cosine_, sine_;
};

} // namespace

extern "C" tuner* aura_torch_tuner(const torch_tuner_request* request,
                                   fault* reason) {
  auto site = open_site(request->options->device);
  if (!site) {
    *reason = site.error();
    return nullptr;
  }
  try {
    return std::make_unique<torch_tuner>(*request, *site).release();
  } catch (const c10::OutOfMemoryError& e) {
    *reason = {errc::resource_limit,
               std::string{"the device has no memory for the model: "}
                 + e.what_without_backtrace()};
  } catch (const std::exception& e) {
    *reason = {errc::internal, std::string{"libtorch: "} + e.what()};
  }
  return nullptr;
}

} // namespace aura::model
