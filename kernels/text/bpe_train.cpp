#include "kernels/text/bpe.hpp"
#include "kernels/text/bpe_state.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace aura::text {

namespace {

struct word {
  std::vector<std::int32_t> ids;
  std::int64_t count = 0;
};

using pair = std::pair<std::int32_t, std::int32_t>;

/// Pairs of neighbours, how often they occur, and in which words.
class pair_table {
public:
  void change(const pair& p, std::int64_t by, std::size_t word) {
    auto& x = pairs_[p];
    if (x.count > 0)
      order_.erase({-x.count, p});
    x.count += by;
    if (x.count > 0)
      order_.insert({-x.count, p});
    if (by > 0)
      x.words.insert(word);
  }

  /// The most frequent pair, the lowest among equals; null if none occurs
  /// twice.
  const pair* best() const {
    if (order_.empty() || order_.begin()->first > -2)
      return nullptr;
    return &order_.begin()->second;
  }

  std::set<std::size_t> words(const pair& p) const {
    return pairs_.at(p).words;
  }

private:
  struct occurrences {
    std::int64_t count = 0;
    std::set<std::size_t> words;
  };

  std::map<pair, occurrences> pairs_;
  std::set<std::pair<std::int64_t, pair>> order_;
};

void count(const word& x, std::size_t index, std::int64_t sign,
           pair_table& table) {
  for (std::size_t i = 0; i + 1 < x.ids.size(); ++i)
    table.change({x.ids[i], x.ids[i + 1]}, sign * x.count, index);
}

void merge(std::vector<std::int32_t>& ids, const pair& p, std::int32_t id) {
  std::size_t to = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto here
      = i + 1 < ids.size() && ids[i] == p.first && ids[i + 1] == p.second;
    ids[to++] = here ? id : ids[i];
    i += here ? 1 : 0;
  }
  ids.resize(to);
}

} // namespace

expected<bpe> bpe::train(const std::vector<std::string>& texts,
                         std::size_t size) {
  auto result = std::make_shared<state>();
  constexpr std::size_t slots = 3 * 10;
  const auto least = result->tokens.size() + slots;
  if (size < least)
    return fault{errc::invalid_option,
                 "a vocabulary needs at least " + std::to_string(least)
                   + " tokens, found " + std::to_string(size)};
  for (auto mark : {'#', '@', '$'}) {
    const auto open = static_cast<std::int32_t>(result->tokens.size());
    result->add(state::byte_id(' '), state::byte_id(mark));
    for (auto digit = '1'; digit <= '9'; ++digit)
      result->add(open, state::byte_id(digit));
  }
  // Ordered, so that ids do not depend on a hash.
  std::map<std::string_view, std::int64_t> counts;
  for (const auto& text : texts)
    for (auto piece : pieces(text))
      ++counts[piece];
  std::vector<word> words;
  for (const auto& [piece, n] : counts) {
    word x{.ids = {}, .count = n};
    result->encode(piece, x.ids);
    words.push_back(std::move(x));
  }
  pair_table table;
  for (std::size_t i = 0; i < words.size(); ++i)
    count(words[i], i, 1, table);
  while (result->tokens.size() < size) {
    const auto* best = table.best();
    if (best == nullptr)
      break;
    const auto p = *best;
    const auto id = static_cast<std::int32_t>(result->tokens.size());
    result->add(p.first, p.second);
    for (auto i : table.words(p)) {
      count(words[i], i, -1, table);
      merge(words[i].ids, p, id);
      count(words[i], i, 1, table);
    }
  }
  return bpe{std::move(result)};
}

} // namespace aura::text
