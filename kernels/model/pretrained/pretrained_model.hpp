#pragma once

#include "kernels/model/answering.hpp"
#include "kernels/model/load_options.hpp"

#include <filesystem>
#include <memory>

namespace aura::model {

/// Reads a pretrained model to be asked for queries, and for anything else: a
/// folder in Hugging Face layout, a GGUF file, or a PEFT folder, whose base is
/// the one that it names or `options.base`. Fails as open_pretrained() and
/// read_peft() do, and with `unsupported` if nothing is known of its chat
/// template.
expected<std::shared_ptr<const answering>>
load_pretrained_model(const std::filesystem::path& place,
                      const load_options& options);

} // namespace aura::model
