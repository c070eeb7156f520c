#include "kernels/model/pretrained/torch_optimizer.hpp"

#include "kernels/ops/device/adamw.hpp"
#include "kernels/ops/dynamic_map.hpp"

#include <algorithm>
#include <cstring>

namespace aura::model {

torch_optimizer::torch_optimizer(const trainable_layout& layout,
                                 const tuner_options& options,
                                 const torch_site& site)
  : options_{options}, site_{site}, m_map_{dynamic_map_on(true, site)},
    v_map_{dynamic_map_on(false, site)} {
  for (const auto& x : layout.adapters) {
    add(x.a, x.rank * x.columns, false);
    add(x.b, x.rows * x.rank, false);
  }
  for (const auto* x : {&layout.embedding, &layout.head})
    if (*x)
      add((*x)->offset, (*x)->rows * (*x)->columns, true);
}

void torch_optimizer::add(std::size_t offset, std::size_t size, bool whole) {
  moments x;
  x.offset = wide(offset);
  x.size = wide(size);
  x.whole = whole;
  if (options_.moments == moments_kind::bits32 || size < ops::adamw8_least) {
    x.m = at::zeros({x.size}, site_.of(at::kFloat));
    x.v = at::zeros({x.size}, site_.of(at::kFloat));
  } else {
    const auto blocks = wide(ops::adamw8_blocks(size));
    x.m = at::full({x.size}, ops::zero_code(true), site_.of(at::kByte));
    x.v = at::full({x.size}, ops::zero_code(false), site_.of(at::kByte));
    x.m_scale = at::zeros({blocks}, site_.of(at::kFloat));
    x.v_scale = at::zeros({blocks}, site_.of(at::kFloat));
  }
  tensors_.push_back(std::move(x));
}

void torch_optimizer::step(const at::Tensor& trained,
                           const at::Tensor& gradients, const step_plan& plan) {
  ++steps_;
  ops::adamw_rule rule;
  rule.beta1 = options_.beta1;
  rule.beta2 = options_.beta2;
  rule.epsilon = options_.epsilon;
  rule.weight_decay = options_.weight_decay;
  rule.step = steps_;
  const auto place = site_.place();
  for (const auto& x : tensors_) {
    rule.rate = x.whole ? plan.whole_rate : plan.rate;
    rule.scale = x.whole ? plan.whole_scale : plan.scale;
    auto* p = trained.data_ptr<float>() + x.offset;
    const auto* g = gradients.data_ptr<float>() + x.offset;
    const auto size = static_cast<std::size_t>(x.size);
    if (x.m_scale.defined())
      must(ops::device::adamw8(
        place,
        {p, g, x.m.data_ptr<std::uint8_t>(), x.v.data_ptr<std::uint8_t>(),
         x.m_scale.data_ptr<float>(), x.v_scale.data_ptr<float>(), size,
         m_map_.data_ptr<float>(), v_map_.data_ptr<float>()},
        rule));
    else
      must(ops::device::adamw32(
        place, {p, g, x.m.data_ptr<float>(), x.v.data_ptr<float>(), size},
        rule));
  }
}

template <class Visitor>
void torch_optimizer::visit(Visitor f) const {
  for (const auto& x : tensors_)
    for (const auto* tensor : {&x.m, &x.v, &x.m_scale, &x.v_scale})
      if (tensor->defined())
        f(*tensor);
}

std::vector<std::byte> torch_optimizer::state() const {
  std::vector<std::byte> result(sizeof steps_);
  std::memcpy(result.data(), &steps_, sizeof steps_);
  visit([&](const at::Tensor& x) {
    const auto host = x.cpu();
    const auto* bytes = static_cast<const std::byte*>(host.data_ptr());
    result.insert(result.end(), bytes, bytes + host.nbytes());
  });
  return result;
}

status torch_optimizer::restore(std::span<const std::byte> state) {
  auto expected_size = sizeof steps_;
  visit([&](const at::Tensor& x) { expected_size += x.nbytes(); });
  if (state.size() != expected_size)
    return fault{errc::invalid_model,
                 "the optimiser's state has " + std::to_string(state.size())
                   + " bytes, expected " + std::to_string(expected_size)};
  std::memcpy(&steps_, state.data(), sizeof steps_);
  const auto* at = state.data() + sizeof steps_;
  visit([&](const at::Tensor& x) {
    x.copy_(
      at::from_blob(const_cast<std::byte*>(at), x.sizes(), x.scalar_type()));
    at += x.nbytes();
  });
  return ok;
}

} // namespace aura::model
