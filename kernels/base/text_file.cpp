#include "kernels/base/text_file.hpp"

#include <fstream>
#include <sstream>

namespace aura {

std::optional<std::string> read_text_file(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in)
    return std::nullopt;
  std::stringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

status write_text_file(const std::filesystem::path& file,
                       std::string_view text) {
  std::ofstream out{file, std::ios::binary | std::ios::trunc};
  out << text;
  out.flush();
  if (!out)
    return fault{errc::io_error, "cannot write " + file.string()};
  return ok;
}

} // namespace aura
