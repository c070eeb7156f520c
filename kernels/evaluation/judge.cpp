#include "kernels/evaluation/judge.hpp"

#include "kernels/dsl/parser.hpp"

namespace aura::evaluation {

namespace {

std::string first_error(const dsl::diagnostics& x) {
  for (auto& d : x)
    if (d.severity == dsl::severity::error)
      return d.code + ": " + d.message;
  return "no reason given";
}

bool is_blank(std::string_view x) {
  return x.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

} // namespace

expected<dsl::compiled> translate(std::string_view query,
                                  const schema::schema& s,
                                  const dsl::compile_options& options) {
  if (is_blank(query))
    return fault{errc::refusal, "no query"};
  auto parsed = dsl::parse(query);
  if (!parsed.query)
    return fault{errc::syntax_error, first_error(parsed.diagnostics)};
  auto translated = dsl::compile(*parsed.query, s, options);
  if (!translated.compiled)
    return fault{errc::resolve_error, first_error(translated.diagnostics)};
  return *std::move(translated.compiled);
}

expected<gold> make_gold(std::string_view query, const schema::schema& s,
                         const state_suite& suite,
                         dsl::compile_options options) {
  options.expose_order = true;
  auto compiled = translate(query, s, options);
  if (!compiled)
    return compiled.error();
  auto valid = suite.check_gold(*compiled);
  if (!valid)
    return valid.error();
  return gold{shape_of(*compiled), suite.run(*compiled)};
}

verdict judge(const gold& expected_answers, std::string_view prediction,
              const schema::schema& s, const state_suite& suite,
              const dsl::compile_options& options) {
  auto compiled = translate(prediction, s, options);
  if (!compiled)
    return {.strict = outcome_of(compiled.error().code),
            .detail = compiled.error().message};
  return compare(expected_answers.shape, expected_answers.answers,
                 suite.run(*compiled));
}

verdict judge(std::string_view gold_query, std::string_view prediction,
              const schema::schema& s, const state_suite& suite,
              const dsl::compile_options& options) {
  auto expected_answers = make_gold(gold_query, s, suite, options);
  if (!expected_answers)
    return {.strict = outcome::gold_invalid,
            .detail = expected_answers.error().message};
  return judge(*expected_answers, prediction, s, suite, options);
}

} // namespace aura::evaluation
