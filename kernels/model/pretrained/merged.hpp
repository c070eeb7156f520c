#pragma once

#include "kernels/model/pretrained/pretrained.hpp"
#include "kernels/model/pretrained/reader.hpp"

#include <filesystem>

namespace aura::model {

/// What an adapter is added to.
enum class merge_base : std::uint8_t {
  /// The weights as the checkpoint has them: mostly better.
  stored,
  /// Rounded to NF4 first, linear layers alone: what training on NF4 saw.
  nf4,
};

struct merge_options {
  merge_base beneath = merge_base::stored;
  /// Files are cut before they grow larger.
  std::size_t file_bytes = 5'000'000'000;
};

/// Writes the model that `base`, opened from `place`, and `trained` are
/// together: a folder in Hugging Face layout, in bfloat16, with the tokenizer
/// and the configuration of the base (made from its metadata if that is a GGUF
/// file). The token that ends a turn stays one that ends a text. No more than
/// one tensor is in memory at a time. Fails with `io_error`.
status write_merged(const std::filesystem::path& folder,
                    const std::filesystem::path& place, const pretrained& base,
                    const adapter& trained, const merge_options& options = {});

/// The part of it that is not weights.
status write_companions(const std::filesystem::path& folder,
                        const std::filesystem::path& place,
                        const pretrained& base);

} // namespace aura::model
