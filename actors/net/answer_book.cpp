#include "actors/net/answer_book.hpp"

namespace aura::net {

expected<answer_book> answer_book::open(const std::filesystem::path& file) {
  auto result = answer_book{};
  if (file.empty())
    return result;
  auto journal = flow::journal::open(file);
  if (!journal)
    return journal.error();
  result.journal_.emplace(*std::move(journal));
  return result;
}

std::string answer_book::warning() const {
  return journal_ ? journal_->warning() : std::string{};
}

expected<std::optional<std::string>>
answer_book::find(std::string_view key) const {
  if (!journal_)
    return std::optional<std::string>{};
  return journal_->find(key);
}

status answer_book::intend(std::string_view key) {
  return journal_ ? journal_->intend(key) : ok;
}

status answer_book::keep(std::string_view key, const completion& content) {
  return journal_ ? journal_->finish(key, to_bytes(content)) : ok;
}

status answer_book::sync() {
  return journal_ ? journal_->sync() : ok;
}

expected<double> answer_book::spent(const prices& at) const {
  auto sum = 0.0;
  if (!journal_)
    return sum;
  auto sound = status{ok};
  const auto read
    = journal_->visit([&](std::string_view, std::string_view bytes) {
        if (const auto used = usage_from(bytes))
          sum += cost_of(*used, at);
        else
          sound = used.error();
      });
  if (!read)
    return read.error();
  if (!sound)
    return sound.error();
  return sum;
}

} // namespace aura::net
