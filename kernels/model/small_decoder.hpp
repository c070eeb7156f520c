#pragma once

#include "kernels/model/answering.hpp"

#include <filesystem>
#include <memory>

namespace aura::model {

/// Whether a folder holds a decoder that was trained here from scratch, or has
/// no tokenizer that could tell.
bool is_small_decoder(const std::filesystem::path& folder);

/// Reads one, as train() left it. Fails with `missing_file`, `damaged_file` or
/// `invalid_model`, naming what does not fit.
expected<std::shared_ptr<const answering>>
load_small_decoder(const std::filesystem::path& folder);

} // namespace aura::model
