#include "kernels/base/json.hpp"
#include "kernels/base/text_file.hpp"
#include "kernels/model/pretrained/gguf_model.hpp"
#include "kernels/model/pretrained/gguf_names.hpp"
#include "kernels/model/pretrained/merged.hpp"

#include <array>

namespace aura::model {

namespace {

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

/// Files of a folder that are of use as they are.
constexpr std::array as_they_are{"tokenizer.json",      "added_tokens.json",
                                 "vocab.json",          "merges.txt",
                                 "chat_template.jinja", "tokenizer.model"};

/// The object in a file, empty if there is none.
json read_object(const fs::path& file) {
  const auto text = read_text_file(file).value_or("");
  auto x = parse_within<json>(text, configuration_depth);
  return x.is_object() ? x : json::object();
}

status write(const fs::path& file, const json& x) {
  return write_text_file(
    file, x.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

json config_of(const architecture& x) {
  const auto kind = std::string{gguf_architecture(x.kind)};
  const auto* model = x.kind == family::phi3    ? "Phi3ForCausalLM"
                      : x.kind == family::llama ? "LlamaForCausalLM"
                                                : "Qwen2ForCausalLM";
  json result{{"architectures", {model}},
              {"model_type", kind},
              {"vocab_size", x.vocabulary},
              {"hidden_size", x.hidden},
              {"num_hidden_layers", x.layers},
              {"num_attention_heads", x.heads},
              {"num_key_value_heads", x.kv_heads},
              {"head_dim", x.head_size},
              {"intermediate_size", x.intermediate},
              {"max_position_embeddings", x.positions},
              {"rope_theta", x.rope_theta},
              {"rope_scaling", nullptr},
              {"rms_norm_eps", x.norm_epsilon},
              {"hidden_act", "silu"},
              {"attention_dropout", 0.0},
              {"tie_word_embeddings", x.tied},
              {"eos_token_id", x.end_tokens}};
  if (x.kind == family::phi3)
    result["original_max_position_embeddings"] = x.positions;
  if (x.kind == family::llama)
    result["attention_bias"] = result["mlp_bias"] = false;
  result["bos_token_id"] = nullptr;
  result["pad_token_id"] = nullptr;
  if (x.begin_token)
    result["bos_token_id"] = *x.begin_token;
  if (x.pad_token)
    result["pad_token_id"] = *x.pad_token;
  return result;
}

/// Everything that ends a text, the end of a turn among it.
json generation_of(json x, const pretrained& base) {
  if (const auto ends = ends_of(base); !ends.empty())
    x["eos_token_id"] = ends;
  return x;
}

/// The tokenizer's part of a GGUF file.
status write_tokenizer(const fs::path& folder, const fs::path& place,
                       const pretrained& base) {
  auto file = gguf::open(place);
  if (!file)
    return file.error();
  auto list = list_vocabulary(*file);
  if (!list)
    return list.error();
  auto text = text::write_tokenizer_json(*list);
  if (!text)
    return text.error();
  if (auto done = write_text_file(folder / "tokenizer.json", *text); !done)
    return done;
  const auto& shape = base.weights.shape;
  json x{{"tokenizer_class", "PreTrainedTokenizerFast"},
         {"model_max_length", shape.positions},
         {"clean_up_tokenization_spaces", false}};
  const auto put = [&](const char* field, std::optional<std::int32_t> id) {
    if (id)
      x[field] = base.vocabulary.token(*id);
  };
  put("bos_token", shape.begin_token);
  put("pad_token", shape.pad_token);
  if (!shape.end_tokens.empty())
    put("eos_token", shape.end_tokens.front());
  if (const auto chat = file->text("tokenizer.chat_template"))
    x["chat_template"] = *chat;
  if (const auto end = end_of_turn(base); !end.empty())
    x["eos_token"] = end;
  return write(folder / "tokenizer_config.json", x);
}

status copy_tokenizer(const fs::path& folder, const fs::path& place,
                      const pretrained& base) {
  for (const auto* name : as_they_are) {
    std::error_code failed;
    if (fs::exists(place / name)
        && !fs::copy_file(place / name, folder / name,
                          fs::copy_options::overwrite_existing, failed))
      return fault{errc::io_error, "cannot write " + (folder / name).string()
                                     + ": " + failed.message()};
  }
  const auto end = end_of_turn(base);
  for (const auto* name : {"tokenizer_config.json", "special_tokens_map.json"})
    if (fs::exists(place / name)) {
      auto x = read_object(place / name);
      // Else the answers of a model that was tuned would never end.
      if (!end.empty())
        x["eos_token"] = end;
      if (auto done = write(folder / name, x); !done)
        return done;
    }
  return ok;
}

} // namespace

status write_companions(const fs::path& folder, const fs::path& place,
                        const pretrained& base) {
  const auto single = is_gguf(place);
  auto config = single ? config_of(base.weights.shape)
                       : read_object(place / "config.json");
  config.erase("quantization_config");
  config["torch_dtype"] = "bfloat16";
  if (config.contains("dtype"))
    config["dtype"] = "bfloat16";
  if (auto done = write(folder / "config.json", config); !done)
    return done;
  const auto generation = generation_of(
    single ? json::object() : read_object(place / "generation_config.json"),
    base);
  if (auto done = write(folder / "generation_config.json", generation); !done)
    return done;
  return single ? write_tokenizer(folder, place, base)
                : copy_tokenizer(folder, place, base);
}

} // namespace aura::model
