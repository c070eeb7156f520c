#include "actors/flow/run_directory.hpp"

#include "actors/flow/files.hpp"
#include "kernels/base/json.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <sstream>
#include <utility>

namespace aura::flow {

namespace {

namespace fs = std::filesystem;

constexpr auto lock_file = "lock.json";
constexpr auto config_file = "config.resolved.yaml";

std::vector<std::string> lines_of(const std::string& text) {
  auto result = std::vector<std::string>{};
  auto stream = std::istringstream{text};
  for (auto line = std::string{}; std::getline(stream, line);)
    result.push_back(line);
  return result;
}

std::string hash_in(const fs::path& folder) {
  auto text = read_file(folder / lock_file);
  if (!text)
    return {};
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  return json.is_object() ? json.value("hash", "") : "";
}

bool is_finished(const fs::path& folder) {
  auto text = read_file(folder / "report.json");
  if (!text)
    return false;
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  return json.is_object() && json.value("complete", false);
}

/// The newest unfinished run with this hash.
fs::path find_unfinished(const fs::path& folder, const std::string& hash) {
  auto found = std::vector<fs::path>{};
  auto failed = std::error_code{};
  const auto ending = "-" + hash.substr(0, 8);
  for (auto entry = fs::directory_iterator{folder, failed};
       !failed && entry != fs::directory_iterator{}; entry.increment(failed)) {
    const auto& path = entry->path();
    const auto name = path.filename().string();
    if (!entry->is_symlink() && name.size() > ending.size()
        && name.ends_with(ending) && hash_in(path) == hash
        && !is_finished(path))
      found.push_back(path);
  }
  return found.empty() ? fs::path{}
                       : *std::max_element(found.begin(), found.end());
}

/// Points `latest` at the newest run. A convenience, hence no error.
void link_latest(const fs::path& path) {
  auto failed = std::error_code{};
  const auto link = path.parent_path() / "latest";
  const auto fresh = path.parent_path() / ".latest.tmp";
  fs::remove(fresh, failed);
  fs::create_directory_symlink(path.filename(), fresh, failed);
  if (!failed)
    fs::rename(fresh, link, failed);
}

} // namespace

std::vector<fs::path> list_runs(const fs::path& folder) {
  auto result = std::vector<fs::path>{};
  auto failed = std::error_code{};
  for (auto entry = fs::directory_iterator{folder, failed};
       !failed && entry != fs::directory_iterator{}; entry.increment(failed))
    if (!entry->is_symlink(failed)
        && fs::exists(entry->path() / lock_file, failed))
      result.push_back(entry->path());
  // Names begin with the time.
  std::sort(result.rbegin(), result.rend());
  return result;
}

std::string line_difference(const std::string& before,
                            const std::string& after) {
  const auto old_lines = lines_of(before);
  const auto new_lines = lines_of(after);
  const auto in
    = [](const std::string& line, const std::vector<std::string>& lines) {
        return std::find(lines.begin(), lines.end(), line) != lines.end();
      };
  auto text = std::string{};
  for (const auto& line : old_lines)
    if (!in(line, new_lines))
      text += "-" + line + "\n";
  for (const auto& line : new_lines)
    if (!in(line, old_lines))
      text += "+" + line + "\n";
  return text;
}

run_directory::run_directory(run_directory&& other) noexcept
  : path_{std::move(other.path_)}, resumed_{other.resumed_},
    lock_{std::exchange(other.lock_, -1)} {
}

run_directory& run_directory::operator=(run_directory&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(resumed_, other.resumed_);
  std::swap(lock_, other.lock_);
  return *this;
}

run_directory::~run_directory() {
  if (lock_ >= 0)
    ::close(lock_);
}

expected<run_directory> run_directory::open(const fs::path& base,
                                            const run_identity& identity,
                                            const fs::path& explicit_path,
                                            const std::string& time,
                                            bool fresh) {
  auto result = run_directory{};
  const auto folder = base / identity.name;
  if (!explicit_path.empty())
    result.path_ = explicit_path;
  else if (!fresh)
    result.path_ = find_unfinished(folder, identity.hash);
  if (result.path_.empty()) {
    result.path_ = folder / (time + "-" + identity.hash.substr(0, 8));
    auto failed = std::error_code{};
    for (int i = 2; fs::exists(result.path_, failed); ++i)
      result.path_
        = folder
          / (time + "." + std::to_string(i) + "-" + identity.hash.substr(0, 8));
  }
  const auto earlier = hash_in(result.path_);
  if (!earlier.empty() && earlier != identity.hash && !fresh) {
    auto text = std::string{"another run is in '" + result.path_.string()
                            + "', with another configuration:\n"};
    auto before = read_file(result.path_ / config_file);
    const auto difference
      = line_difference(before ? *before : "", identity.resolved);
    text += difference.empty() ? "(the same options, but other input files or "
                                 "another version of the program)\n"
                               : difference;
    return fault{errc::invalid_option,
                 text + "choose another folder, or start anew with --fresh"};
  }
  if (auto made = make_folder(result.path_); !made)
    return made.error();
  const auto lock = result.path_ / ".running";
  result.lock_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (result.lock_ < 0)
    return system_fault("cannot write", lock);
  if (::flock(result.lock_, LOCK_EX | LOCK_NB) != 0)
    return fault{errc::io_error, "another process is at work in '"
                                   + result.path_.string() + "'"};
  result.resumed_ = !earlier.empty() && !fresh;
  auto overrides = std::string{};
  for (const auto& x : identity.overrides)
    overrides += x + "\n";
  for (const auto& [name, text] : {std::pair{config_file, &identity.resolved},
                                   {"overrides", &overrides},
                                   {lock_file, &identity.lock}})
    if (auto written = write_file(result.path_ / name, *text); !written)
      return written.error();
  if (explicit_path.empty())
    link_latest(result.path_);
  return result;
}

} // namespace aura::flow
