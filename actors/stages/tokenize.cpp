#include "actors/stages/tokenize.hpp"

#include "actors/flow/row_store.hpp"
#include "actors/stages/domain.hpp"
#include "kernels/base/json.hpp"
#include "kernels/text/prompt.hpp"

#include <set>

namespace aura::stages {

namespace {

/// Every distinct context, and questions with their answers.
expected<std::vector<std::string>> texts_of(const flow::row_store& rows,
                                            const schema::schema& s,
                                            std::size_t most) {
  auto contexts = std::set<std::vector<std::string>>{};
  auto texts = std::vector<std::string>{};
  auto count = std::size_t{0};
  const auto read = flow::for_each(rows, [&](const sample& row) -> status {
    if (row.split != "train")
      return ok;
    const auto unseen = contexts.insert(row.tables).second;
    if (!unseen && count >= most)
      return ok;
    const auto prompt = text::render_prompt(s, row.tables, row.question);
    if (unseen)
      texts.push_back(prompt.context);
    if (count++ < most) {
      texts.push_back(prompt.question);
      texts.push_back(text::render_answer(prompt, row.query));
    }
    return ok;
  });
  if (!read)
    return read.error();
  return texts;
}

status work(batch& x, const flow::row_store& rows,
            const tokenize_options& options, const flow::environment& at) {
  const auto texts = texts_of(rows, *x.context->schema, options.questions);
  if (!texts)
    return texts.error();
  auto trained = text::bpe::train(*texts, options.vocabulary);
  if (!trained)
    return trained.error();
  auto result = std::make_shared<domain>(*x.context);
  result->vocabulary = std::make_shared<text::bpe>(std::move(*trained));
  const auto tokens = result->vocabulary->size();
  at.tell({at.stage, std::to_string(tokens) + " tokens", tokens, tokens});
  at.publish(
    "vocabulary",
    nlohmann::json{{"tokens", tokens}, {"texts", texts->size()}}.dump());
  x.context = std::move(result);
  return ok;
}

} // namespace

std::string plan_of(const tokenize_options& options) {
  return "a vocabulary of " + std::to_string(options.vocabulary) + " tokens";
}

expected<flow::stage_spec> make_stage(const tokenize_options& options,
                                      const flow::environment& at) {
  return flow::store_stage(at, [=](batch& x, const flow::row_store& rows) {
    return work(x, rows, options, at);
  });
}

} // namespace aura::stages
