#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <string>
#include <string_view>

namespace aura::infill {

/// A question and the query that answers it.
struct sample {
  std::string question;
  dsl::query query;
};

/// Reads what a language model replied to `prompt(skeleton, …)`. A reply is
/// accepted when it is a JSON object (a fence around it is forgiven) with a
/// `question` and, if the values changed, a `query` that parses, resolves, and
/// equals `skeleton` in everything but its values; and when the question
/// mentions every value and does not spell out identifiers.
///
/// Fails with `refusal` (the model declined), `invalid_reply` (no such object,
/// or a query that is not of its skeleton), `syntax_error` and `resolve_error`
/// (a query that is none), or `unfaithful`. The message can be shown to the
/// model, that it may try again. `now` is what compile_options calls now.
expected<sample> reply(std::string_view text, const dsl::query& skeleton,
                       const schema::schema& s, const std::string& now);

} // namespace aura::infill
