#include "actors/stages/infill.hpp"

#include "actors/stages/domain.hpp"
#include "actors/stages/infill_openai.hpp"
#include "kernels/base/nearest.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/infill/verbaliser.hpp"

#include <algorithm>

namespace aura::stages {

namespace {

using infill::register_kind;

std::vector<std::string> all_styles() {
  auto names = std::vector<std::string>{};
  for (auto x : infill::registers)
    names.emplace_back(infill::to_string(x));
  return names;
}

std::vector<register_kind> read_styles(const infill_options& options) {
  auto result = std::vector<register_kind>{};
  for (auto x : infill::registers)
    if (std::find(options.styles.begin(), options.styles.end(),
                  infill::to_string(x))
        != options.styles.end())
      result.push_back(x);
  return result;
}

void verbalise(sample& row, const batch& x,
               const std::vector<register_kind>& styles,
               const flow::environment& at) {
  auto random = random_stream{at.seed, at.stage, row.id};
  const auto style = random.pick(styles);
  row.style = infill::to_string(style);
  const auto parsed = dsl::parse(row.query);
  if (!parsed.query) {
    row.reject(errc::syntax_error, "the query does not parse");
    return;
  }
  auto question
    = infill::verbalise(*parsed.query, *x.context->schema, style, random);
  if (question)
    row.question = std::move(*question);
  else
    row.reject(question.error().code, question.error().message);
}

} // namespace

status check(const infill_options& options) {
  const auto known = all_styles();
  if (options.styles.empty())
    return fault{errc::invalid_option, "'styles' names no style"};
  for (const auto& x : options.styles)
    if (std::find(known.begin(), known.end(), x) == known.end()) {
      const auto near = nearest(x, known);
      return fault{errc::invalid_option,
                   "no style '" + x + "'"
                     + (near.empty() ? "" : ", did you mean '" + near + "'?")};
    }
  if (!options.remote.listen.empty() && options.provider != "openai")
    return fault{
      errc::invalid_option,
      "'listen' is for provider openai: workers carry its questions"};
  if (auto fits = check(options.remote); !fits)
    return fits;
  if (options.provider == "openai" || options.provider == "openai-batch")
    return check_openai(options.language_model);
  return ok;
}

std::string plan_of(const infill_options& options) {
  const auto& asked = options.language_model;
  const auto who = options.provider == "offline"
                     ? options.provider
                     : asked.model + " at " + asked.base_url
                         + (options.provider == "openai" ? "" : " in batches");
  return who + ", " + std::to_string(options.styles.size()) + " styles";
}

std::optional<flow::row_cost> cost_of(const infill_options& options) {
  const auto& asked = options.language_model;
  if (options.provider == "offline" || asked.replay)
    return std::nullopt;
  // Tokens of a prompt grow with the schema; a reply is a sentence or two, and
  // one in ten is asked for once more.
  constexpr auto prompt_low = 250.0, prompt_high = 1500.0;
  constexpr auto reply_low = 20.0, reply_high = 120.0;
  constexpr auto repairs = 1.1;
  const auto most = std::min(reply_high, static_cast<double>(asked.max_tokens));
  const auto least = std::min(reply_low, most);
  auto result = flow::row_cost{};
  result.tokens_low = prompt_low + least;
  result.tokens_high = repairs * (prompt_high + most);
  // Prices are for a million tokens.
  result.dollars_low
    = (prompt_low * asked.price_input + least * asked.price_output) / 1e6;
  result.dollars_high
    = repairs * (prompt_high * asked.price_input + most * asked.price_output)
      / 1e6;
  return result;
}

expected<flow::stage_spec> make_stage(const infill_options& options,
                                      const flow::environment& at) {
  if (options.provider != "offline")
    return make_openai_infill(options.language_model, options.remote,
                              options.styles,
                              options.provider == "openai-batch", at);
  if (!at.faults.empty())
    return fault{errc::invalid_option,
                 "a fault plan needs somebody to ask: set infill.provider to "
                 "openai, and infill.base-url to a server such as "
                 "aura-mock-llm"};
  const auto styles = read_styles(options);
  return flow::map_stage(at, options.workers, [=] {
    return expected<flow::step>{flow::for_each_row(
      [=](sample& row, const batch& x) { verbalise(row, x, styles, at); })};
  });
}

} // namespace aura::stages
