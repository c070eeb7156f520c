#pragma once

#include <cstddef>
#include <filesystem>

namespace aura::model {

/// How a pretrained model is loaded.
struct load_options {
  /// A PEFT folder or GGUF adapter that goes with it; may be empty.
  std::filesystem::path adapter;
  /// The model that an adapter goes with, if not the one that it names.
  std::filesystem::path base;
  /// Longest text in tokens, if the architecture allows.
  std::size_t positions = 4096;
  std::size_t threads = 2;
};

} // namespace aura::model
