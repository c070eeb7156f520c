#include "kernels/base/json.hpp"
#include "kernels/text/bpe.hpp"
#include "kernels/text/bpe_state.hpp"
#include "kernels/text/byte_alphabet.hpp"

#include <array>
#include <fstream>
#include <sstream>

namespace aura::text {

namespace {

using json = nlohmann::ordered_json;

constexpr std::array special_names{"<|padding|>", "<|start|>", "<|answer|>",
                                   "<|end|>"};

json describe_byte_level() {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", false},
          {"use_regex", false}};
}

fault damaged(const std::filesystem::path& file, const std::string& why) {
  return {errc::damaged_file, file.string() + ": " + why};
}

} // namespace

status bpe::save(const std::filesystem::path& file) const {
  const auto token_text = [&](std::size_t id) {
    return id < special_names.size() ? std::string{special_names[id]}
                                     : spell_bytes(state_->tokens[id]);
  };
  json added = json::array();
  auto vocabulary = json::object();
  for (std::size_t id = 0; id < state_->tokens.size(); ++id)
    vocabulary[token_text(id)] = id;
  for (std::size_t id = 0; id < special_names.size(); ++id)
    added.push_back({{"id", id},
                     {"content", special_names[id]},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
  json merges = json::array();
  for (const auto& [left, right] : state_->merges)
    merges.push_back(token_text(static_cast<std::size_t>(left)) + " "
                     + token_text(static_cast<std::size_t>(right)));
  const json split{{"type", "Split"},
                   {"pattern", {{"Regex", piece_pattern}}},
                   {"behavior", "Isolated"},
                   {"invert", false}};
  const json whole{
    {"version", "1.0"},
    {"truncation", nullptr},
    {"padding", nullptr},
    {"added_tokens", added},
    {"normalizer", nullptr},
    {"pre_tokenizer",
     {{"type", "Sequence"},
      {"pretokenizers", json::array({split, describe_byte_level()})}}},
    {"post_processor", nullptr},
    {"decoder", describe_byte_level()},
    {"model",
     {{"type", "BPE"},
      {"dropout", nullptr},
      {"unk_token", nullptr},
      {"continuing_subword_prefix", nullptr},
      {"end_of_word_suffix", nullptr},
      {"fuse_unk", false},
      {"byte_fallback", false},
      {"ignore_merges", false},
      {"vocab", vocabulary},
      {"merges", merges}}}};
  auto temporary = file;
  temporary += ".part";
  {
    std::ofstream out{temporary, std::ios::binary | std::ios::trunc};
    out << whole.dump(2) << '\n';
    out.flush();
    if (!out)
      return fault{errc::io_error, "cannot write " + temporary.string()};
  }
  std::error_code failed;
  std::filesystem::rename(temporary, file, failed);
  if (failed)
    return fault{errc::io_error, "cannot write " + file.string()};
  return ok;
}

expected<bpe> bpe::load(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in)
    return fault{errc::missing_file, "cannot open " + file.string()};
  std::stringstream text;
  text << in.rdbuf();
  const auto whole = json::parse(text.str(), nullptr, false);
  const json::json_pointer vocabulary_at{"/model/vocab"},
    merges_at{"/model/merges"},
    pattern_at{"/pre_tokenizer/pretokenizers/0/pattern/Regex"};
  if (!whole.is_object() || !whole.contains(vocabulary_at)
      || !whole.contains(merges_at))
    return damaged(file, "not a tokenizer.json with vocab and merges");
  // Other rules would cut other pieces from the same text.
  if (!whole.contains(pattern_at) || whole[pattern_at] != piece_pattern)
    return damaged(file, "pre-tokenizer is not the one of this program");
  const auto& vocabulary = whole[vocabulary_at];
  const auto& merges = whole[merges_at];
  if (!vocabulary.is_object() || !merges.is_array())
    return damaged(file, "vocab is no object or merges is no list");
  const auto& letters = byte_alphabet();
  auto result = std::make_shared<state>();
  std::unordered_map<std::string, std::int32_t> ids;
  for (std::size_t c = 0; c < letters.size(); ++c)
    ids.emplace(letters[c], state::byte_id(static_cast<char>(c)));
  for (const auto& x : merges) {
    const auto merge = x.is_string() ? x.get<std::string>() : std::string{};
    const auto cut = merge.find(' ');
    if (cut == std::string::npos)
      return damaged(file, "merge " + std::to_string(result->merges.size())
                             + " is no pair");
    const auto left = ids.find(merge.substr(0, cut));
    const auto right = ids.find(merge.substr(cut + 1));
    if (left == ids.end() || right == ids.end())
      return damaged(file, "merge " + std::to_string(result->merges.size())
                             + " joins an unknown token");
    const auto both = left->first + right->first;
    const auto id = static_cast<std::int32_t>(result->tokens.size());
    result->add(left->second, right->second);
    ids.emplace(both, id);
  }
  if (vocabulary.size() != result->tokens.size())
    return damaged(file, "vocab has " + std::to_string(vocabulary.size())
                           + " tokens, merges make "
                           + std::to_string(result->tokens.size()));
  for (const auto& [token, id] : ids)
    if (!vocabulary.contains(token) || vocabulary[token] != id)
      return damaged(file, "token '" + token + "' is not at its place");
  return bpe{std::move(result)};
}

} // namespace aura::text
