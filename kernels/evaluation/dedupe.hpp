#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace aura::evaluation {

/// What a dedupe keeps.
struct dedupe_options {
  /// Rows of one canonical query: the paraphrases of a family.
  std::size_t per_query = 8;
  /// Rows of one structure, literals, columns and tables masked.
  std::size_t per_template = 2000;
  /// Questions at least this similar, as the Jaccard index of their runs of
  /// five words, are one question. Above 1 nothing is.
  double similarity = 0.7;
};

enum class duplicate : std::uint8_t {
  none,          // keep the row
  same_question, // another row asks this, up to case and punctuation
  query_cap,     // its query has as many rows as it may
  template_cap,  // its structure has
  near_question  // another row asks nearly this
};

inline constexpr std::size_t duplicates = 5;

/// `none`, `same_question`, … as reports spell it.
const char* to_string(duplicate x);

/// Decides row by row what is new. Rows are to come in the order of their ids:
/// then the outcome depends on nothing else. About 2 µs and 700 bytes a row.
/// Not thread-safe.
class deduper {
public:
  explicit deduper(const dedupe_options& options = {});
  deduper(deduper&&) noexcept;
  deduper& operator=(deduper&&) noexcept;
  ~deduper(); // knows what the source hides

  /// Says whether a row is to be kept, and remembers it if so. `query` is the
  /// canonical text, `structure` the key of `skeleton::structure`.
  duplicate add(std::string_view question, std::string_view query,
                std::string_view structure);

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace aura::evaluation
