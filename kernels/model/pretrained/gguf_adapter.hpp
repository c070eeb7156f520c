#pragma once

#include "kernels/model/pretrained/adapter_parts.hpp"

#include <filesystem>

namespace aura::model {

/// Writes an adapter as llama.cpp loads it, beside a GGUF of the model: fused
/// for Phi-3, split for others, single precision. Fails with `unsupported` if
/// embedding or head were trained whole, for which the format has no room, and
/// with `io_error`.
status write_gguf_adapter(const std::filesystem::path& file,
                          const architecture& shape, const adapter& trained);

/// Reads one back; α takes up what the format cannot say (rsLoRA, ranks that
/// differ). Fails as gguf::open() does, or with `invalid_model`, naming the
/// tensor, expected and found.
expected<adapter> read_gguf_adapter(const std::filesystem::path& file,
                                    const architecture& shape);

} // namespace aura::model
