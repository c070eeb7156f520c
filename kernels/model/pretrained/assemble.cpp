#include "kernels/model/pretrained/assemble.hpp"

#include "kernels/model/pretrained/nf4_files.hpp"

#include <array>
#include <set>

namespace aura::model {

namespace {

std::optional<encoding> form_of(std::string_view type) {
  constexpr std::array<std::pair<std::string_view, encoding>, 7> forms{{
    {"F32", encoding::f32},
    {"F16", encoding::f16},
    {"BF16", encoding::bf16},
    {"Q8_0", encoding::q8_0},
    {"Q4_0", encoding::q4_0},
    {"Q4_1", encoding::q4_1},
    {"Q4_K", encoding::q4_k},
  }};
  for (const auto& [name, form] : forms)
    if (type == name)
      return form;
  return std::nullopt;
}

fault misfit(const std::string& tensor, const std::string& why) {
  return {errc::invalid_model, "tensor '" + tensor + "'" + why};
}

expected<weight> take(const tensor_plan& plan, const stored_tensors& tensors) {
  const auto wanted = plan.columns == 0 ? std::vector{plan.rows}
                                        : std::vector{plan.rows, plan.columns};
  const auto found = tensors.find(plan.name);
  if (found == tensors.end())
    return misfit(plan.name, " is missing: expected " + print_shape(wanted));
  if (is_nf4(plan.name, tensors))
    return take_nf4(plan, tensors);
  const auto& x = found->second;
  if (x.shape != wanted)
    return misfit(plan.name, ": expected " + print_shape(wanted) + ", found "
                               + print_shape(x.shape));
  const auto form = form_of(x.type);
  if (!form)
    return misfit(plan.name, ": expected F32, F16 or BF16, found " + x.type);
  const auto size = bytes_of(*form, plan.rows, plan.columns);
  if (!size)
    return misfit(plan.name, ": " + size.error().message);
  if (*size != x.bytes.size())
    return misfit(plan.name, ": expected " + std::to_string(*size)
                               + " bytes, found "
                               + std::to_string(x.bytes.size()));
  return weight{plan.name, plan.rows, plan.columns, *form,
                x.bytes,   {},        x.owner};
}

/// What older checkpoints hold besides, and nobody needs.
bool is_spare(const std::string& name, const architecture& shape) {
  return name.ends_with(".rotary_emb.inv_freq")
         || (shape.tied && name == "lm_head.weight");
}

/// Puts a tensor of a layer, named from `at` on, where it belongs.
void place(weight x, std::string_view role, layer_weights& out) {
  if (role == "input_layernorm.weight")
    out.input_norm = std::move(x);
  else if (role == "post_attention_layernorm.weight")
    out.post_norm = std::move(x);
  else if (role == "self_attn.o_proj.weight")
    out.output = std::move(x);
  else if (role == "mlp.down_proj.weight")
    out.down = std::move(x);
  else if (role.starts_with("mlp."))
    out.gate_up.parts.push_back(std::move(x));
  else if (role.ends_with(".bias"))
    out.qkv_bias.push_back(std::move(x));
  else
    out.qkv.parts.push_back(std::move(x));
}

} // namespace

expected<model_weights> assemble(const architecture& shape,
                                 const stored_tensors& tensors) {
  const auto plans = tensors_of(shape);
  std::set<std::string_view> known;
  for (const auto& x : plans)
    known.insert(x.name);
  for (const auto& [name, x] : tensors)
    if (!known.contains(name) && !known.contains(scaled_by(name))
        && !is_spare(name, shape))
      return misfit(name, " " + print_shape(x.shape)
                            + " is not of this architecture");
  model_weights result;
  result.shape = shape;
  result.layers.resize(shape.layers);
  constexpr auto layers = std::string_view{"model.layers."};
  for (const auto& plan : plans) {
    auto x = take(plan, tensors);
    if (!x)
      return x.error();
    const auto name = std::string_view{plan.name};
    if (name.starts_with(layers)) {
      const auto dot = name.find('.', layers.size());
      const auto layer = std::stoul(plan.name.substr(layers.size()));
      place(std::move(*x), name.substr(dot + 1), result.layers[layer]);
    } else if (name == "model.embed_tokens.weight") {
      result.embedding = std::move(*x);
    } else if (name == "model.norm.weight") {
      result.norm = std::move(*x);
    } else {
      result.head = std::move(*x);
    }
  }
  return result;
}

} // namespace aura::model
