#pragma once

#include "kernels/base/expected.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

/// Small files, whole.
namespace aura {

/// What is in `file`; nothing if it cannot be opened.
std::optional<std::string> read_text_file(const std::filesystem::path& file);

/// Makes `file`, or puts `text` in place of what it held.
status write_text_file(const std::filesystem::path& file,
                       std::string_view text);

} // namespace aura
