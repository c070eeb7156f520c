#include "actors/flow/console.hpp"

#include "actors/flow/batch.hpp"
#include "actors/flow/live_numbers.hpp"
#include "kernels/base/json.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <array>

namespace aura::flow {

namespace {

constexpr auto plain_interval = std::chrono::seconds{5};

std::string pad(std::string text, std::size_t width) {
  if (text.size() < width)
    text.append(width - text.size(), ' ');
  return text;
}

std::string pad_left(std::string text, std::size_t width) {
  if (text.size() < width)
    text.insert(0, width - text.size(), ' ');
  return text;
}

std::string rate_text(const tally& x) {
  const auto rate = rate_of(x);
  return rate > 0 ? grouped(static_cast<std::uint64_t>(rate)) + "/s"
                  : std::string{};
}

std::string describe(const tally& x, const std::string& text) {
  auto line = pad_left(grouped(x.out), 11) + " rows";
  line += pad_left(rate_text(x), 12);
  if (x.held > 0 && !x.finished)
    line += "  " + grouped(x.held) + " in work";
  if (x.owed_rows > 0 && !x.finished)
    line += "  " + grouped(x.owed_rows) + " owed";
  if (x.rejected_here > 0)
    line += "  " + grouped(x.rejected_here) + " rejected";
  auto failed = std::uint64_t{0};
  for (const auto& [by, n] : x.rejected)
    if (by.first == x.stage && is_failure(by.second))
      failed += n;
  if (failed > 0)
    line += ", " + grouped(failed) + " of them failed";
  if (!text.empty())
    line += "  " + text;
  return line;
}

const char* mark_of(const tally& x) {
  if (x.finished)
    return x.cancelled ? "■" : "✓";
  return x.batches > 0 ? "▸" : "·";
}

nlohmann::json to_json(const tally& x) {
  return {{"stage", x.stage},
          {"in", x.in},
          {"made", x.made},
          {"out", x.out},
          {"held", x.held},
          {"owed_rows", x.owed_rows},
          {"granted_rows", x.granted_rows},
          {"rejected", x.rejected_here},
          {"surplus", x.surplus},
          {"busy_seconds", x.busy},
          {"active_seconds", x.active},
          {"finished", x.finished}};
}

nlohmann::json to_json(const totals& x) {
  auto result = nlohmann::json{{"seconds", x.seconds},    {"made", x.made},
                               {"accepted", x.accepted},  {"target", x.target},
                               {"rejected", x.rejected},  {"failed", x.failed},
                               {"memory_mb", x.memory_mb}};
  if (x.seconds_left)
    result["seconds_left"] = *x.seconds_left;
  if (x.tokens)
    result["tokens"] = *x.tokens;
  if (x.dollars)
    result["dollars"] = *x.dollars;
  return result;
}

/// `text` on one line and without what a terminal would obey.
std::string tame(std::string text) {
  for (auto& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      c = ' ';
  return text;
}

/// A line for programs. Messages of servers may hold anything; what is no UTF-8
/// is replaced.
void write_line(std::FILE* out, const nlohmann::json& x) {
  const auto text
    = x.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  std::fwrite(text.data(), 1, text.size(), out);
}

/// Of the terminal that `out` is; zeros if it is none.
winsize size_of(std::FILE* out) {
  auto size = winsize{};
  const auto file = ::fileno(out);
  return file >= 0 && ::ioctl(file, TIOCGWINSZ, &size) == 0 ? size : winsize{};
}

} // namespace

std::string grouped(std::uint64_t x) {
  auto text = std::to_string(x);
  for (auto i = static_cast<std::ptrdiff_t>(text.size()) - 3; i > 0; i -= 3)
    text.insert(static_cast<std::size_t>(i), ",");
  return text;
}

std::string duration_text(double seconds) {
  auto buffer = std::array<char, 32>{};
  if (seconds < 60)
    std::snprintf(buffer.data(), buffer.size(), "%.1f s", seconds);
  else
    std::snprintf(buffer.data(), buffer.size(), "%dm %02ds",
                  static_cast<int>(seconds) / 60,
                  static_cast<int>(seconds) % 60);
  return buffer.data();
}

std::string clipped(const std::string& text, std::size_t columns) {
  auto seen = std::size_t{0};
  auto end = std::size_t{0}; // of all but the last column
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] & 0xc0) == 0x80)
      continue;
    if (seen + 1 == columns)
      end = i;
    if (seen++ == columns)
      return columns == 0 ? std::string{} : text.substr(0, end) + "…";
  }
  return text;
}

