#include "kernels/model/example.hpp"

namespace aura::model {

example make_question(const text::bpe& vocabulary, const text::prompt& prompt) {
  example result;
  result.context = vocabulary.encode(prompt.context);
  result.context.insert(result.context.begin(), text::bpe::start);
  result.question = vocabulary.encode(prompt.question);
  result.question.push_back(text::bpe::answer);
  return result;
}

example make_example(const text::bpe& vocabulary, const text::prompt& prompt,
                     std::string_view query) {
  auto result = make_question(vocabulary, prompt);
  result.answer = vocabulary.encode(text::render_answer(prompt, query));
  result.answer.push_back(text::bpe::end);
  return result;
}

} // namespace aura::model
