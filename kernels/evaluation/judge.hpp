#pragma once

#include "kernels/dsl/compile.hpp"
#include "kernels/evaluation/comparator.hpp"
#include "kernels/evaluation/suite.hpp"
#include "kernels/schema/schema.hpp"

#include <string_view>

namespace aura::evaluation {

/// A gold query with its answers: what predictions are compared with.
struct gold {
  answer_shape shape;
  evaluation::answers answers;
};

/// Translates a query and says what kind of error it has: `syntax_error`,
/// `resolve_error`, or `refusal` if there is no text.
expected<dsl::compiled> translate(std::string_view query,
                                  const schema::schema& s,
                                  const dsl::compile_options& options);

/// Checks that `query` may serve as gold and runs it. Fails as `translate`,
/// `state_suite::check_gold` do. The order of its rows is what `options` say
/// with `expose_order`, which is set here.
expected<gold> make_gold(std::string_view query, const schema::schema& s,
                         const state_suite& suite,
                         dsl::compile_options options);

/// Compares what `prediction` answers on all states with the gold.
verdict judge(const gold& expected_answers, std::string_view prediction,
              const schema::schema& s, const state_suite& suite,
              const dsl::compile_options& options);

/// The same for a gold that is used once. A gold that `make_gold` refuses gives
/// the outcome `gold_invalid`.
verdict judge(std::string_view gold_query, std::string_view prediction,
              const schema::schema& s, const state_suite& suite,
              const dsl::compile_options& options);

} // namespace aura::evaluation
