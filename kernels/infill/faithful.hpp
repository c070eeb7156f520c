#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aura::infill {

/// What a value of a query is: it tells how a question may say it.
enum class value_kind : std::uint8_t { number, text, pattern, date, period };

/// A value that a question must mention.
struct value_in_query {
  value_kind kind = value_kind::number;
  /// Without quotes; of a rolling period its count.
  std::string text;
};

/// The values of `x` in the order of its text, those that go without saying
/// left out: the units of TRUNC and DATE_DIFF, the 1 of LIMIT 1 and of
/// SUBSTR(x, 1, n), the 100.0 of a percentage.
std::vector<value_in_query> values_of(const dsl::query& x);

/// Whether `question` can be what `query` answers, as far as words can tell:
/// every value is mentioned, or implied (`twice` no, `five` for 5, `March 2024`
/// for 2024-03, a declared value's description for the value), and no column is
/// named by its identifier with underscores more than once. Fails with
/// `unfaithful` and names the first value or identifier at fault.
status faithful(std::string_view question, const dsl::query& query,
                const schema::schema& s);

/// `x` with each value replaced by one of its kind: what is left when two
/// queries differ in values only.
dsl::query masked(dsl::query x);

} // namespace aura::infill
