#include "kernels/base/json.hpp"
#include "kernels/text/tokenizer.hpp"

#include <exception>

// Vocabularies as GGUF files list them (llama.cpp, src/llama-vocab.cpp).

namespace aura::text {

namespace {

using nlohmann::json;

// What llama.cpp calls the kinds of tokens.
enum kind : std::int64_t { normal = 1, unknown, control, user_defined, unused };

constexpr auto words
  = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr auto words_of_digits
  = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

json byte_level(bool splits) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", true},
          {"use_regex", splits}};
}

json split(const char* expression) {
  return {{"type", "Sequence"},
          {"pretokenizers",
           {{{"type", "Split"},
             {"pattern", {{"Regex", expression}}},
             {"behavior", "Isolated"},
             {"invert", false}},
            byte_level(false)}}};
}

/// How the pieces of a rule are cut, as a tokenizer.json says it; null for a
/// rule that is not known.
json pieces_of(std::string_view rule) {
  if (rule == "gpt-2" || rule == "gpt2")
    return byte_level(true);
  if (rule == "smollm")
    return {
      {"type", "Sequence"},
      {"pretokenizers",
       {{{"type", "Digits"}, {"individual_digits", true}}, byte_level(true)}}};
  if (rule == "llama-bpe" || rule == "llama3" || rule == "llama-v3"
      || rule == "dbrx")
    return split(words);
  if (rule == "qwen2")
    return split(words_of_digits);
  return nullptr;
}

json added_token_json(std::size_t id, std::string_view content, bool special) {
  return {{"id", id},          {"content", content}, {"single_word", false},
          {"lstrip", false},   {"rstrip", false},    {"normalized", false},
          {"special", special}};
}

/// Puts the token `id` before every text.
json beginning(std::int32_t id, std::string_view content) {
  return {
    {"type", "TemplateProcessing"},
    {"single",
     {{{"SpecialToken", {{"id", content}, {"type_id", 0}}}},
      {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}}},
    {"pair",
     {{{"SpecialToken", {{"id", content}, {"type_id", 0}}}},
      {{"Sequence", {{"id", "A"}, {"type_id", 0}}}},
      {{"SpecialToken", {{"id", content}, {"type_id", 1}}}},
      {{"Sequence", {{"id", "B"}, {"type_id", 1}}}}}},
    {"special_tokens",
     {{content, {{"id", content}, {"ids", {id}}, {"tokens", {content}}}}}}};
}

} // namespace

expected<std::string> write_tokenizer_json(const listed_vocabulary& list) {
  auto pieces = pieces_of(list.rule);
  if (pieces.is_null())
    return fault{errc::unsupported, "pre-tokenizer '" + list.rule
                                      + "' is not known to this program"};
  if (list.kinds.size() != list.tokens.size())
    return fault{errc::damaged_file,
                 std::to_string(list.tokens.size()) + " tokens of "
                   + std::to_string(list.kinds.size()) + " kinds"};
  auto vocabulary = json::object();
  auto added = json::array();
  for (std::size_t i = 0; i < list.tokens.size(); ++i) {
    const auto what = list.kinds[i];
    if (what == unused)
      continue;
    vocabulary[std::string{list.tokens[i]}] = i;
    if (what == control || what == unknown || what == user_defined)
      added.push_back(
        added_token_json(i, list.tokens[i], what != user_defined));
  }
  const auto begins
    = list.before
      && static_cast<std::size_t>(*list.before) < list.tokens.size();
  const auto whole = json{
    {"version", "1.0"},
    {"truncation", nullptr},
    {"padding", nullptr},
    {"added_tokens", std::move(added)},
    {"normalizer", list.rule == "qwen2" ? json{{"type", "NFC"}} : json{}},
    {"pre_tokenizer", std::move(pieces)},
    {"post_processor",
     begins ? beginning(*list.before,
                        list.tokens[static_cast<std::size_t>(*list.before)])
            : json{}},
    {"decoder", byte_level(true)},
    {"model",
     {{"type", "BPE"},
      {"dropout", nullptr},
      {"unk_token", nullptr},
      {"continuing_subword_prefix", nullptr},
      {"end_of_word_suffix", nullptr},
      {"fuse_unk", false},
      {"byte_fallback", false},
      {"ignore_merges", list.rule.starts_with("llama")},
      {"vocab", std::move(vocabulary)},
      {"merges", list.merges}}}};
  return whole.dump(-1, ' ', false, json::error_handler_t::replace);
}

expected<tokenizer> tokenizer::from_list(const listed_vocabulary& list) {
  auto text = write_tokenizer_json(list);
  if (!text)
    return text.error();
  try {
    return read_json(*text);
  } catch (const std::exception& e) { // a value of another kind than expected
    return fault{errc::damaged_file, e.what()};
  }
}

} // namespace aura::text
