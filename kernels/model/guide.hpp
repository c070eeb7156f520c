#pragma once

#include "kernels/dsl/complete.hpp"
#include "kernels/model/token_classes.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace aura::model {

/// Follows one query while it is being written, token by token, and knows which
/// tokens may come next: those with which some query that parses and resolves
/// begins, as dsl::constraint::viable() says. Copies share what the constraint
/// was asked. Not thread-safe, nor are copies.
class guide {
public:
  /// `classes` outlives this.
  guide(const token_classes& classes, dsl::constraint rules);

  /// Whether `bytes`, which are not empty, may come next.
  bool allows(std::string_view bytes) const;

  /// Whether `bytes`, which are not empty, may come next and some query goes on
  /// with them, as far as the next few words tell: a guard against places where
  /// the constraint knows no way on, for the token that is to be taken.
  bool leads_on(std::string_view bytes) const;

  /// Whether the query may end here.
  bool may_end() const;

  /// All tokens that may come next; those that stand for no bytes never do.
  void fill(text::token_set& out) const;

  /// The bytes that have to come next, whatever the query becomes: empty where
  /// there is a choice, or where the query may end. At most `most`.
  std::string forced(std::size_t most = 256) const;

  /// Goes on with `bytes`. @pre allows(bytes)
  void append(std::string_view bytes);

  /// What was written so far.
  std::string text() const;

private:
  /// Between two words: the whole words before, and what the next may be.
  struct place {
    std::string before;
    dsl::continuations next;
    /// Whether the query may end here, once that was asked.
    std::optional<bool> ends;
    /// Behind a name or text that nothing depends on, once there was one.
    place* behind_name = nullptr;
    place* behind_text = nullptr;
  };

  /// How a word that no list holds is being written.
  enum class writing : std::uint8_t {
    nothing,     // it is none of them
    blank,       // the blank before it is due
    start,       // it begins here
    name,        // in a name
    quoted,      // in backticks
    quoted_end,  // behind the closing one, which may be doubled
    digits,      // in a number
    point,       // behind its point
    fraction,    // behind a digit behind that
    quoted_text, // in a text
    text_end     // behind its closing quote, which may be doubled
  };

  /// Within a word: which of the listed words begin with it.
  struct position {
    place* at = nullptr;
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    writing open = writing::nothing;
  };

  /// What all copies share.
  struct memory {
    explicit memory(dsl::constraint x) : rules{std::move(x)} {
    }
    /// Whether the schema has something of this name, in any case.
    bool is_known(std::string_view name);

    dsl::constraint rules;
    std::unordered_map<std::string, std::unique_ptr<place>> places;
    std::unordered_set<std::string> names;
  };

  class walk;

  place& find(std::string before) const;
  static position begin(place& x);
  static writing begin_open(const dsl::continuations& x);
  static writing step_open(writing x, unsigned char byte, std::string_view word,
                           const dsl::continuations& next);
  static bool is_whole(const position& x, std::string_view word);
  bool step(position& x, std::string& word, unsigned char byte) const;
  bool ends_at(const position& x, std::string_view word) const;
  bool ends_at(place& x) const;
  bool leads_on(const position& x, std::string_view word, int words) const;
  /// The only byte that may come next, or none.
  std::optional<char> only(const position& x, std::string_view word) const;

  const token_classes* classes_;
  std::shared_ptr<memory> memory_;
  position now_;
  std::string word_;
};

} // namespace aura::model
