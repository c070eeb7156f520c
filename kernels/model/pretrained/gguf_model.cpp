#include "kernels/model/pretrained/gguf_model.hpp"

#include "kernels/base/json.hpp"
#include "kernels/model/pretrained/gguf_names.hpp"

#include <array>
#include <charconv>
#include <cstring>

namespace aura::model {

namespace {

using nlohmann::json;

/// The number that somebody wrote down before it was rounded to single
/// precision: 1e-5, not 9.99999974737875e-06.
double as_written(double x) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(),
                                 static_cast<float>(x))
                     .ptr;
  std::from_chars(text.data(), end, x);
  return x;
}

void put(json& out, const char* field, const std::optional<std::uint64_t>& x) {
  if (x)
    out[field] = *x;
}

void undo_row_pairs(weight& x, std::size_t head_size) {
  const auto row = x.bytes.size() / x.rows;
  auto copy = std::make_shared<std::vector<std::byte>>(x.bytes.size());
  for (std::size_t i = 0; i < x.rows; ++i)
    std::memcpy(copy->data() + i * row,
                x.bytes.data() + paired_row(i, head_size) * row, row);
  x.bytes = *copy;
  x.owner = std::move(copy);
}

} // namespace

expected<architecture> read_architecture(const gguf& file) {
  const auto kind = file.text("general.architecture");
  if (!kind)
    return fault{errc::invalid_model, "no general.architecture"};
  const auto key
    = [&](const char* name) { return std::string{*kind} + "." + name; };
  auto x = json{{"model_type", *kind}, {"hidden_act", "silu"}};
  const auto tokens = file.texts("tokenizer.ggml.tokens");
  auto vocabulary = file.whole(key("vocab_size"));
  if (!vocabulary && tokens)
    vocabulary = tokens->size();
  put(x, "vocab_size", vocabulary);
  put(x, "hidden_size", file.whole(key("embedding_length")));
  put(x, "num_hidden_layers", file.whole(key("block_count")));
  put(x, "num_attention_heads", file.whole(key("attention.head_count")));
  put(x, "num_key_value_heads", file.whole(key("attention.head_count_kv")));
  put(x, "head_dim", file.whole(key("attention.key_length")));
  put(x, "intermediate_size", file.whole(key("feed_forward_length")));
  put(x, "max_position_embeddings", file.whole(key("context_length")));
  put(x, "bos_token_id", file.whole("tokenizer.ggml.bos_token_id"));
  put(x, "pad_token_id", file.whole("tokenizer.ggml.padding_token_id"));
  if (const auto window = file.whole(key("attention.sliding_window"));
      window.value_or(0) != 0)
    x["sliding_window"] = *window;
  if (const auto theta = file.real(key("rope.freq_base")))
    x["rope_theta"] = as_written(*theta);
  if (const auto epsilon = file.real(key("attention.layer_norm_rms_epsilon")))
    x["rms_norm_eps"] = as_written(*epsilon);
  if (const auto scaling = file.text(key("rope.scaling.type"));
      scaling.value_or("none") != "none")
    x["rope_scaling"] = *scaling;
  auto tied = true;
  for (const auto& tensor : file.entries()) {
    tied = tied && tensor.name != "output.weight";
    if (tensor.name.starts_with("rope_"))
      x["rope_scaling"] = tensor.name;
  }
  x["tie_word_embeddings"] = tied;
  auto ends = json::array();
  for (const auto* end : {"eos", "eot", "eom"})
    if (const auto id
        = file.whole("tokenizer.ggml." + std::string{end} + "_token_id"))
      ends.push_back(*id);
  x["eos_token_id"] = ends;
  auto result
    = read_architecture(x.dump(-1, ' ', false, json::error_handler_t::replace));
  const auto turned = file.whole(key("rope.dimension_count"));
  if (result && turned && *turned != result->head_size)
    return fault{errc::unsupported, key("rope.dimension_count") + ": expected "
                                      + std::to_string(result->head_size)
                                      + ", found " + std::to_string(*turned)};
  return result;
}

expected<stored_tensors> rename_tensors(const gguf& file) {
  const auto fused = file.text("general.architecture") == "phi3";
  stored_tensors result;
  for (const auto& x : file.entries()) {
    auto name = name_from_gguf(x.name, fused);
    if (name.empty())
      return fault{errc::unsupported,
                   "tensor '" + x.name + "' has no place in this decoder"};
    if (!result
           .emplace(std::move(name),
                    stored_tensor{x.type, x.shape, file.bytes(x), file.owner()})
           .second)
      return fault{errc::invalid_model,
                   "tensor '" + x.name + "' is there twice"};
  }
  return result;
}

void undo_row_pairs(model_weights& x) {
  if (x.shape.kind != family::llama)
    return;
  for (auto& layer : x.layers)
    for (std::size_t i = 0; i < 2; ++i)
      undo_row_pairs(layer.qkv.parts[i], x.shape.head_size);
}

expected<text::listed_vocabulary> list_vocabulary(const gguf& file) {
  const auto kind = file.text("tokenizer.ggml.model");
  if (kind != "gpt2")
    return fault{errc::unsupported,
                 "tokenizer.ggml.model: expected 'gpt2', a byte-level BPE, "
                 "found '"
                   + std::string{kind.value_or("none")} + "'"};
  const auto tokens = file.texts("tokenizer.ggml.tokens");
  const auto kinds = file.wholes("tokenizer.ggml.token_type");
  const auto merges = file.texts("tokenizer.ggml.merges");
  if (!tokens || !kinds || !merges)
    return fault{errc::damaged_file,
                 "no tokenizer.ggml.tokens, token_type or merges"};
  text::listed_vocabulary list{
    *tokens,
    *kinds,
    *merges,
    std::string{file.text("tokenizer.ggml.pre").value_or("gpt-2")},
    {}};
  const auto begin = file.whole("tokenizer.ggml.bos_token_id");
  // llama.cpp, too, begins Llama 3's texts where nobody says otherwise.
  if (begin && *begin < tokens->size()
      && file.flag("tokenizer.ggml.add_bos_token")
           .value_or(list.rule == "llama-bpe"))
    list.before = static_cast<std::int32_t>(*begin);
  return list;
}

expected<text::tokenizer> read_tokenizer(const gguf& file) {
  auto list = list_vocabulary(file);
  if (!list)
    return list.error();
  return text::tokenizer::from_list(*list);
}

} // namespace aura::model
