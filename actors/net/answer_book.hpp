#pragma once

#include "actors/flow/journal.hpp"
#include "actors/net/first_answers.hpp"
#include "actors/net/spending.hpp"

#include <filesystem>

namespace aura::net {

/// The answers that were bought, on disk, and what they cost. A book without a
/// file keeps nothing. Not thread-safe.
class answer_book {
public:
  /// Fails as `journal::open` does. An empty path: no file.
  static expected<answer_book> open(const std::filesystem::path& file);

  /// What was repaired while opening; empty if nothing was.
  std::string warning() const;

  /// The answer to `key` as bytes for `completion_from`, if it was bought.
  expected<std::optional<std::string>> find(std::string_view key) const;

  /// Notes that the answer to `key` is about to be bought.
  status intend(std::string_view key);

  /// Keeps an answer; `sync` makes it survive a power cut.
  status keep(std::string_view key, const completion& content);
  status sync();

  bool has_file() const {
    return journal_.has_value();
  }

  /// As `first_answers` has it.
  bool is_first(std::string_view key) {
    return accounted_.is_first(key);
  }

  /// What all answers in the file cost together.
  expected<double> spent(const prices& at) const;

private:
  std::optional<flow::journal> journal_;
  first_answers accounted_;
};

} // namespace aura::net
