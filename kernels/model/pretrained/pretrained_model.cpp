#include "kernels/model/pretrained/pretrained_model.hpp"

#include "kernels/model/pretrained/gguf_adapter.hpp"
#include "kernels/model/pretrained/peft.hpp"
#include "kernels/model/pretrained/pretrained.hpp"
#include "kernels/model/scope.hpp"
#include "kernels/text/instruction.hpp"

#include <algorithm>

namespace aura::model {

namespace {

class pretrained_model final : public answering {
public:
  pretrained_model(pretrained base, std::optional<adapter> trained,
                   const text::chat_template& how, const load_options& options)
    : base_{std::move(base)}, trained_{std::move(trained)}, how_{how},
      reading_{std::min(options.positions, base_.weights.shape.positions),
               options.threads},
      language_{base_.vocabulary, ends_of(base_)} {
  }

  std::vector<expected<translation>>
  translate(const schema::schema& s,
            const std::vector<translation_request>& requests,
            const translate_options& options) const override;

  bool converses() const override {
    return true;
  }

  expected<chat_reply> chat(std::span<const text::message> messages,
                            const chat_options& options,
                            const chat_listener& hear) const override;

private:
  expected<std::vector<std::int32_t>>
  prompt(std::span<const text::message> messages) const;

  expected<std::unique_ptr<reader>> read() const {
    return make_reader(base_.weights, trained_ ? &*trained_ : nullptr,
                       reading_);
  }

  pretrained base_;
  std::optional<adapter> trained_;
  const text::chat_template& how_;
  reader_options reading_;
  token_language language_;
};

expected<std::vector<std::int32_t>>
pretrained_model::prompt(std::span<const text::message> messages) const {
  auto rendered = text::render_chat(base_.vocabulary, how_, messages, true);
  if (!rendered)
    return rendered.error();
  if (rendered->ids.size() >= reading_.positions)
    return fault{errc::too_long,
                 "the messages take " + std::to_string(rendered->ids.size())
                   + " tokens of " + std::to_string(reading_.positions)};
  return std::move(rendered->ids);
}

std::vector<expected<translation>>
pretrained_model::translate(const schema::schema& s,
                            const std::vector<translation_request>& requests,
                            const translate_options& options) const {
  std::vector<expected<translation>> results(requests.size(), translation{});
  auto model = read();
  if (!model)
    return {requests.size(), model.error()};
  const auto batch = std::max<std::size_t>(1, options.batch);
  for (std::size_t start = 0; start < requests.size(); start += batch) {
    std::vector<completion_request> asked;
    std::vector<std::size_t> places;
    for (auto i = start; i < std::min(start + batch, requests.size()); ++i) {
      const auto& x = requests[i];
      const auto context = x.context.empty()
                             ? text::instruction_context(s, x.tables)
                             : x.context;
      auto ids = prompt(text::instruct(context, x.question));
      if (!ids) {
        results[i] = ids.error();
        continue;
      }
      auto& one = asked.emplace_back();
      one.prompt = std::move(*ids);
      one.max_tokens = options.max_tokens;
      one.scored = true;
      if (options.constrained) {
        auto scope = wide_scope_of(s, x.tables, x.question);
        scope.restrict_literals = options.restrict_literals;
        one.rules
          = guide{language_.classes, dsl::constraint{s, std::move(scope)}};
      }
      places.push_back(i);
    }
    const auto done
      = complete(**model, language_, asked, [&](std::size_t, std::string_view) {
          return !options.wanted || options.wanted();
        });
    for (std::size_t j = 0; j < places.size(); ++j) {
      if (!done) {
        results[places[j]] = done.error();
        continue;
      }
      const auto& x = (*done)[j];
      auto& out = *results[places[j]];
      out.query = x.text;
      out.log_probability = x.log_probability;
      out.tokens = x.tokens.size();
      out.prompt_tokens = asked[j].prompt.size();
      out.corrections = x.corrections;
      out.complete = x.why == ending::stop;
    }
  }
  return results;
}

expected<chat_reply>
pretrained_model::chat(std::span<const text::message> messages,
                       const chat_options& options,
                       const chat_listener& hear) const {
  auto ids = prompt(messages);
  if (!ids)
    return ids.error();
  auto model = read();
  if (!model)
    return model.error();
  std::vector<completion_request> asked(1);
  asked[0].prompt = std::move(*ids);
  asked[0].how = options.how;
  asked[0].max_tokens = options.max_tokens;
  asked[0].stops = options.stops;
  auto done = complete(
    **model, language_, asked,
    [&](std::size_t, std::string_view more) { return !hear || hear(more); });
  if (!done)
    return done.error();
  auto& x = done->front();
  return chat_reply{std::move(x.text), x.why, asked[0].prompt.size(),
                    x.tokens.size()};
}

expected<adapter> read_adapter(const std::filesystem::path& place,
                               const architecture& shape) {
  return place.extension() == ".gguf" ? read_gguf_adapter(place, shape)
                                      : read_peft(place, shape);
}

} // namespace

expected<std::shared_ptr<const answering>>
load_pretrained_model(const std::filesystem::path& place,
                      const load_options& options) {
  auto base = place;
  auto trained = options.adapter;
  // The GGUF form of an adapter names no base; the folder beside it does.
  const auto beside_it = place.parent_path() / "adapter";
  const auto is_form
    = place.filename() == "adapter.gguf"
      && std::filesystem::exists(beside_it / "adapter_config.json");
  if (trained.empty()
      && (is_form || !options.base.empty()
          || std::filesystem::exists(place / "adapter_config.json"))) {
    trained = place;
    base = options.base;
    if (base.empty()) {
      auto named = peft_base(is_form ? beside_it : place);
      if (!named)
        return named.error();
      base = *named;
    }
  }
  auto opened = open_pretrained(base);
  if (!opened)
    return opened.error();
  std::optional<adapter> beside;
  if (!trained.empty()) {
    auto read = read_adapter(trained, opened->weights.shape);
    if (!read)
      return read.error();
    beside = std::move(*read);
  }
  const auto* how = text::find_chat_template(opened->chat);
  if (!how)
    return fault{errc::unsupported,
                 base.string() + ": no chat template is known by the name '"
                   + opened->chat + "'"};
  return std::shared_ptr<const answering>{
    std::make_shared<const pretrained_model>(std::move(*opened),
                                             std::move(beside), *how, options)};
}

} // namespace aura::model
