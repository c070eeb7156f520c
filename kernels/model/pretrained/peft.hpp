#pragma once

#include "kernels/model/pretrained/adapter_parts.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace aura::model {

/// Writes adapter_config.json and adapter_model.safetensors as PEFT does, with
/// `base` as the name of the model beneath. Fails with `invalid_option` if the
/// layout is fused but the checkpoint is not, and with `io_error`.
status write_peft(const std::filesystem::path& folder,
                  const architecture& shape, const adapter& trained,
                  std::string_view base, peft_layout layout);

/// Reads such a folder, by us or by PEFT; adapters that were fused out of split
/// ones come apart again. Fails with `missing_file`, `damaged_file`, with
/// `unsupported` where PEFT would compute something else (DoRA, biases,
/// patterns of layers), or with `invalid_model`, naming the tensor, expected
/// and found.
expected<adapter> read_peft(const std::filesystem::path& folder,
                            const architecture& shape);

/// The model that an adapter says it belongs to. Fails as read_peft() does.
expected<std::string> peft_base(const std::filesystem::path& folder);

} // namespace aura::model
