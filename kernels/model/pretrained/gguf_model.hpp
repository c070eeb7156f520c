#pragma once

#include "kernels/model/pretrained/gguf.hpp"
#include "kernels/model/pretrained/tensor_files.hpp"
#include "kernels/text/tokenizer.hpp"

namespace aura::model {

/// What the metadata of `file` says of its decoder, in the terms of
/// config.json. Fails as read_architecture() does.
expected<architecture> read_architecture(const gguf& file);

/// The tensors of `file` under Hugging Face's names. Fails with `unsupported`,
/// naming it, if one has no such name.
expected<stored_tensors> rename_tensors(const gguf& file);

/// llama.cpp stores the rows of q and k of Llama in pairs, for a RoPE that
/// turns neighbours. Copies them into the order of Hugging Face's half-split
/// RoPE; other families are stored in that order.
void undo_row_pairs(model_weights& x);

/// The vocabulary in the metadata of `file`, which it points into. Fails with
/// `unsupported` or `damaged_file`.
expected<text::listed_vocabulary> list_vocabulary(const gguf& file);

/// The tokenizer in the metadata of `file`. Fails as tokenizer::load() does.
expected<text::tokenizer> read_tokenizer(const gguf& file);

} // namespace aura::model
