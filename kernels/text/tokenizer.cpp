#include "kernels/text/tokenizer.hpp"

#include "kernels/base/utf8.hpp"
#include "kernels/text/tokenizer_state.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

namespace aura::text {

namespace {

// Unicode's normalisation form C (Unicode Standard Annex 15).
std::string compose(std::string_view text) {
  if (std::all_of(text.begin(), text.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
    return std::string{text};
  auto* made = static_cast<utf8proc_uint8_t*>(nullptr);
  const auto size = utf8proc_map(
    reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
    static_cast<utf8proc_ssize_t>(text.size()), &made,
    static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  auto result = size < 0 ? std::string{text}
                         : std::string{reinterpret_cast<const char*>(made),
                                       static_cast<std::size_t>(size)};
  std::free(made);
  return result;
}

} // namespace

tokenizer::tokenizer(std::shared_ptr<const state> parts)
  : state_{std::move(parts)} {
}

status tokenizer::state::encode(std::string_view text,
                                std::vector<std::int32_t>& out) const {
  auto spaced = std::string{};
  if (pieces.adds_prefix_space() && !text.starts_with(' ')) {
    spaced = " " + std::string{text};
    text = spaced;
  }
  auto where = std::vector<extent>{};
  where.reserve(text.size() / 4 + 1);
  if (auto done = pieces.split(text, where); !done)
    return done;
  for (const auto x : where)
    merges.encode(text.substr(x.begin, x.end - x.begin), out);
  return ok;
}

expected<std::vector<std::int32_t>>
tokenizer::encode(std::string_view text, const encode_options& options) const {
  auto result = std::vector<std::int32_t>{};
  result.reserve(text.size() / 3 + 4);
  if (options.add_specials)
    result = state_->before;
  const auto encode_plain = [&](std::string_view part) -> status {
    const auto normal = state_->composes ? compose(part) : std::string{};
    const auto plain = state_->composes ? std::string_view{normal} : part;
    for (const auto& x :
         state_->normalised.find(plain, options.parse_specials)) {
      if (x.id >= 0)
        result.push_back(x.id);
      else if (auto done
               = state_->encode(plain.substr(x.begin, x.end - x.begin), result);
               !done)
        return done;
    }
    return ok;
  };
  while (!text.empty()) {
    const auto good = text.substr(0, valid_utf8(text));
    for (const auto& x : state_->raw.find(good, options.parse_specials)) {
      if (x.id >= 0)
        result.push_back(x.id);
      else if (auto done = encode_plain(good.substr(x.begin, x.end - x.begin));
               !done)
        return done.error();
    }
    text.remove_prefix(good.size());
    while (!text.empty() && character_length(text) == 0) {
      state_->merges.encode(text.substr(0, 1), result);
      text.remove_prefix(1);
    }
  }
  if (options.add_specials)
    result.insert(result.end(), state_->behind.begin(), state_->behind.end());
  return result;
}

std::string tokenizer::decode(std::span<const std::int32_t> ids,
                              bool skip_specials) const {
  auto result = std::string{};
  for (auto id : ids)
    if (!skip_specials || !is_special(id))
      result += token(id);
  return result;
}

std::string_view tokenizer::token(std::int32_t id) const {
  if (const auto added = state_->added.find(id); added != state_->added.end())
    return added->second.content;
  const auto& tokens = state_->merges.tokens();
  return id >= 0 && static_cast<std::size_t>(id) < tokens.size()
           ? std::string_view{tokens[static_cast<std::size_t>(id)]}
           : std::string_view{};
}

std::optional<std::int32_t>
tokenizer::find_added(std::string_view content) const {
  for (const auto& [id, x] : state_->added)
    if (x.content == content)
      return id;
  return std::nullopt;
}

bool tokenizer::is_special(std::int32_t id) const {
  const auto added = state_->added.find(id);
  return added != state_->added.end() && added->second.special;
}

bool tokenizer::strips_before(std::int32_t id) const {
  const auto added = state_->added.find(id);
  return added != state_->added.end() && added->second.lstrip;
}

bool tokenizer::strips_behind(std::int32_t id) const {
  const auto added = state_->added.find(id);
  return added != state_->added.end() && added->second.rstrip;
}

std::size_t tokenizer::size() const {
  auto result = state_->merges.tokens().size();
  for (const auto& [id, x] : state_->added)
    result = std::max(result, static_cast<std::size_t>(id) + 1);
  return result;
}

stream_decoder::stream_decoder(tokenizer vocabulary, bool skip_specials)
  : vocabulary_{std::move(vocabulary)}, skip_specials_{skip_specials} {
}

std::string stream_decoder::push(std::int32_t id) {
  if (!skip_specials_ || !vocabulary_.is_special(id))
    pending_ += vocabulary_.token(id);
  return drain(false);
}

std::string stream_decoder::finish() {
  return drain(true);
}

std::string stream_decoder::drain(bool all) {
  auto result = std::string{};
  auto rest = std::string_view{pending_};
  while (!rest.empty()) {
    const auto good = valid_utf8(rest);
    result += rest.substr(0, good);
    rest.remove_prefix(good);
    if (rest.empty())
      break;
    // A beginning that more bytes may complete is kept back.
    const auto first = static_cast<unsigned char>(rest[0]);
    const auto wanted = first >= 0xf0 ? 4u : first >= 0xe0 ? 3u : 2u;
    const auto may_complete
      = first >= 0xc2 && first < 0xf5 && rest.size() < wanted
        && std::all_of(rest.begin() + 1, rest.end(),
                       [](char c) { return (c & 0xc0) == 0x80; });
    if (may_complete && !all)
      break;
    result += "\xef\xbf\xbd";
    rest.remove_prefix(may_complete ? rest.size() : 1);
  }
  pending_ = std::string{rest};
  return result;
}

} // namespace aura::text
