#include "kernels/model/completion.hpp"

#include "kernels/model/stop_strings.hpp"

#include <algorithm>

namespace aura::model {

namespace {

std::vector<std::string_view> texts_of(const text::tokenizer& vocabulary) {
  auto result = std::vector<std::string_view>{};
  for (std::size_t i = 0; i < vocabulary.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    result.push_back(vocabulary.is_special(id) ? std::string_view{}
                                               : vocabulary.token(id));
  }
  return result;
}

/// One text in the making.
class writer {
public:
  writer(std::size_t number, completion_request& request,
         const token_language& language, const listener& hear)
    : number_{number}, request_{request}, language_{language}, hear_{hear},
      readable_{language.tokens}, stops_{request.stops} {
  }

  bool done() const noexcept {
    return done_;
  }

  completion& result() noexcept {
    return result_;
  }

  /// Says the next token, and those that follow from it. @pre !done()
  std::vector<std::int32_t> say(std::span<const float> logits,
                                std::size_t room) {
    const auto token = next(logits);
    if (!token) {
      finish(ending::stuck);
      return {};
    }
    if (request_.scored)
      result_.log_probability += log_probability(logits, *token);
    if (is_end(*token)) {
      result_.tokens.push_back(*token);
      finish(ending::stop);
      return {};
    }
    auto said = std::vector<std::int32_t>{};
    take(*token, said);
    if (request_.rules && !done_ && room > 0)
      for (auto id : forced(std::min(left(), room - 1))) {
        if (done_)
          break;
        ++result_.forced;
        take(id, said);
      }
    if (!done_ && (left() == 0 || room < said.size()))
      finish(ending::length);
    return said;
  }

private:
  std::size_t left() const {
    return request_.max_tokens
           - std::min(request_.max_tokens, result_.tokens.size());
  }

  bool is_end(std::int32_t token) const {
    return std::find(language_.ends.begin(), language_.ends.end(), token)
           != language_.ends.end();
  }

  // Whether the rules let this token come next.
  bool allows(std::int32_t token) const {
    if (is_end(token))
      return request_.rules->may_end();
    const auto bytes = language_.tokens.token(token);
    return !bytes.empty() && !language_.tokens.is_special(token)
           && request_.rules->leads_on(bytes);
  }

  std::optional<std::int32_t> next(std::span<const float> logits) {
    // A model may have more rows than its vocabulary has tokens.
    logits = logits.first(std::min(logits.size(), language_.tokens.size()));
    const auto number = result_.tokens.size();
    if (!request_.rules)
      return choose(logits, nullptr, request_.how, number);
    // The whole mask is only worth having if the first choice is wrong.
    const auto greedy = request_.how.temperature <= 0;
    if (greedy)
      if (const auto first = choose(logits, nullptr, request_.how, number);
          first && allows(*first))
        return first;
    result_.corrections += greedy ? 1 : 0;
    auto mask = text::token_set{language_.tokens.size()};
    request_.rules->fill(mask);
    if (request_.rules->may_end())
      for (auto end : language_.ends)
        if (static_cast<std::size_t>(end) < mask.size())
          mask.insert(end);
    for (;;) {
      const auto token = choose(logits, &mask, request_.how, number);
      if (!token || allows(*token))
        return token;
      mask.erase(*token);
    }
  }

  void take(std::int32_t token, std::vector<std::int32_t>& said) {
    said.push_back(token);
    result_.tokens.push_back(token);
    if (request_.rules)
      request_.rules->append(language_.tokens.token(token));
    show(stops_.push(readable_.push(token)));
    if (!done_ && stops_.stopped())
      finish(ending::stop);
  }

  // The tokens of what has to come: all but the last, which more may join.
  std::vector<std::int32_t> forced(std::size_t most) const {
    const auto bytes = request_.rules->forced();
    if (bytes.empty() || most == 0)
      return {};
    const auto before = request_.rules->text();
    auto ids = language_.tokens.encode(before + bytes, {false, false});
    const auto n = result_.tokens.size();
    if (!ids || ids->size() <= n + 1
        || !std::equal(result_.tokens.begin(), result_.tokens.end(),
                       ids->begin()))
      return {};
    ids->erase(ids->begin(), ids->begin() + static_cast<std::ptrdiff_t>(n));
    ids->pop_back();
    ids->resize(std::min(ids->size(), most));
    return *std::move(ids);
  }

  void show(const std::string& text) {
    result_.text += text;
    if (!text.empty() && hear_ && !done_ && !hear_(number_, text))
      done(ending::cancelled);
  }

  void done(ending why) {
    result_.why = why;
    done_ = true;
  }

  void finish(ending why) {
    show(stops_.push(readable_.finish()));
    show(stops_.finish());
    if (!done_)
      done(why);
  }

  std::size_t number_;
  completion_request& request_;
  const token_language& language_;
  const listener& hear_;
  text::stream_decoder readable_;
  stop_strings stops_;
  completion result_;
  bool done_ = false;
};

} // namespace

token_language::token_language(text::tokenizer vocabulary,
                               std::vector<std::int32_t> all_ends)
  : tokens{std::move(vocabulary)}, classes{texts_of(tokens)}, ends{std::move(
                                                                all_ends)} {
}

expected<std::vector<completion>>
complete(reader& model, const token_language& language,
         std::span<completion_request> requests, const listener& hear) {
  auto prompts = std::vector<std::vector<std::int32_t>>{};
  auto writers = std::vector<writer>{};
  for (auto& x : requests) {
    prompts.push_back(x.prompt);
    writers.emplace_back(writers.size(), x, language, hear);
  }
  if (prompts.empty())
    return std::vector<completion>{};
  if (auto read = model.start(prompts); !read)
    return read.error();
  for (;;) {
    auto which = std::vector<std::size_t>{};
    auto said = std::vector<std::vector<std::int32_t>>{};
    for (std::size_t i = 0; i < writers.size(); ++i) {
      if (writers[i].done())
        continue;
      auto tokens = writers[i].say(model.logits(i), model.room_left(i));
      if (writers[i].done())
        continue;
      which.push_back(i);
      said.push_back(std::move(tokens));
    }
    if (which.empty())
      break;
    if (auto read = model.append(which, said); !read)
      return read.error();
  }
  auto result = std::vector<completion>{};
  for (auto& x : writers)
    result.push_back(std::move(x.result()));
  return result;
}

} // namespace aura::model
