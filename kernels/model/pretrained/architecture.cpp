#include "kernels/model/pretrained/architecture.hpp"

#include "kernels/base/json.hpp"

#include <algorithm>
#include <cmath>

namespace aura::model {

namespace {

using nlohmann::json;

/// No decoder of today comes near, and products of two cannot overflow.
constexpr std::size_t most = std::size_t{1} << 26;

std::string print(const json& x) {
  return x.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Takes fields off a configuration, and keeps the first thing wrong with it.
class fields {
public:
  explicit fields(const json& x) : x_{x} {
  }

  /// The field, or null if it is missing.
  const json& get(const char* name) const {
    static const auto nothing = json{};
    return x_.contains(name) ? x_[name] : nothing;
  }

  std::size_t size(const char* name, std::size_t otherwise = 0) {
    const auto& found = get(name);
    if (found.is_null() && otherwise != 0)
      return otherwise;
    if (found.is_number_unsigned() && found.get<std::uint64_t>() >= 1
        && found.get<std::uint64_t>() <= most)
      return found.get<std::size_t>();
    fail(errc::invalid_model, name,
         "a number from 1 to " + std::to_string(most), found);
    return 1;
  }

  double positive(const char* name, const json& found, double otherwise) {
    if (found.is_null() && otherwise != 0)
      return otherwise;
    if (found.is_number() && std::isfinite(found.get<double>())
        && found.get<double>() > 0)
      return found.get<double>();
    fail(errc::invalid_model, name, "a positive number", found);
    return 1;
  }

  bool flag(const char* name, bool otherwise) {
    const auto& found = get(name);
    if (found.is_null())
      return otherwise;
    if (found.is_boolean())
      return found.get<bool>();
    fail(errc::invalid_model, name, "true or false", found);
    return otherwise;
  }

  /// What this program does not compute unless it is `wanted`.
  void only(const char* name, const json& found, const json& wanted) {
    if (!found.is_null() && found != wanted)
      fail(errc::unsupported, name, print(wanted), found);
  }

  void fail(errc code, const std::string& name, const std::string& wanted,
            const json& found) {
    if (!wrong)
      wrong
        = fault{code, "field '" + name + "': expected " + wanted + ", found "
                        + (found.is_null() ? "none" : print(found))};
  }

  std::optional<fault> wrong;

private:
  const json& x_;
};

std::optional<family> family_of(const json& name) {
  if (name == "phi3")
    return family::phi3;
  if (name == "llama")
    return family::llama;
  if (name == "qwen2")
    return family::qwen2;
  return std::nullopt;
}

/// A token, several, or none.
std::vector<std::int32_t> tokens(fields& in, const char* name,
                                 std::size_t vocabulary) {
  const auto& found = in.get(name);
  auto list = found.is_array() ? found : json::array();
  if (!found.is_array() && !found.is_null())
    list.push_back(found);
  auto result = std::vector<std::int32_t>{};
  for (const auto& x : list) {
    if (!x.is_number_unsigned() || x.get<std::uint64_t>() >= vocabulary) {
      in.fail(errc::invalid_model, name,
              "tokens below " + std::to_string(vocabulary), found);
      return {};
    }
    result.push_back(x.get<std::int32_t>());
  }
  return result;
}

std::optional<std::int32_t> token(fields& in, const char* name,
                                  std::size_t vocabulary) {
  // Llama writes -1 where it has none.
  if (in.get(name) == -1)
    return std::nullopt;
  const auto found = tokens(in, name, vocabulary);
  return found.empty() ? std::nullopt : std::optional{found.front()};
}

void read_rope(fields& in, architecture& out) {
  // Since transformers 5 all of it is in one place.
  static const auto nothing = json::object();
  const auto& together = in.get("rope_parameters");
  const auto& rope = together.is_object() ? together : nothing;
  const auto& theta
    = rope.contains("rope_theta") ? rope["rope_theta"] : in.get("rope_theta");
  out.rope_theta = in.positive("rope_theta", theta, 10000);
  for (const auto* name : {"rope_scaling", "rope_parameters"}) {
    const auto& scaling = in.get(name);
    if (scaling.is_null())
      continue;
    const auto& kind = !scaling.is_object()            ? scaling
                       : scaling.contains("rope_type") ? scaling["rope_type"]
                       : scaling.contains("type")      ? scaling["type"]
                                                       : json{};
    if (kind != "default" && (&scaling != &together || !kind.is_null()))
      in.fail(errc::unsupported, name, "null, a RoPE that is not scaled",
              scaling);
  }
  in.only("partial_rotary_factor", in.get("partial_rotary_factor"), 1.0);
  if (rope.contains("partial_rotary_factor"))
    in.only("partial_rotary_factor", rope["partial_rotary_factor"], 1.0);
}

void read_window(fields& in, const architecture& x) {
  // Qwen2 names a window that it does not use.
  const auto used = in.flag("use_sliding_window", x.kind != family::qwen2);
  const auto& window = in.get("sliding_window");
  if (used && !window.is_null()
      && (!window.is_number_unsigned()
          || window.get<std::uint64_t>() < x.positions))
    in.fail(errc::unsupported, "sliding_window",
            "null or at least " + std::to_string(x.positions) + " positions",
            window);
}

void read_quantization(fields& in) {
  const auto& found = in.get("quantization_config");
  if (found.is_null())
    return;
  const auto known = found.is_object()
                     && found.value("quant_method", json{}) == "bitsandbytes"
                     && found.value("load_in_4bit", json{}) == true
                     && found.value("bnb_4bit_quant_type", json{}) == "nf4";
  if (!known)
    in.fail(errc::unsupported, "quantization_config",
            "none, or bitsandbytes in 4 bits of type nf4", found);
}

void check_sizes(fields& in, const architecture& x) {
  if (x.layers > 1024)
    in.fail(errc::invalid_model, "num_hidden_layers", "at most 1024", x.layers);
  if (x.heads % x.kv_heads != 0)
    in.fail(errc::invalid_model, "num_key_value_heads",
            "a divisor of " + std::to_string(x.heads) + " heads", x.kv_heads);
  if (x.head_size % 2 != 0)
    in.fail(errc::invalid_model, "head_dim", "an even number", x.head_size);
  if (x.q_width() + 2 * x.kv_width() > most || 2 * x.intermediate > most)
    in.fail(errc::invalid_model, "head_dim",
            "a layer of at most " + std::to_string(most) + " outputs",
            x.head_size);
}

void add_attention(const architecture& x, const std::string& at,
                   std::vector<tensor_plan>& out) {
  const auto self = at + "self_attn.";
  if (x.kind == family::phi3)
    out.push_back(
      {self + "qkv_proj.weight", x.q_width() + 2 * x.kv_width(), x.hidden});
  else
    for (const auto* part : {"q", "k", "v"}) {
      const auto rows = *part == 'q' ? x.q_width() : x.kv_width();
      out.push_back({self + part + "_proj.weight", rows, x.hidden});
      if (x.qkv_bias)
        out.push_back({self + part + "_proj.bias", rows, 0});
    }
  out.push_back({self + "o_proj.weight", x.hidden, x.q_width()});
}

void add_mlp(const architecture& x, const std::string& at,
             std::vector<tensor_plan>& out) {
  const auto mlp = at + "mlp.";
  if (x.kind == family::phi3)
    out.push_back({mlp + "gate_up_proj.weight", 2 * x.intermediate, x.hidden});
  else
    for (const auto* part : {"gate", "up"})
      out.push_back({mlp + part + "_proj.weight", x.intermediate, x.hidden});
  out.push_back({mlp + "down_proj.weight", x.hidden, x.intermediate});
}

} // namespace

std::vector<tensor_plan> tensors_of(const architecture& x) {
  std::vector<tensor_plan> result;
  result.push_back({"model.embed_tokens.weight", x.vocabulary, x.hidden});
  for (std::size_t i = 0; i < x.layers; ++i) {
    const auto at = "model.layers." + std::to_string(i) + ".";
    result.push_back({at + "input_layernorm.weight", x.hidden, 0});
    add_attention(x, at, result);
    result.push_back({at + "post_attention_layernorm.weight", x.hidden, 0});
    add_mlp(x, at, result);
  }
  result.push_back({"model.norm.weight", x.hidden, 0});
  if (!x.tied)
    result.push_back({"lm_head.weight", x.vocabulary, x.hidden});
  return result;
}

std::size_t parameters_of(const architecture& x) {
  std::size_t total = 0;
  for (const auto& tensor : tensors_of(x))
    total += tensor.size();
  return total;
}

expected<architecture> read_architecture(std::string_view config,
                                         std::string_view generation) {
  const auto x = parse_within(config, configuration_depth);
  if (!x.is_object())
    return fault{errc::invalid_model, "config.json is no JSON object"};
  auto in = fields{x};
  architecture result;
  const auto kind = family_of(in.get("model_type"));
  if (!kind) {
    in.fail(errc::unsupported, "model_type", "phi3, llama or qwen2",
            in.get("model_type"));
    return *in.wrong;
  }
  result.kind = *kind;
  result.vocabulary = in.size("vocab_size");
  result.hidden = in.size("hidden_size");
  result.layers = in.size("num_hidden_layers");
  result.heads = in.size("num_attention_heads");
  result.kv_heads = in.size("num_key_value_heads", result.heads);
  if (in.get("head_dim").is_null() && result.hidden % result.heads != 0)
    in.fail(errc::invalid_model, "hidden_size",
            "a multiple of " + std::to_string(result.heads) + " heads",
            result.hidden);
  result.head_size = in.size(
    "head_dim", std::max<std::size_t>(
                  result.hidden / std::max<std::size_t>(result.heads, 1), 1));
  result.intermediate = in.size("intermediate_size");
  result.positions = in.size("max_position_embeddings");
  result.norm_epsilon = in.positive("rms_norm_eps", in.get("rms_norm_eps"), 0);
  result.tied = in.flag("tie_word_embeddings", false);
  result.qkv_bias = result.kind == family::qwen2;
  in.only("hidden_act", in.get("hidden_act"), "silu");
  in.only("attention_bias", in.get("attention_bias"), false);
  in.only("mlp_bias", in.get("mlp_bias"), false);
  read_rope(in, result);
  read_window(in, result);
  read_quantization(in);
  if (!in.wrong)
    check_sizes(in, result);
  result.begin_token = token(in, "bos_token_id", result.vocabulary);
  result.pad_token = token(in, "pad_token_id", result.vocabulary);
  result.end_tokens = tokens(in, "eos_token_id", result.vocabulary);
  if (in.wrong)
    return *in.wrong;
  if (generation.empty())
    return result;
  const auto more = parse_within(generation, configuration_depth);
  if (!more.is_object())
    return fault{errc::invalid_model,
                 "generation_config.json is no JSON object"};
  auto over = fields{more};
  if (auto ends = tokens(over, "eos_token_id", result.vocabulary);
      !ends.empty())
    result.end_tokens = std::move(ends);
  if (over.wrong)
    return *over.wrong;
  return result;
}

} // namespace aura::model
