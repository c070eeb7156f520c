#include "kernels/text/tokenizer.hpp"
#include "kernels/text/tokenizer_state.hpp"

#include <algorithm>
#include <array>
#include <charconv>

// tiktoken's rank files: a token in base64, a space and its rank a line.

namespace aura::text {

namespace {

struct rules {
  std::size_t ranks;
  const char* expression;
  std::vector<std::pair<const char*, std::int32_t>> specials;
};

constexpr auto cl100k
  = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

constexpr auto o200k
  = R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
    R"(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
    R"(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// As tiktoken's openai_public.py names them.
const std::vector<rules>& known_rules() {
  static const auto result = std::vector<rules>{
    {100256, // cl100k_base
     cl100k,
     {{"<|endoftext|>", 100257},
      {"<|fim_prefix|>", 100258},
      {"<|fim_middle|>", 100259},
      {"<|fim_suffix|>", 100260},
      {"<|endofprompt|>", 100276}}},
    {199998, // o200k_base
     o200k,
     {{"<|endoftext|>", 199999}, {"<|endofprompt|>", 200018}}},
    {50256, gpt2_pattern, {{"<|endoftext|>", 50256}}}, // gpt2
  };
  return result;
}

int digit_of(char c) {
  constexpr auto digits = std::string_view{
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"};
  const auto at = digits.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

std::optional<std::string> decode_base64(std::string_view text) {
  while (text.ends_with('='))
    text.remove_suffix(1);
  auto result = std::string{};
  auto bits = 0u;
  auto count = 0;
  for (auto c : text) {
    const auto digit = digit_of(c);
    if (digit < 0)
      return std::nullopt;
    bits = (bits << 6 | static_cast<unsigned>(digit)) & 0xffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      result += static_cast<char>(bits >> count & 0xff);
    }
  }
  return result;
}

} // namespace

expected<tokenizer> tokenizer::read_ranks(std::string_view text) {
  auto tokens = std::vector<std::string>{};
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto row = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (row.empty())
      continue;
    const auto cut = std::min(row.find(' '), row.size());
    auto bytes = decode_base64(row.substr(0, cut));
    auto rank = std::size_t{0};
    const auto number = row.substr(std::min(cut + 1, row.size()));
    const auto read
      = std::from_chars(number.data(), number.data() + number.size(), rank);
    if (!bytes || bytes->empty() || read.ec != std::errc{}
        || rank != tokens.size())
      return fault{errc::damaged_file,
                   "line " + std::to_string(line)
                     + ": neither JSON nor a token in base64 and its rank"};
    tokens.push_back(std::move(*bytes));
  }
  const auto& known = known_rules();
  const auto found
    = std::find_if(known.begin(), known.end(),
                   [&](const auto& x) { return x.ranks == tokens.size(); });
  if (found == known.end())
    return fault{errc::unsupported,
                 "a vocabulary of " + std::to_string(tokens.size())
                   + " ranks; cl100k_base has 100256, o200k_base 199998, gpt2 "
                     "50256"};
  auto pieces = splitter::from_pattern(found->expression);
  if (!pieces)
    return pieces.error();
  auto made = std::make_shared<state>();
  made->pieces = std::move(*pieces);
  auto specials = std::vector<added_token>{};
  for (const auto& [content, id] : found->specials) {
    specials.push_back({content, id, false, false, false, false, true});
    made->added.emplace(id, specials.back());
  }
  made->raw = added_tokens{std::move(specials)};
  made->merges = merge_table::from_ranks(std::move(tokens));
  return tokenizer{std::move(made)};
}

} // namespace aura::text
