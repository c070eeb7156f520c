#include "kernels/model/translator.hpp"

#include "kernels/model/pretrained/pretrained_model.hpp"
#include "kernels/model/small_decoder.hpp"

namespace aura::model {

expected<translator> translator::load(const std::filesystem::path& place,
                                      const load_options& options) {
  const auto small = options.adapter.empty() && options.base.empty()
                     && place.extension() != ".gguf"
                     && !std::filesystem::exists(place / "adapter_config.json")
                     && is_small_decoder(place);
  auto loaded
    = small ? load_small_decoder(place) : load_pretrained_model(place, options);
  if (!loaded)
    return loaded.error();
  translator result;
  result.model_ = std::move(*loaded);
  return result;
}

expected<translation> translator::translate(
  const schema::schema& s, const std::vector<std::string>& tables,
  std::string_view question, const translate_options& options) const {
  return std::move(
    translate_batch(s, {{tables, std::string{question}, {}}}, options).front());
}

std::vector<expected<translation>>
translator::translate_batch(const schema::schema& s,
                            const std::vector<translation_request>& requests,
                            const translate_options& options) const {
  return model_->translate(s, requests, options);
}

bool translator::converses() const {
  return model_->converses();
}

expected<chat_reply> translator::chat(std::span<const text::message> messages,
                                      const chat_options& options,
                                      const chat_listener& hear) const {
  return model_->chat(messages, options, hear);
}

} // namespace aura::model