std::vector<std::size_t> fitting(const std::vector<tally>& stages,
                                 std::size_t lines) {
  auto result = std::vector<std::size_t>{};
  for (std::size_t i = 0; i < stages.size(); ++i)
    if (stages.size() <= lines
        || (stages[i].batches > 0 && !stages[i].finished))
      result.push_back(i);
  if (result.size() > lines)
    result.erase(result.begin(),
                 result.end() - static_cast<std::ptrdiff_t>(lines));
  return result;
}

console::console(display how, std::FILE* out, std::vector<std::string> stages)
  : how_{how}, out_{out}, names_{std::move(stages)}, begun_{clock::now()},
    printed_{begun_} {
}

void console::progress(const std::vector<tally>& stages, const totals& all) {
  last_ = stages;
  all_ = all;
  switch (how_) {
  case display::live:
    draw(stages);
    return;
  case display::json:
    for (const auto& x : stages)
      if (x.batches > 0 && !x.finished)
        write_line(out_, {{"event", "progress"}, {"progress", to_json(x)}});
    write_line(out_, {{"event", "totals"}, {"totals", to_json(all)}});
    std::fflush(out_);
    return;
  case display::plain:
    if (clock::now() - printed_ < plain_interval)
      return;
    printed_ = clock::now();
    for (const auto& x : stages)
      if (x.batches > 0 && !x.finished && x.in + x.made > 0)
        std::fprintf(out_, "%s %s\n", pad(x.stage, 10).c_str(),
                     describe(x, notes_[x.stage]).c_str());
    std::fprintf(out_, "%s %s\n", pad("all", 10).c_str(), to_text(all).c_str());
    std::fflush(out_);
    return;
  case display::quiet:
    return;
  }
}

void console::tell(const note& x) {
  notes_[x.stage] = tame(x.text);
  if (how_ == display::json) {
    write_line(out_, {{"event", "note"},
                      {"stage", x.stage},
                      {"text", x.text},
                      {"done", x.done},
                      {"total", x.total}});
    std::fflush(out_);
  } else if (how_ == display::plain
             && clock::now() - printed_ >= plain_interval) {
    printed_ = clock::now();
    std::fprintf(out_, "%s %s\n", pad(x.stage, 10).c_str(),
                 notes_[x.stage].c_str());
    std::fflush(out_);
  } else if (how_ == display::live) {
    draw(last_);
  }
}

void console::finished(const tally& x) {
  if (how_ == display::json)
    write_line(out_, {{"event", "finished"}, {"progress", to_json(x)}});
  else if (how_ == display::plain)
    std::fprintf(out_, "%s %s  %s\n", pad(x.stage, 10).c_str(),
                 describe(x, notes_[x.stage]).c_str(),
                 duration_text(x.active).c_str());
  else if (how_ == display::live) {
    // The next measurement may come too late to be drawn.
    for (auto& last : last_)
      if (last.stage == x.stage)
        last = x;
    draw(last_);
  }
  std::fflush(out_);
}

void console::draw(const std::vector<tally>& stages) {
  if (stages.empty())
    return;
  // A line that wraps, or one too many, would spoil going back up.
  const auto size = size_of(out_);
  const auto columns = std::size_t{size.ws_col};
  const auto lines = size.ws_row > 2   ? size.ws_row - std::size_t{2}
                     : size.ws_row > 0 ? std::size_t{0}
                                       : stages.size();
  const auto shown = fitting(stages, lines);
  const auto line = [&](const std::string& text) {
    std::fprintf(out_, "\r\x1b[2K%s\n",
                 (columns > 0 ? clipped(text, columns) : text).c_str());
  };
  if (drawn_ > 0)
    std::fprintf(out_, "\x1b[%zuA", drawn_);
  for (const auto i : shown) {
    const auto& x = stages[i];
    line(std::string{mark_of(x)} + " " + pad(x.stage, 10) + " "
         + (x.batches == 0 ? "" : describe(x, notes_[x.stage]))
         + (x.finished ? "  " + duration_text(x.active) : ""));
  }
  line("  " + to_text(all_));
  std::fputs("\x1b[J", out_);
  drawn_ = shown.size() + 1;
  std::fflush(out_);
}

void console::close() {
  if (how_ == display::live)
    draw(last_);
}

} // namespace aura::flow
