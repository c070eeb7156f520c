#pragma once

#include "kernels/base/value.hpp"
#include "kernels/dsl/continuations.hpp"
#include "kernels/schema/schema.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aura::dsl {

/// What a decoded query may mention.
struct vocabulary_in_scope {
  /// Tables that SOURCE and relation paths may reach; empty means all.
  std::vector<std::string> tables;
  /// Number literals as they may be written, such as `24` or `3.5`.
  std::vector<std::string> numbers;
  /// Text, date and period literals without quotes, beside the declared values
  /// of the column that a literal is compared with.
  std::vector<std::string> texts;
  /// Whether literals are restricted to the above at all.
  bool restrict_literals = true;
  /// The moment of NOW(), on which it depends whether some ranges of periods
  /// hold anything.
  std::string now = "2024-06-15 12:00:00";
};

/// Decides which texts begin a canonical query over one schema. Immutable,
/// hence safe to use from any thread.
class constraint {
public:
  constraint(const schema::schema& s, vocabulary_in_scope scope);

  /// True if some query that parses and resolves begins with `prefix`; the last
  /// word of `prefix` may be unfinished. Cheap: microseconds for a query.
  bool viable(std::string_view prefix) const;

  /// True if `text` is a whole query that parses and resolves.
  bool complete(std::string_view text) const;

  /// What may come next if all words of `text` are finished: what viable()
  /// would take there, found at once.
  continuations after(std::string_view text) const;

  /// What the query is over.
  const schema::schema& domain() const;

private:
  struct state;
  std::shared_ptr<const state> state_;
};

} // namespace aura::dsl
