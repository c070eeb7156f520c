#include "actors/stages/tokenize.hpp"

#include "actors/stages/domain.hpp"
#include "kernels/text/prompt.hpp"

#include <nlohmann/json.hpp>

#include <set>

namespace aura::stages {

namespace {

/// Every distinct context, and questions with their answers.
std::vector<std::string> texts_of(const std::vector<sample>& rows,
                                  const schema::schema& s, std::size_t most) {
  auto contexts = std::set<std::vector<std::string>>{};
  auto texts = std::vector<std::string>{};
  auto count = std::size_t{0};
  for (const auto& row : rows) {
    if (row.split != "train")
      continue;
    const auto unseen = contexts.insert(row.tables).second;
    if (!unseen && count >= most)
      continue;
    const auto prompt = text::render_prompt(s, row.tables, row.question);
    if (unseen)
      texts.push_back(prompt.context);
    if (count++ < most) {
      texts.push_back(prompt.question);
      texts.push_back(text::render_answer(prompt, row.query));
    }
  }
  return texts;
}

status work(batch& x, const tokenize_options& options,
            const flow::environment& at) {
  const auto texts = texts_of(x.samples, *x.context->schema, options.questions);
  auto trained = text::bpe::train(texts, options.vocabulary);
  if (!trained)
    return trained.error();
  auto result = std::make_shared<domain>(*x.context);
  result->vocabulary = std::make_shared<text::bpe>(std::move(*trained));
  const auto tokens = result->vocabulary->size();
  at.tell({at.stage, std::to_string(tokens) + " tokens", tokens, tokens});
  at.publish(
    "vocabulary",
    nlohmann::json{{"tokens", tokens}, {"texts", texts.size()}}.dump());
  x.context = std::move(result);
  return ok;
}

} // namespace

std::string plan_of(const tokenize_options& options) {
  return "a vocabulary of " + std::to_string(options.vocabulary) + " tokens";
}

expected<flow::stage_spec> make_stage(const tokenize_options& options,
                                      const flow::environment& at) {
  return flow::collect_stage(at,
                             [=](batch& x) { return work(x, options, at); });
}

} // namespace aura::stages
