#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/model/pretrained/weights.hpp"
#include "kernels/text/tokenizer.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace aura::model {

/// A pretrained decoder as it lies on disk: a folder in Hugging Face layout
/// (config.json, one or several safetensors, tokenizer.json; plain or NF4 of
/// bitsandbytes), or a GGUF file.
struct pretrained {
  model_weights weights;
  text::tokenizer vocabulary;
  /// Which chat template it was trained on, by the name in text/chat.hpp; empty
  /// if it brings none that is known there.
  std::string chat;
};

/// The special token that ends a turn; empty where no template is known.
std::string end_of_turn(const pretrained& x);

/// Every token that ends a text: those of the configuration, and the end of a
/// turn, which is what a fine-tuning teaches to end with.
std::vector<std::int32_t> ends_of(const pretrained& x);

/// The architecture alone, which needs no more than config.json (or the head of
/// a GGUF file). Fails with `missing_file`, or as read_architecture() does.
expected<architecture> open_architecture(const std::filesystem::path& place);

/// The weights alone: open_pretrained() without a tokenizer.
expected<model_weights> open_weights(const std::filesystem::path& place);

/// Maps the files and checks every tensor that the architecture needs against
/// its expected shape before anything is computed or memory is taken. Fails
/// with `missing_file`, `damaged_file`, `unsupported` or `invalid_model`,
/// naming the tensor, what was expected and what was found.
expected<pretrained> open_pretrained(const std::filesystem::path& place);

} // namespace aura::model
