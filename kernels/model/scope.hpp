#pragma once

#include "kernels/dsl/complete.hpp"
#include "kernels/schema/schema.hpp"
#include "kernels/text/prompt.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aura::model {

/// What a query may mention that answers a question: the tables named `tables`,
/// all if there are none, the literals that the prompt knows, and numbers that
/// questions imply.
dsl::vocabulary_in_scope scope_of(const std::vector<std::string>& tables,
                                  const text::prompt& p);

/// The same and, for models that know no slots, all runs of up to four words of
/// the question, and the ends of the ranges that the schema declares.
dsl::vocabulary_in_scope wide_scope_of(const schema::schema& s,
                                       const std::vector<std::string>& tables,
                                       std::string_view question);

} // namespace aura::model
