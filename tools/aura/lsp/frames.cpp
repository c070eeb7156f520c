#include "tools/aura/lsp/frames.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

namespace aura::tools::lsp {

namespace {

// More than any document that the language reads, and its changes.
constexpr std::size_t most_body = 64u << 20;
constexpr std::size_t most_line = 4096;
constexpr auto length_name = std::string_view{"Content-Length"};

bool is_header(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':')
    return false;
  for (std::size_t i = 0; i < name.size(); ++i)
    if ((line[i] | 0x20) != (name[i] | 0x20))
      return false;
  return true;
}

std::optional<std::size_t> number_in(std::string_view line) {
  const auto first = line.find_first_of("0123456789");
  const auto colon = line.find(':');
  if (first == line.npos || line.find_first_not_of(" \t", colon + 1) != first)
    return std::nullopt;
  auto n = std::size_t{};
  const auto* end = line.data() + line.size();
  const auto [rest, error] = std::from_chars(line.data() + first, end, n);
  if (error != std::errc{}
      || std::any_of(rest, end, [](char c) { return c != ' ' && c != '\t'; }))
    return std::nullopt;
  return n;
}

} // namespace

bool frame_reader::fill() {
  if (at_ > 0) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  const auto before = buffer_.size();
  constexpr auto step = std::size_t{1} << 16;
  buffer_.resize(before + step);
  auto n = ::ssize_t{};
  do
    n = ::read(descriptor_, buffer_.data() + before, step);
  while (n < 0 && errno == EINTR);
  buffer_.resize(before + static_cast<std::size_t>(std::max<::ssize_t>(n, 0)));
  return n > 0;
}

// The next line without its end; nothing at the end of the input. A line
// beyond any header comes in pieces.
std::optional<std::string> frame_reader::line() {
  for (;;) {
    const auto end = buffer_.find('\n', at_);
    if (end != buffer_.npos && end - at_ <= most_line) {
      auto result = buffer_.substr(at_, end - at_);
      at_ = end + 1;
      if (!result.empty() && result.back() == '\r')
        result.pop_back();
      return result;
    }
    if (buffer_.size() - at_ > most_line) {
      auto result = buffer_.substr(at_, most_line);
      at_ += most_line;
      return result;
    }
    if (!fill())
      return std::nullopt;
  }
}

// Reads headers up to the blank line. Nothing if they say no usable length.
std::optional<std::size_t> frame_reader::headers(bool& at_end) {
  auto size = std::optional<std::size_t>{};
  auto malformed = false;
  for (auto header = line(); header; header = line()) {
    // Behind what is left of a message that was longer than it said.
    if (const auto at = header->rfind(length_name);
        at != header->npos && at > 0) {
      header->erase(0, at);
      malformed = true;
    }
    if (is_header(*header, length_name)) {
      size = number_in(*header);
      if (size && *size > most_body)
        size.reset();
      malformed = malformed || !size;
    } else if (!header->empty()) {
      malformed = malformed || !is_header(*header, "Content-Type");
    } else if (size || malformed) {
      return size;
    }
    // A blank line before any header does no harm.
  }
  at_end = true;
  return std::nullopt;
}

frame frame_reader::next() {
  auto at_end = false;
  const auto size = headers(at_end);
  if (!size)
    return {at_end ? frame::kind::end : frame::kind::malformed, {}};
  const auto bytes = size.value_or(0);
  while (buffer_.size() - at_ < bytes)
    if (!fill())
      return {frame::kind::end, {}};
  auto result = frame{frame::kind::message, buffer_.substr(at_, bytes)};
  at_ += bytes;
  return result;
}

bool frame_reader::is_ready() {
  if (at_ < buffer_.size())
    return true;
  auto wait = ::pollfd{descriptor_, POLLIN, 0};
  return ::poll(&wait, 1, 0) > 0;
}

bool write_frame(int descriptor, std::string_view body) {
  auto text = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  text += body;
  for (auto rest = std::string_view{text}; !rest.empty();) {
    const auto n = ::write(descriptor, rest.data(), rest.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

} // namespace aura::tools::lsp
