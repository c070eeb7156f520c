#include "kernels/text/bpe.hpp"

#include "kernels/text/bpe_state.hpp"

#include <algorithm>

namespace aura::text {

bpe::state::state() {
  tokens.resize(specials);
  for (int c = 0; c < 256; ++c)
    tokens.emplace_back(1, static_cast<char>(c));
}

void bpe::state::add(std::int32_t left, std::int32_t right) {
  merged.emplace(key(left, right), static_cast<std::int32_t>(tokens.size()));
  merges.emplace_back(left, right);
  tokens.push_back(tokens[static_cast<std::size_t>(left)]
                   + tokens[static_cast<std::size_t>(right)]);
}

bpe::bpe(std::shared_ptr<const state> parts) : state_{std::move(parts)} {
}

void bpe::state::encode(std::string_view piece,
                        std::vector<std::int32_t>& out) const {
  const auto begin = out.size();
  for (auto c : piece)
    out.push_back(byte_id(c));
  // The lowest merge again and again. Pieces are short: a scan beats a heap.
  for (;;) {
    std::int32_t best = -1;
    std::size_t at = 0;
    for (auto i = begin; i + 1 < out.size(); ++i) {
      const auto found = merged.find(key(out[i], out[i + 1]));
      if (found != merged.end() && (best < 0 || found->second < best)) {
        best = found->second;
        at = i;
      }
    }
    if (best < 0)
      return;
    out[at] = best;
    out.erase(out.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
}

std::vector<std::int32_t> bpe::encode(std::string_view text) const {
  std::vector<std::int32_t> result;
  result.reserve(text.size() / 3 + 4);
  // A text repeats its words: each is merged once.
  std::unordered_map<std::string_view, std::pair<std::size_t, std::size_t>>
    seen;
  for (auto piece : pieces(text)) {
    if (const auto known = seen.find(piece); known != seen.end()) {
      const auto [begin, count] = known->second;
      for (std::size_t i = 0; i < count; ++i)
        result.push_back(result[begin + i]);
      continue;
    }
    const auto begin = result.size();
    state_->encode(piece, result);
    seen.emplace(piece, std::pair{begin, result.size() - begin});
  }
  return result;
}

std::string bpe::decode(std::span<const std::int32_t> ids) const {
  std::string result;
  for (auto id : ids)
    result += token(id);
  return result;
}

std::string_view bpe::token(std::int32_t id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= state_->tokens.size())
    return {};
  return state_->tokens[static_cast<std::size_t>(id)];
}

std::size_t bpe::size() const noexcept {
  return state_->tokens.size();
}

bool bpe::operator==(const bpe& x) const {
  return state_->merges == x.state_->merges;
}

} // namespace aura::text
