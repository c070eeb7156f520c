#include "actors/net/batch_log.hpp"

namespace aura::net {

namespace {

constexpr auto up = std::string_view{"up/"};
constexpr auto id = std::string_view{"id/"};
constexpr auto end = std::string_view{"end/"};

std::vector<std::string> split(std::string_view text) {
  auto result = std::vector<std::string>{};
  while (!text.empty()) {
    const auto stop = std::min(text.find('\n'), text.size());
    result.emplace_back(text.substr(0, stop));
    text.remove_prefix(std::min(stop + 1, text.size()));
  }
  return result;
}

} // namespace

expected<batch_log> batch_log::open(const std::filesystem::path& file) {
  auto result = batch_log{};
  if (file.empty())
    return result;
  auto journal = flow::journal::open(file);
  if (!journal)
    return journal.error();
  result.journal_.emplace(*std::move(journal));
  auto sound = true;
  const auto read = result.journal_->visit(
    [&](std::string_view key, std::string_view content) {
      auto& entries = result.entries_;
      if (key.starts_with(up))
        entries[std::string{key.substr(up.size())}].keys = split(content);
      else if (key.starts_with(id))
        entries[std::string{key.substr(id.size())}].batch = content;
      else if (key.starts_with(end))
        entries[std::string{key.substr(end.size())}].ended = true;
      else
        sound = false;
    });
  if (!read)
    return read.error();
  if (!sound)
    return fault{errc::damaged_file,
                 "'" + file.string() + "' is no log of batches"};
  return result;
}

std::map<std::string, batch_log::entry> batch_log::open_batches() const {
  auto result = std::map<std::string, entry>{};
  for (const auto& [file, x] : entries_)
    if (!x.ended)
      result.emplace(file, x);
  return result;
}

status batch_log::note(const char* what, const std::string& file,
                       const std::string& content) {
  if (!journal_)
    return ok;
  if (auto kept = journal_->finish(what + file, content); !kept)
    return kept;
  return journal_->sync();
}

status batch_log::uploaded(const std::string& file,
                           const std::vector<std::string>& keys) {
  auto content = std::string{};
  for (const auto& x : keys)
    content += x + '\n';
  entries_[file].keys = keys;
  return note(up.data(), file, content);
}

status batch_log::created(const std::string& file, const std::string& batch) {
  if (entries_[file].batch == batch)
    return ok;
  entries_[file].batch = batch;
  return note(id.data(), file, batch);
}

status batch_log::ended(const std::string& file, const std::string& how) {
  entries_[file].ended = true;
  return note(end.data(), file, how);
}

} // namespace aura::net
