#include "kernels/model/pretrained/pretrained.hpp"

#include "kernels/base/json.hpp"
#include "kernels/model/pretrained/assemble.hpp"
#include "kernels/model/pretrained/gguf_model.hpp"
#include "kernels/text/chat.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace aura::model {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// The text of a small file; nothing if there is none.
std::optional<std::string> read_text(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::stringstream text;
  if (!in || !(text << in.rdbuf()))
    return std::nullopt;
  return std::move(text).str();
}

/// The template in Jinja that a folder carries, or nothing.
std::string chat_source(const fs::path& folder) {
  if (auto text = read_text(folder / "chat_template.jinja"))
    return *text;
  const auto text = read_text(folder / "tokenizer_config.json");
  const auto config = parse_within(text.value_or("{}"), configuration_depth);
  if (!config.is_object() || !config.contains("chat_template"))
    return {};
  const auto& found = config["chat_template"];
  if (found.is_string())
    return found.get<std::string>();
  // Several, by name.
  for (const auto& x : found.is_array() ? found : json::array())
    if (x.is_object() && x.value("name", json{}) == "default"
        && x.contains("template") && x["template"].is_string())
      return x["template"].get<std::string>();
  return {};
}

} // namespace

namespace {

/// Says where something went wrong.
fault at(const fs::path& place, const fault& why) {
  return {why.code, place.string() + ": " + why.message};
}

std::string name_of(const text::chat_template* x) {
  return x == nullptr ? std::string{} : std::string{x->name};
}

expected<architecture> read_folder(const fs::path& folder) {
  const auto file = folder / "config.json";
  const auto config = read_text(file);
  if (!config)
    return fault{errc::missing_file,
                 "cannot read " + file.string()
                   + ": a pretrained model is a folder with config.json, "
                     "*.safetensors and tokenizer.json, or a GGUF file"};
  auto result = read_architecture(
    *config, read_text(folder / "generation_config.json").value_or(""));
  if (!result)
    return at(file, result.error());
  return result;
}

expected<model_weights> read_weights(const gguf& file) {
  auto shape = read_architecture(file);
  if (!shape)
    return shape.error();
  auto tensors = rename_tensors(file);
  if (!tensors)
    return tensors.error();
  auto result = assemble(*shape, *tensors);
  if (result)
    undo_row_pairs(*result);
  return result;
}

/// @pre both are of the same place
expected<pretrained> join(const fs::path& place, model_weights weights,
                          text::tokenizer vocabulary, std::string chat) {
  if (vocabulary.size() > weights.shape.vocabulary)
    return fault{errc::invalid_model,
                 place.string() + ": " + std::to_string(vocabulary.size())
                   + " tokens for an embedding of "
                   + std::to_string(weights.shape.vocabulary)};
  return pretrained{std::move(weights), std::move(vocabulary), std::move(chat)};
}

expected<pretrained> open_gguf(const fs::path& place) {
  auto file = gguf::open(place);
  if (!file)
    return file.error();
  auto weights = read_weights(*file);
  if (!weights)
    return at(place, weights.error());
  auto vocabulary = read_tokenizer(*file);
  if (!vocabulary)
    return at(place, vocabulary.error());
  const auto source = file->text("tokenizer.chat_template").value_or("");
  return join(place, std::move(*weights), std::move(*vocabulary),
              name_of(text::recognise_chat_template(source)));
}

} // namespace

expected<architecture> open_architecture(const fs::path& place) {
  if (!is_gguf(place))
    return read_folder(place);
  auto file = gguf::open(place);
  if (!file)
    return file.error();
  auto result = read_architecture(*file);
  if (!result)
    return at(place, result.error());
  return result;
}

expected<model_weights> open_weights(const fs::path& place) {
  if (is_gguf(place)) {
    auto file = gguf::open(place);
    if (!file)
      return file.error();
    auto result = read_weights(*file);
    if (!result)
      return at(place, result.error());
    return result;
  }
  auto shape = read_folder(place);
  if (!shape)
    return shape.error();
  auto tensors = open_tensor_files(place);
  if (!tensors)
    return tensors.error();
  auto result = assemble(*shape, *tensors);
  if (!result)
    return at(place, result.error());
  return result;
}

std::string end_of_turn(const pretrained& x) {
  const auto* chat = text::find_chat_template(x.chat);
  if (chat == nullptr)
    return {};
  return std::string{chat->end.substr(0, chat->end.find("|>") + 2)};
}

std::vector<std::int32_t> ends_of(const pretrained& x) {
  auto ends = x.weights.shape.end_tokens;
  const auto end = x.vocabulary.find_added(end_of_turn(x));
  if (end && std::find(ends.begin(), ends.end(), *end) == ends.end())
    ends.push_back(*end);
  return ends;
}

expected<pretrained> open_pretrained(const fs::path& place) {
  if (is_gguf(place))
    return open_gguf(place);
  auto weights = open_weights(place);
  if (!weights)
    return weights.error();
  auto vocabulary = text::tokenizer::load(place / "tokenizer.json");
  if (!vocabulary)
    return vocabulary.error();
  return join(place, std::move(*weights), std::move(*vocabulary),
              name_of(text::recognise_chat_template(chat_source(place))));
}

} // namespace aura::model
