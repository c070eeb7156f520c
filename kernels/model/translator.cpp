#include "kernels/model/translator.hpp"

#include "kernels/dsl/complete.hpp"
#include "kernels/model/checkpoint.hpp"
#include "kernels/model/example.hpp"
#include "kernels/model/generation.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace aura::model {

struct translator::state {
  checkpoint weights;
  text::bpe vocabulary;
};

namespace {

/// Numbers that questions imply without saying them: the one, the first
/// character, percentages.
constexpr const char* implied_numbers[] = {"0", "1", "100.0"};

dsl::constraint constrain(const schema::schema& s,
                          const std::vector<std::string>& tables,
                          const text::prompt& p) {
  dsl::vocabulary_in_scope scope;
  scope.tables = tables;
  scope.numbers.assign(std::begin(implied_numbers), std::end(implied_numbers));
  for (std::size_t i = 0; i < p.literals.size(); ++i) {
    const auto& literal = p.literals[i];
    scope.texts.push_back(literal);
    if (p.slots[i].front() != '#')
      continue;
    scope.numbers.push_back(literal);
    if (literal.find_first_of(".eE") == std::string::npos)
      scope.numbers.push_back(literal + ".0");
  }
  return {s, std::move(scope)};
}

/// One answer in the making.
struct answer {
  text::prompt prompt;
  dsl::constraint rules;
  translation result;
  /// As the model writes it.
  std::string text;
  bool done = false;
};

/// log Σ e^x.
double log_total(std::span<const float> logits) {
  const auto top = *std::max_element(logits.begin(), logits.end());
  return top
         + std::log(std::accumulate(
           logits.begin(), logits.end(), 0.0,
           [&](double sum, float x) { return sum + std::exp(x - top); }));
}

/// Whether a query may go on, or end, with `token`.
bool allowed(const answer& x, const text::bpe& vocabulary, std::int32_t token) {
  if (token == text::bpe::end)
    return x.rules.complete(text::read_answer(x.prompt, x.text));
  const auto bytes = vocabulary.token(token);
  return !bytes.empty()
         && x.rules.viable(
           text::read_answer(x.prompt, x.text + std::string{bytes}));
}

/// The token of the highest logit that may come next; padding if none may.
std::int32_t choose(std::span<const float> logits, answer& x,
                    const text::bpe& vocabulary, bool constrained) {
  const auto best = static_cast<std::int32_t>(
    std::max_element(logits.begin(), logits.end()) - logits.begin());
  if (!constrained || allowed(x, vocabulary, best))
    return best;
  ++x.result.corrections;
  // Rarely reached: only then is the order of all others worth having.
  std::vector<std::int32_t> order(vocabulary.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
    return logits[static_cast<std::size_t>(a)]
           > logits[static_cast<std::size_t>(b)];
  });
  for (auto token : order)
    if (token != best && allowed(x, vocabulary, token))
      return token;
  return text::bpe::padding;
}

/// Decodes all of `answers`, which begin with `questions`.
void decode(generation& model, std::span<const example* const> questions,
            std::span<answer> answers, const text::bpe& vocabulary,
            const translate_options& options) {
  model.start(questions);
  for (;;) {
    std::vector<std::size_t> which;
    std::vector<std::int32_t> tokens;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      auto& x = answers[i];
      if (x.done)
        continue;
      const auto logits = model.logits(i);
      const auto token = choose(logits, x, vocabulary, options.constrained);
      const auto known = token >= text::bpe::specials
                         && static_cast<std::size_t>(token) < vocabulary.size();
      if (token == text::bpe::end || known)
        x.result.log_probability
          += logits[static_cast<std::size_t>(token)] - log_total(logits);
      x.result.complete = token == text::bpe::end;
      if (known) {
        x.text += vocabulary.token(token);
        ++x.result.tokens;
      }
      x.done = !known || x.result.tokens >= options.max_tokens
               || model.room_left(i) == 0;
      if (x.done)
        continue;
      which.push_back(i);
      tokens.push_back(token);
    }
    if (which.empty())
      return;
    model.append(which, tokens);
  }
}

} // namespace

expected<translator> translator::load(const std::filesystem::path& folder) {
  auto vocabulary = text::bpe::load(folder / "tokenizer.json");
  if (!vocabulary)
    return vocabulary.error();
  auto weights = load_checkpoint(folder);
  if (!weights)
    return weights.error();
  if (weights->shape.vocabulary < vocabulary->size())
    return fault{errc::invalid_model,
                 folder.string() + ": tokenizer.json has "
                   + std::to_string(vocabulary->size()) + " tokens, the model "
                   + std::to_string(weights->shape.vocabulary)};
  translator result;
  result.state_ = std::make_shared<const state>(
    state{std::move(*weights), std::move(*vocabulary)});
  return result;
}

expected<translation> translator::translate(
  const schema::schema& s, const std::vector<std::string>& tables,
  std::string_view question, const translate_options& options) const {
  return std::move(
    translate_batch(s, {{tables, std::string{question}}}, options).front());
}

std::vector<expected<translation>>
translator::translate_batch(const schema::schema& s,
                            const std::vector<translation_request>& requests,
                            const translate_options& options) const {
  const auto& shape = state_->weights.shape;
  std::vector<expected<translation>> results(requests.size(), translation{});
  generation model{shape, state_->weights.parameters};
  const auto batch = std::max<std::size_t>(1, options.batch);
  for (std::size_t start = 0; start < requests.size(); start += batch) {
    const auto stop = std::min(start + batch, requests.size());
    std::vector<example> questions;
    std::vector<answer> answers;
    std::vector<std::size_t> places;
    for (auto i = start; i < stop; ++i) {
      const auto& request = requests[i];
      auto prompt = text::render_prompt(s, request.tables, request.question);
      auto question = make_question(state_->vocabulary, prompt);
      const auto length = question.context.size() + question.question.size();
      if (length >= shape.positions) {
        results[i] = fault{errc::too_long,
                           "tables and question take " + std::to_string(length)
                             + " tokens of " + std::to_string(shape.positions)};
        continue;
      }
      auto rules = constrain(s, request.tables, prompt);
      questions.push_back(std::move(question));
      answers.push_back({std::move(prompt), std::move(rules), {}, {}, false});
      places.push_back(i);
    }
    std::vector<const example*> pointers;
    for (const auto& x : questions)
      pointers.push_back(&x);
    decode(model, pointers, answers, state_->vocabulary, options);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      auto& x = answers[i];
      x.result.query = text::read_answer(x.prompt, x.text);
      results[places[i]] = std::move(x.result);
    }
  }
  return results;
}

} // namespace aura::model
