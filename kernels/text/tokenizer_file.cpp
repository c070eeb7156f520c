#include "kernels/base/json.hpp"
#include "kernels/text/byte_alphabet.hpp"
#include "kernels/text/tokenizer.hpp"
#include "kernels/text/tokenizer_state.hpp"

#include <fstream>
#include <sstream>

// The layout of Hugging Face's tokenizer.json.

namespace aura::text {

namespace {

using nlohmann::json;

fault damaged(const std::string& why) {
  return {errc::damaged_file, why};
}

fault unknown(const std::string& what) {
  return {errc::unsupported, what + " is not known to this program"};
}

const json& part(const json& x, const char* key) {
  static const auto nothing = json{};
  return x.is_object() && x.contains(key) ? x[key] : nothing;
}

std::string type_of(const json& x) {
  const auto& type = part(x, "type");
  return type.is_string() ? type.get<std::string>() : std::string{};
}

expected<std::vector<added_token>> read_added(const json& list) {
  auto result = std::vector<added_token>{};
  if (list.is_null())
    return result;
  for (const auto& x : list) {
    const auto& content = part(x, "content");
    const auto& id = part(x, "id");
    if (!content.is_string() || !id.is_number_unsigned()
        || id.get<std::uint64_t>() > 0x00ff'ffff)
      return damaged("an added token without content or id");
    result.push_back({content.get<std::string>(), id.get<std::int32_t>(),
                      x.value("single_word", false), x.value("lstrip", false),
                      x.value("rstrip", false), x.value("normalized", true),
                      x.value("special", false)});
  }
  return result;
}

// Tokens by id, and the ids of their spellings.
expected<std::vector<std::string>>
read_vocabulary(const json& vocabulary,
                std::unordered_map<std::string, std::int32_t>& ids) {
  if (!vocabulary.is_object() || vocabulary.empty())
    return damaged("model.vocab is no object of tokens");
  auto result = std::vector<std::string>{};
  for (const auto& [spelling, value] : vocabulary.items()) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > 0x00ff'ffff)
      return damaged("token '" + spelling + "' has no id");
    const auto id = value.get<std::size_t>();
    if (result.size() <= id)
      result.resize(id + 1);
    ids.emplace(spelling, static_cast<std::int32_t>(id));
    // Added tokens stand in the vocabulary, too, as they are.
    if (auto bytes = read_bytes(spelling))
      result[id] = std::move(*bytes);
  }
  return result;
}

expected<std::vector<std::pair<std::int32_t, std::int32_t>>>
read_merges(const json& merges,
            const std::unordered_map<std::string, std::int32_t>& ids) {
  if (!merges.is_array())
    return damaged("model.merges is no list");
  auto result = std::vector<std::pair<std::int32_t, std::int32_t>>{};
  result.reserve(merges.size());
  for (const auto& x : merges) {
    auto left = std::string{};
    auto right = std::string{};
    if (x.is_string()) {
      const auto& both = x.get_ref<const std::string&>();
      const auto cut = both.find(' ');
      left = both.substr(0, cut);
      right = cut == std::string::npos ? "" : both.substr(cut + 1);
    } else if (x.is_array() && x.size() == 2 && x[0].is_string()
               && x[1].is_string()) {
      left = x[0].get<std::string>();
      right = x[1].get<std::string>();
    }
    const auto a = ids.find(left);
    const auto b = ids.find(right);
    if (a == ids.end() || b == ids.end())
      return damaged("merge " + std::to_string(result.size())
                     + " joins what is no token");
    result.emplace_back(a->second, b->second);
  }
  return result;
}

// Null, NFC, or a Sequence of them.
expected<bool> read_normalizer(const json& x) {
  const auto type = type_of(x);
  if (x.is_null())
    return false;
  if (type == "NFC")
    return true;
  if (type != "Sequence")
    return unknown("normalizer '" + type + "'");
  auto result = false;
  for (const auto& step : part(x, "normalizers")) {
    auto composes = read_normalizer(step);
    if (!composes)
      return composes.error();
    result = result || *composes;
  }
  return result;
}

status read_template(const json& x, std::vector<std::int32_t>& before,
                     std::vector<std::int32_t>& behind) {
  auto* into = &before;
  for (const auto& step : part(x, "single")) {
    if (!part(step, "Sequence").is_null()) {
      into = &behind;
      continue;
    }
    const auto& name = part(part(step, "SpecialToken"), "id");
    const auto& ids = name.is_string()
                        ? part(part(part(x, "special_tokens"),
                                    name.get_ref<const std::string&>().c_str()),
                               "ids")
                        : name;
    if (!ids.is_array())
      return damaged("post_processor: a special token without ids");
    for (const auto& id : ids)
      into->push_back(id.get<std::int32_t>());
  }
  return ok;
}

// ByteLevel changes offsets alone, which nobody asks for here.
status read_post_processor(const json& x, std::vector<std::int32_t>& before,
                           std::vector<std::int32_t>& behind) {
  const auto type = type_of(x);
  if (x.is_null() || type == "ByteLevel")
    return ok;
  if (type == "TemplateProcessing")
    return read_template(x, before, behind);
  if (type != "Sequence")
    return unknown("post-processor '" + type + "'");
  for (const auto& step : part(x, "processors"))
    if (auto done = read_post_processor(step, before, behind); !done)
      return done;
  return ok;
}

status check_model(const json& model) {
  if (type_of(model) != "BPE" && !type_of(model).empty())
    return unknown("model '" + type_of(model) + "'");
  if (model.value("byte_fallback", false))
    return unknown("byte_fallback");
  if (model.contains("dropout") && model["dropout"].is_number()
      && model["dropout"] != 0.0)
    return unknown("dropout of merges");
  for (const auto* key : {"continuing_subword_prefix", "end_of_word_suffix"})
    if (model.contains(key) && model[key].is_string() && model[key] != "")
      return unknown(key);
  return ok;
}

} // namespace

expected<tokenizer> tokenizer::read_json(std::string_view text) {
  const auto whole = json::parse(text, nullptr, false);
  if (!whole.is_object())
    return damaged("this is no JSON object");
  const auto& model = part(whole, "model");
  if (!model.is_object())
    return damaged("no model");
  if (auto good = check_model(model); !good)
    return good.error();
  if (const auto& decoder = part(whole, "decoder");
      !decoder.is_null() && type_of(decoder) != "ByteLevel")
    return unknown("decoder '" + type_of(decoder) + "'");
  auto made = std::make_shared<state>();
  auto ids = std::unordered_map<std::string, std::int32_t>{};
  auto tokens = read_vocabulary(part(model, "vocab"), ids);
  if (!tokens)
    return tokens.error();
  auto merges = read_merges(part(model, "merges"), ids);
  if (!merges)
    return merges.error();
  auto added = read_added(part(whole, "added_tokens"));
  if (!added)
    return added.error();
  auto raw = std::vector<added_token>{};
  auto normalised = std::vector<added_token>{};
  for (auto& x : *added) {
    // No text encodes to it by merging.
    if (static_cast<std::size_t>(x.id) < tokens->size())
      (*tokens)[static_cast<std::size_t>(x.id)].clear();
    (x.normalized ? normalised : raw).push_back(x);
    made->added.emplace(x.id, std::move(x));
  }
  made->raw = added_tokens{std::move(raw)};
  made->normalised = added_tokens{std::move(normalised)};
  auto table = merge_table::make(std::move(*tokens), *merges);
  if (!table)
    return table.error();
  made->merges = std::move(*table);
  if (model.value("ignore_merges", false))
    made->merges.take_whole_tokens();
  auto composes = read_normalizer(part(whole, "normalizer"));
  if (!composes)
    return composes.error();
  made->composes = *composes;
  auto pieces = splitter::read(part(whole, "pre_tokenizer"));
  if (!pieces)
    return pieces.error();
  made->pieces = std::move(*pieces);
  if (auto done = read_post_processor(part(whole, "post_processor"),
                                      made->before, made->behind);
      !done)
    return done.error();
  return tokenizer{std::move(made)};
}

expected<tokenizer> tokenizer::load(const std::filesystem::path& file) {
  auto in = std::ifstream{file, std::ios::binary};
  auto content = std::ostringstream{};
  if (!in || !(content << in.rdbuf()))
    return fault{errc::missing_file, "cannot read " + file.string()};
  const auto text = std::move(content).str();
  try {
    auto made = text.starts_with('{') ? read_json(text) : read_ranks(text);
    if (made)
      return made;
    return fault{made.error().code,
                 file.string() + ": " + made.error().message};
  } catch (const std::exception& e) { // a value of another kind than expected
    return fault{errc::damaged_file, file.string() + ": " + e.what()};
  }
}

} // namespace aura::text
