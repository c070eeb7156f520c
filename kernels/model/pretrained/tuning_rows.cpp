#include "kernels/model/pretrained/tuning_rows.hpp"

#include "kernels/base/json.hpp"
#include "kernels/text/instruction.hpp"

#include <algorithm>
#include <map>

namespace aura::model {

namespace {

/// `x[name]`; a fault if it is no text, or missing where it must not be.
expected<std::string> take(const nlohmann::json& x, const char* name,
                           bool needed) {
  const auto found = x.find(name);
  if (found == x.end() || found->is_null()) {
    if (!needed)
      return std::string{};
    return fault{errc::damaged_file, "no field '" + std::string{name} + "'"};
  }
  if (!found->is_string())
    return fault{errc::damaged_file,
                 "field '" + std::string{name} + "' is no text"};
  auto text = found->get<std::string>();
  if (needed && text.empty())
    return fault{errc::damaged_file,
                 "field '" + std::string{name} + "' is empty"};
  return text;
}

} // namespace

expected<tuning_row> read_tuning_row(std::string_view line) {
  const auto x = nlohmann::json::parse(line, nullptr, false);
  if (!x.is_object())
    return fault{errc::damaged_file, "no JSON object"};
  auto context = take(x, "context", false);
  if (!context)
    return context.error();
  auto question = take(x, "question", true);
  if (!question)
    return question.error();
  auto query = take(x, "query", true);
  if (!query)
    return query.error();
  return tuning_row{std::move(*context), std::move(*question),
                    std::move(*query)};
}

expected<example> make_tuning_example(const text::tokenizer& vocabulary,
                                      const text::chat_template& how,
                                      const tuning_row& row,
                                      std::size_t longest) {
  auto turns = text::instruct(row.context, row.question);
  turns.push_back({text::role::assistant, row.query});
  const auto chat = text::render_chat(vocabulary, how, turns, false);
  if (!chat)
    return chat.error();
  const auto& trained = chat->trained;
  const auto first = std::find(trained.begin(), trained.end(), true);
  const auto last = std::find(first, trained.end(), false);
  const auto begin = first - trained.begin();
  const auto end = last - trained.begin();
  if (begin == end || begin == 0)
    return fault{errc::degenerate, "no token to learn from"};
  // What follows the turn's end teaches nothing and is not read.
  if (std::find(last, trained.end(), true) != trained.end())
    return fault{errc::degenerate, "more than one turn to learn from"};
  if (static_cast<std::size_t>(end) > longest)
    return fault{errc::too_long, std::to_string(end) + " tokens, more than "
                                   + std::to_string(longest)};
  auto result = example{};
  result.question.assign(chat->ids.begin(), chat->ids.begin() + begin);
  result.answer.assign(chat->ids.begin() + begin, chat->ids.begin() + end);
  if (!vocabulary.is_special(result.answer.back()))
    return fault{errc::invalid_model,
                 "chat template '" + std::string{how.name}
                   + "' does not train the token that ends a turn"};
  return result;
}

void share_contexts(std::vector<example>& examples,
                    const std::vector<std::size_t>& contexts) {
  auto members = std::map<std::size_t, std::vector<std::size_t>>{};
  for (std::size_t i = 0; i < examples.size(); ++i)
    members[contexts[i]].push_back(i);
  for (const auto& [context, group] : members) {
    if (group.size() < 2)
      continue;
    const auto beginning = examples[group.front()].question;
    auto shared = beginning.size();
    for (auto i : group) {
      const auto& x = examples[i].question;
      // A question keeps at least one token of its own.
      shared = std::min(shared, x.size() - 1);
      shared = static_cast<std::size_t>(
        std::mismatch(beginning.begin(),
                      beginning.begin() + static_cast<std::ptrdiff_t>(shared),
                      x.begin())
          .first
        - beginning.begin());
    }
    const auto cut = static_cast<std::ptrdiff_t>(shared);
    for (auto i : group) {
      auto& x = examples[i];
      x.context.assign(x.question.begin(), x.question.begin() + cut);
      x.question.erase(x.question.begin(), x.question.begin() + cut);
    }
  }
}

} // namespace aura::model
