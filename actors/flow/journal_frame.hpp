#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// How entries of a journal lie in its file. Nothing but bytes: no file is
/// opened here.
namespace aura::flow::journal_frame {

/// What a journal begins with.
inline constexpr auto mark = std::string_view{"AURAJNL1"};

/// Length, its CRC-32C, and the CRC-32C of the payload.
inline constexpr auto header_size = std::size_t{12};

/// Longer payloads are refused when written, and damage when read.
inline constexpr auto most_bytes = std::size_t{256} << 20;

enum class kind : char { intent = 'I', done = 'D' };

/// Appends an entry as a frame. @pre `key` has at most 65,535 bytes and all of
/// it fits
void append(std::string& out, kind what, std::string_view key,
            std::string_view answer);

/// An entry as a frame. @pre `key` has at most 65,535 bytes and all of it fits
std::string write(kind what, std::string_view key, std::string_view answer);

enum class state : std::uint8_t { whole, torn, damaged };

/// What lies at the beginning of some bytes. The views point into them.
struct view {
  journal_frame::state state = journal_frame::state::damaged;
  journal_frame::kind kind = journal_frame::kind::intent;
  std::string_view key;
  std::string_view answer;
  /// Bytes of the whole frame.
  std::size_t size = 0;
};

/// Looks at the frame that `rest` begins with. What a cut can leave is torn:
/// the first part of a frame, or zeros where its bytes never arrived. A length
/// that fails its own checksum is damage, so that one flipped bit cannot make
/// all that follows look like a torn tail.
view read(std::string_view rest);

} // namespace aura::flow::journal_frame
