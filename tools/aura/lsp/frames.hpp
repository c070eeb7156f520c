#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace aura::tools::lsp {

/// One message as it came in, or why there is none.
struct frame {
  enum class kind { message, malformed, end };
  kind what = kind::end;
  std::string body; // of a message
};

/// Reads messages with a Content-Length header from a file descriptor. What is
/// no header is skipped up to the next line that is one, so that one broken
/// message costs no more than itself. Not safe to share between threads.
class frame_reader {
public:
  explicit frame_reader(int descriptor) : descriptor_{descriptor} {
  }

  /// Waits for the next message.
  frame next();

  /// Whether more input is there already.
  bool is_ready();

private:
  bool fill();
  std::optional<std::string> line();
  std::optional<std::size_t> headers(bool& at_end);

  int descriptor_;
  std::string buffer_;
  std::size_t at_ = 0;
};

/// Writes `body` with its header. False if the other side is gone.
bool write_frame(int descriptor, std::string_view body);

} // namespace aura::tools::lsp
