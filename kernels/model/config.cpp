#include "kernels/base/json.hpp"
#include "kernels/model/shape.hpp"

namespace aura::model {

namespace {

using json = nlohmann::ordered_json;

/// Reads one positive whole number into `out`; the field's name if there is
/// none.
bool whole(const json& x, const char* field, std::size_t& out,
           std::string& missing) {
  if (x.contains(field) && x[field].is_number_unsigned()) {
    out = x[field].get<std::size_t>();
    return true;
  }
  missing = field;
  return false;
}

bool real(const json& x, const char* field, double& out, std::string& missing) {
  if (x.contains(field) && x[field].is_number()) {
    out = x[field].get<double>();
    return true;
  }
  missing = field;
  return false;
}

} // namespace

std::string write_config(const decoder_shape& shape) {
  const json x{{"architectures", {"Phi3ForCausalLM"}},
               {"model_type", "phi3"},
               {"vocab_size", shape.vocabulary},
               {"hidden_size", shape.hidden},
               {"num_hidden_layers", shape.layers},
               {"num_attention_heads", shape.heads},
               {"num_key_value_heads", shape.kv_heads},
               {"intermediate_size", shape.intermediate},
               {"max_position_embeddings", shape.positions},
               {"original_max_position_embeddings", shape.positions},
               {"rope_theta", shape.rope_theta},
               {"rope_scaling", nullptr},
               {"rms_norm_eps", shape.norm_epsilon},
               {"hidden_act", "silu"},
               {"attention_bias", false},
               {"attention_dropout", 0.0},
               {"embd_pdrop", 0.0},
               {"resid_pdrop", 0.0},
               {"sliding_window", nullptr},
               {"tie_word_embeddings", true},
               {"pad_token_id", 0},
               {"bos_token_id", 1},
               {"eos_token_id", 3},
               {"initializer_range", 0.02},
               {"torch_dtype", "float32"},
               {"use_cache", true}};
  return x.dump(2) + "\n";
}

expected<decoder_shape> read_config(const std::string& text) {
  const auto x = json::parse(text, nullptr, false);
  const auto refuse = [](const std::string& why) {
    return fault{errc::invalid_model, why};
  };
  if (!x.is_object())
    return refuse("configuration is no JSON object");
  if (!x.contains("model_type") || x["model_type"] != "phi3")
    return refuse("model_type is not 'phi3'");
  if (!x.contains("tie_word_embeddings") || x["tie_word_embeddings"] != true)
    return refuse("tie_word_embeddings is not true");
  if (x.contains("rope_scaling") && !x["rope_scaling"].is_null())
    return refuse("rope_scaling is not supported");
  decoder_shape shape;
  std::string missing;
  const auto complete
    = whole(x, "vocab_size", shape.vocabulary, missing)
      && whole(x, "hidden_size", shape.hidden, missing)
      && whole(x, "num_hidden_layers", shape.layers, missing)
      && whole(x, "num_attention_heads", shape.heads, missing)
      && whole(x, "num_key_value_heads", shape.kv_heads, missing)
      && whole(x, "intermediate_size", shape.intermediate, missing)
      && whole(x, "max_position_embeddings", shape.positions, missing)
      && real(x, "rope_theta", shape.rope_theta, missing)
      && real(x, "rms_norm_eps", shape.norm_epsilon, missing);
  if (!complete)
    return refuse("no number in field '" + missing + "'");
  if (auto fits = check(shape); !fits)
    return refuse(fits.error().message);
  return shape;
}

} // namespace aura::model
