#include "kernels/model/pretrained/torch_functions.hpp"

#include "kernels/ops/device/rms_norm.hpp"
#include "kernels/ops/device/rope.hpp"
#include "kernels/ops/device/swiglu.hpp"

#include <memory>

namespace aura::model {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::Variable;
using torch::autograd::variable_list;

std::size_t narrow(std::int64_t x) {
  return static_cast<std::size_t>(x);
}

/// Carries a value of ours from the way there to the way back.
template <class T>
struct carried : torch::CustomClassHolder {
  explicit carried(T x) : value{std::move(x)} {
  }

  T value;
};

template <class T>
void carry(AutogradContext* context, T value) {
  context->saved_data["ours"] = at::IValue::make_capsule(
    c10::make_intrusive<carried<T>>(std::move(value)));
}

template <class T>
const T& carried_by(AutogradContext* context) {
  return static_cast<const carried<T>&>(
           *context->saved_data["ours"].toCapsule())
    .value;
}

at::Tensor dropped(const at::Tensor& x, const ops::device::drop_rule& rule,
                   const torch_site& site) {
  if (rule.threshold == 0)
    return x;
  auto result = at::empty_like(x);
  must(ops::device::dropout(site.place(), array_of(x), array_of(result),
                            narrow(x.numel()), rule));
  return result;
}

/// The tensors follow as x, then A and B of each adapter.
struct apply_function : Function<apply_function> {
  static Variable forward(AutogradContext* context, at::TensorList tensors,
                          const application& how) {
    const auto x = tensors[0].contiguous();
    auto y = at::matmul(x, how.matrix->dense(how.scratch, how.site).t());
    if (how.matrix->bias().defined())
      y.add_(how.matrix->bias());
    variable_list saved{x};
    for (std::size_t i = 0; i < how.adapters.size(); ++i) {
      const auto& use = how.adapters[i];
      const auto& a = tensors[1 + 2 * i];
      const auto& b = tensors[2 + 2 * i];
      const auto inner
        = at::matmul(dropped(x, use.drop, how.site), a.to(how.site.number).t());
      y.narrow(1, use.begin, use.rows)
        .addmm_(inner, b.to(how.site.number).t(), 1, how.scale);
      saved.insert(saved.end(), {a, b, inner});
    }
    context->save_for_backward(saved);
    carry(context, how);
    return y;
  }

  static variable_list backward(AutogradContext* context,
                                const variable_list& slopes) {
    const auto& how = carried_by<application>(context);
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto dy = slopes[0].contiguous();
    auto dx = at::matmul(dy, how.matrix->dense(how.scratch, how.site));
    variable_list result{{}};
    for (std::size_t i = 0; i < how.adapters.size(); ++i) {
      const auto& use = how.adapters[i];
      const auto a = saved[1 + 3 * i].to(how.site.number);
      const auto b = saved[2 + 3 * i].to(how.site.number);
      const auto& inner = saved[3 + 3 * i];
      const auto part = dy.narrow(1, use.begin, use.rows);
      const auto outer = at::matmul(part, b).mul_(how.scale);
      result.push_back(
        at::matmul(outer.t(), dropped(x, use.drop, how.site)).to(at::kFloat));
      result.push_back(
        at::matmul(part.t(), inner).to(at::kFloat).mul_(how.scale));
      if (use.drop.threshold == 0)
        dx.addmm_(outer, a);
      else
        dx.add_(dropped(at::matmul(outer, a), use.drop, how.site));
    }
    result[0] = dx;
    // One for `how`.
    result.emplace_back();
    return result;
  }
};

struct normalize_function : Function<normalize_function> {
  static Variable forward(AutogradContext* context, const at::Tensor& x,
                          const at::Tensor& weight, double epsilon,
                          const torch_site& site) {
    auto y = at::empty_like(x);
    const auto scale = at::empty({x.size(0)}, site.of(at::kFloat));
    must(ops::device::rms_norm(
      site.place(), array_of(x), weight.data_ptr<float>(), array_of(y),
      scale.data_ptr<float>(), {narrow(x.size(0)), narrow(x.size(1))},
      static_cast<float>(epsilon)));
    context->save_for_backward({x, weight, scale});
    carry(context, site);
    return y;
  }

  static variable_list backward(AutogradContext* context,
                                const variable_list& slopes) {
    const auto& site = carried_by<torch_site>(context);
    const auto saved = context->get_saved_variables();
    const auto dy = slopes[0].contiguous();
    auto dx = at::empty_like(dy);
    must(ops::device::rms_norm_back(
      site.place(), array_of(dy), array_of(saved[0]),
      saved[1].data_ptr<float>(), saved[2].data_ptr<float>(), array_of(dx),
      {narrow(dy.size(0)), narrow(dy.size(1))}));
    return {dx, {}, {}, {}};
  }
};

struct activate_function : Function<activate_function> {
  static Variable forward(AutogradContext* context, const at::Tensor& gate_up,
                          const torch_site& site) {
    auto h
      = at::empty({gate_up.size(0), gate_up.size(1) / 2}, gate_up.options());
    must(ops::device::swiglu(site.place(), array_of(gate_up), array_of(h),
                             {narrow(h.size(0)), narrow(h.size(1))}));
    context->save_for_backward({gate_up});
    carry(context, site);
    return h;
  }

  static variable_list backward(AutogradContext* context,
                                const variable_list& slopes) {
    const auto& site = carried_by<torch_site>(context);
    const auto gate_up = context->get_saved_variables()[0];
    const auto dh = slopes[0].contiguous();
    auto result = at::empty_like(gate_up);
    must(ops::device::swiglu_back(site.place(), array_of(gate_up), array_of(dh),
                                  array_of(result),
                                  {narrow(dh.size(0)), narrow(dh.size(1))}));
    return {result, {}};
  }
};

struct turning {
  torch_rotation how;
  torch_site site;
};

at::Tensor turned(const at::Tensor& x, const turning& t, float direction) {
  auto result = x.clone(at::MemoryFormat::Contiguous);
  must(ops::device::rope(
    t.site.place(), array_of(result), t.how.cosine.data_ptr<float>(),
    t.how.sine.data_ptr<float>(), t.how.positions.data_ptr<std::int32_t>(),
    {narrow(x.size(0)), narrow(t.how.heads), narrow(t.how.head_size),
     narrow(x.size(1))},
    direction));
  return result;
}

struct rotate_function : Function<rotate_function> {
  static Variable forward(AutogradContext* context, const at::Tensor& x,
                          const turning& t) {
    carry(context, t);
    return turned(x, t, 1);
  }

  static variable_list backward(AutogradContext* context,
                                const variable_list& slopes) {
    return {turned(slopes[0], carried_by<turning>(context), -1), {}};
  }
};

} // namespace

at::Tensor apply(const at::Tensor& x, const application& how) {
  std::vector<at::Tensor> tensors{x};
  for (const auto& use : how.adapters) {
    tensors.push_back(use.a);
    tensors.push_back(use.b);
  }
  // As a vector, libtorch would not see that they are tensors.
  return apply_function::apply(at::TensorList{tensors}, how);
}

at::Tensor normalize(const at::Tensor& x, const at::Tensor& weight,
                     double epsilon, const torch_site& site) {
  return normalize_function::apply(x.contiguous(), weight, epsilon, site);
}

at::Tensor activate(const at::Tensor& gate_up, const torch_site& site) {
  return activate_function::apply(gate_up.contiguous(), site);
}

at::Tensor rotate(const at::Tensor& x, const torch_rotation& how,
                  const torch_site& site) {
  return rotate_function::apply(x, turning{how, site});
}

} // namespace aura::model
