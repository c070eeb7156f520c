#include "kernels/model/pretrained/lora.hpp"

#include "kernels/base/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace aura::model {

namespace {

/// Offsets are whole vectors of the widest instruction set.
constexpr std::size_t aligned(std::size_t size) {
  return (size + 15) / 16 * 16;
}

/// A linear layer as a target names it.
struct module_plan {
  std::string_view name;
  std::string_view block;
  linear_role role;
  std::size_t begin;
  std::size_t rows;
  std::size_t columns;
};

/// Every module that may be named: split ones first, in the order of a layer.
std::vector<module_plan> modules_of(const architecture& x) {
  const auto q = x.q_width(), kv = x.kv_width();
  const auto d = x.hidden, f = x.intermediate;
  using enum linear_role;
  std::vector<module_plan> result{
    {"q_proj", "self_attn", qkv, 0, q, d},
    {"k_proj", "self_attn", qkv, q, kv, d},
    {"v_proj", "self_attn", qkv, q + kv, kv, d},
    {"o_proj", "self_attn", output, 0, d, q},
    {"gate_proj", "mlp", gate_up, 0, f, d},
    {"up_proj", "mlp", gate_up, f, f, d},
    {"down_proj", "mlp", down, 0, d, f},
  };
  if (x.kind == family::phi3) {
    result.push_back({"qkv_proj", "self_attn", qkv, 0, q + 2 * kv, d});
    result.push_back({"gate_up_proj", "mlp", gate_up, 0, 2 * f, d});
  }
  return result;
}

/// The names behind `all-linear` and its like.
std::vector<std::string_view> names_of(const architecture& x,
                                       const std::string& target) {
  if (target == "all-linear" && x.kind == family::phi3)
    return {"qkv_proj", "o_proj", "gate_up_proj", "down_proj"};
  if (target == "all-linear" || target == "all-linear-split")
    return {"q_proj",    "k_proj",  "v_proj",   "o_proj",
            "gate_proj", "up_proj", "down_proj"};
  return {target};
}

status check_numbers(const lora_options& x) {
  const auto refuse = [](const char* what, const std::string& found) {
    return fault{errc::invalid_option, what + (", found " + found)};
  };
  if (x.rank == 0 || x.rank > 65536)
    return refuse("lora rank must be from 1 to 65536", std::to_string(x.rank));
  if (!std::isfinite(x.alpha) || x.alpha <= 0)
    return refuse("lora alpha must be positive", std::to_string(x.alpha));
  if (!(x.dropout >= 0 && x.dropout < 1))
    return refuse("lora dropout must be at least 0 and below 1",
                  std::to_string(x.dropout));
  return ok;
}

/// The modules that `options` chooses, in the order of a layer.
expected<std::vector<module_plan>> choose(const architecture& x,
                                          const lora_options& options) {
  const auto modules = modules_of(x);
  std::vector<module_plan> result;
  for (const auto& target : options.targets)
    for (auto name : names_of(x, target)) {
      const auto found = std::find_if(modules.begin(), modules.end(),
                                      [&](auto& m) { return m.name == name; });
      if (found == modules.end())
        return fault{errc::invalid_option,
                     "no linear layer of this architecture is named '" + target
                       + "'"};
      for (const auto& other : result)
        if (other.role == found->role
            && other.begin < found->begin + found->rows
            && found->begin < other.begin + other.rows)
          return fault{errc::invalid_option,
                       "lora targets overlap: '" + std::string{found->name}
                         + "' and '" + std::string{other.name} + "'"};
      result.push_back(*found);
    }
  std::stable_sort(
    result.begin(), result.end(), [](const auto& a, const auto& b) {
      return std::pair{a.role, a.begin} < std::pair{b.role, b.begin};
    });
  return result;
}

} // namespace

double scale_of(const lora_options& x) {
  const auto rank = static_cast<double>(x.rank);
  return x.alpha / (x.rank_stabilised ? std::sqrt(rank) : rank);
}

expected<trainable_layout> lay_out(const architecture& x,
                                   const lora_options& options) {
  if (auto checked = check_numbers(options); !checked)
    return checked.error();
  auto modules = choose(x, options);
  if (!modules)
    return modules.error();
  if (x.tied && options.train_head && !options.train_embedding)
    return fault{errc::invalid_option,
                 "the head of this model is its embedding: train that"};
  trainable_layout result;
  const auto take = [&](std::size_t size) {
    const auto at = result.size;
    result.size += aligned(size);
    return at;
  };
  for (std::size_t l = 0; l < x.layers; ++l)
    for (const auto& m : *modules) {
      adapter_slot slot;
      slot.module = "model.layers." + std::to_string(l) + "."
                    + std::string{m.block} + "." + std::string{m.name};
      slot.layer = l;
      slot.role = m.role;
      slot.begin = m.begin;
      slot.rows = m.rows;
      slot.columns = m.columns;
      slot.rank = options.rank;
      slot.a = take(slot.rank * slot.columns);
      slot.b = take(slot.rows * slot.rank);
      result.adapters.push_back(std::move(slot));
    }
  const auto whole = [&](const char* name) {
    return whole_slot{name, x.vocabulary, x.hidden,
                      take(x.vocabulary * x.hidden)};
  };
  if (options.train_embedding)
    result.embedding = whole("model.embed_tokens.weight");
  if (options.train_head && !x.tied)
    result.head = whole("lm_head.weight");
  if (result.size == 0)
    return fault{errc::invalid_option,
                 "nothing is trained: name lora targets, or train the "
                 "embedding or the head"};
  return result;
}

std::vector<float> initial_trainables(const model_weights& weights,
                                      const trainable_layout& layout,
                                      std::uint64_t seed) {
  std::vector<float> result(layout.size);
  for (std::size_t i = 0; i < layout.adapters.size(); ++i) {
    const auto& slot = layout.adapters[i];
    random_stream random{seed, "lora", i};
    const auto bound = 1 / std::sqrt(static_cast<double>(slot.columns));
    for (std::size_t j = 0; j < slot.rank * slot.columns; ++j)
      result[slot.a + j]
        = static_cast<float>((2 * random.uniform() - 1) * bound);
  }
  if (layout.embedding)
    decode_rows(weights.embedding, 0, layout.embedding->rows,
                result.data() + layout.embedding->offset);
  if (layout.head)
    decode_rows(*weights.head, 0, layout.head->rows,
                result.data() + layout.head->offset);
  return result;
}

} // namespace aura::model
