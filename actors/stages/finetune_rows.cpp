#include "actors/stages/finetune_rows.hpp"

#include "actors/stages/parallel.hpp"
#include "kernels/model/pretrained/tuning_rows.hpp"
#include "kernels/text/instruction.hpp"

#include <map>
#include <optional>

namespace aura::stages {

namespace {

std::string context_of(const sample& row, const domain& context) {
  if (context.written)
    return context.written->contexts[row.id];
  return context.schema ? text::instruction_context(*context.schema, row.tables)
                        : std::string{};
}

std::string place_of(const sample& row, const domain& context) {
  return context.written ? context.written->places[row.id]
                         : "row " + std::to_string(row.id);
}

/// One of the two lists of examples, with the number of each context.
struct growing {
  std::vector<model::example> examples;
  std::vector<std::size_t> contexts;
};

} // namespace

expected<tuning_examples> tuning_examples_of(const flow::row_store& rows,
                                             const domain& context,
                                             const text::tokenizer& vocabulary,
                                             const text::chat_template& how,
                                             const tuning_reading& reading) {
  constexpr auto portion = std::size_t{4096};
  auto result = tuning_examples{};
  auto train = growing{};
  auto eval = growing{};
  auto numbers = std::map<std::string, std::size_t>{};
  auto some = std::vector<sample>{};
  const auto convert = [&]() -> status {
    auto made
      = std::vector<std::optional<expected<model::example>>>(some.size());
    auto contexts = std::vector<std::string>(some.size());
    parallel_for(some.size(), reading.threads, [&](std::size_t i) {
      contexts[i] = context_of(some[i], context);
      made[i] = model::make_tuning_example(
        vocabulary, how, {contexts[i], some[i].question, some[i].query},
        reading.longest);
    });
    for (std::size_t i = 0; i < some.size(); ++i) {
      auto& one = *made[i];
      if (!one) {
        auto why = fault{one.error().code, place_of(some[i], context) + ": "
                                             + one.error().message};
        if (!reading.skip)
          return why;
        result.skipped.emplace_back(some[i].id, std::move(why));
        continue;
      }
      auto& into = some[i].split == "eval" ? eval : train;
      into.examples.push_back(*std::move(one));
      into.contexts.push_back(
        numbers.try_emplace(std::move(contexts[i]), numbers.size())
          .first->second);
    }
    some.clear();
    return ok;
  };
  auto trained = std::size_t{0};
  auto read = flow::for_each(rows, [&](sample& row) -> status {
    const auto learns
      = row.split == "train" && (reading.rows == 0 || trained < reading.rows);
    if (row.rejected != errc::none || (!learns && row.split != "eval"))
      return ok;
    trained += learns;
    some.push_back(std::move(row));
    return some.size() < portion ? status{ok} : convert();
  });
  if (read)
    read = convert();
  if (!read)
    return read.error();
  if (reading.share) {
    model::share_contexts(train.examples, train.contexts);
    model::share_contexts(eval.examples, eval.contexts);
  }
  result.train = std::move(train.examples);
  result.eval = std::move(eval.examples);
  return result;
}

} // namespace aura::stages
