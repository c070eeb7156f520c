#include "kernels/model/small_decoder.hpp"

#include "kernels/dsl/complete.hpp"
#include "kernels/model/checkpoint.hpp"
#include "kernels/model/example.hpp"
#include "kernels/model/generation.hpp"
#include "kernels/model/scope.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <numeric>

namespace aura::model {

namespace {

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
  while (!options.wanted || options.wanted()) {
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

class small_decoder final : public answering {
public:
  small_decoder(checkpoint weights, text::bpe vocabulary)
    : weights_{std::move(weights)}, vocabulary_{std::move(vocabulary)} {
  }

  std::vector<expected<translation>>
  translate(const schema::schema& s,
            const std::vector<translation_request>& requests,
            const translate_options& options) const override;

  bool converses() const override {
    return false;
  }

  expected<chat_reply> chat(std::span<const text::message>, const chat_options&,
                            const chat_listener&) const override {
    return fault{errc::unsupported,
                 "this model says nothing but queries; ask it to translate"};
  }

private:
  checkpoint weights_;
  text::bpe vocabulary_;
};

std::vector<expected<translation>>
small_decoder::translate(const schema::schema& s,
                         const std::vector<translation_request>& requests,
                         const translate_options& options) const {
  const auto& shape = weights_.shape;
  std::vector<expected<translation>> results(requests.size(), translation{});
  generation model{shape, weights_.parameters};
  const auto batch = std::max<std::size_t>(1, options.batch);
  for (std::size_t start = 0; start < requests.size(); start += batch) {
    const auto stop = std::min(start + batch, requests.size());
    std::vector<example> questions;
    std::vector<answer> answers;
    std::vector<std::size_t> places;
    for (auto i = start; i < stop; ++i) {
      const auto& request = requests[i];
      auto prompt = text::render_prompt(s, request.tables, request.question);
      auto question = make_question(vocabulary_, prompt);
      const auto length = question.context.size() + question.question.size();
      if (length >= shape.positions) {
        results[i] = fault{errc::too_long,
                           "tables and question take " + std::to_string(length)
                             + " tokens of " + std::to_string(shape.positions)};
        continue;
      }
      auto rules = dsl::constraint{s, scope_of(request.tables, prompt)};
      questions.push_back(std::move(question));
      answers.push_back({std::move(prompt), std::move(rules), {}, {}, false});
      answers.back().result.prompt_tokens = length;
      places.push_back(i);
    }
    std::vector<const example*> pointers;
    for (const auto& x : questions)
      pointers.push_back(&x);
    decode(model, pointers, answers, vocabulary_, options);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      auto& x = answers[i];
      x.result.query = text::read_answer(x.prompt, x.text);
      results[places[i]] = std::move(x.result);
    }
  }
  return results;
}

} // namespace

bool is_small_decoder(const std::filesystem::path& folder) {
  std::ifstream in{folder / "tokenizer.json", std::ios::binary};
  const auto missing = !in;
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  return missing || text.find("\"<|answer|>\"") != std::string::npos;
}

expected<std::shared_ptr<const answering>>
load_small_decoder(const std::filesystem::path& folder) {
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
  return std::shared_ptr<const answering>{std::make_shared<const small_decoder>(
    std::move(*weights), std::move(*vocabulary))};
}

} // namespace aura::model
