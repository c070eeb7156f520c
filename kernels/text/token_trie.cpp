#include "kernels/text/token_trie.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

namespace aura::text {

std::size_t token_set::count() const {
  auto result = std::size_t{0};
  for (auto x : bits_)
    result += static_cast<std::size_t>(std::popcount(x));
  return result;
}

token_trie::token_trie(std::span<const std::string_view> tokens)
  : same_(tokens.size(), -1) {
  auto order = std::vector<std::int32_t>{};
  for (std::size_t i = 0; i < tokens.size(); ++i)
    if (!tokens[i].empty())
      order.push_back(static_cast<std::int32_t>(i));
  const auto bytes
    = [&](std::int32_t t) { return tokens[static_cast<std::size_t>(t)]; };
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return bytes(a) < bytes(b); });
  // What a node stands over: tokens that agree in their first `depth` bytes.
  struct range {
    std::size_t begin, end, depth;
  };
  auto nodes = std::vector<range>{{0, order.size(), 0}};
  labels_.push_back(0);
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    auto [i, end, depth] = nodes[n];
    first_.push_back(static_cast<node>(nodes.size()));
    token_.push_back(-1);
    for (; i < end && bytes(order[i]).size() == depth; ++i) {
      same_[static_cast<std::size_t>(order[i])] = token_.back();
      token_.back() = order[i];
    }
    while (i < end) {
      const auto c = bytes(order[i])[depth];
      auto j = i + 1;
      while (j < end && bytes(order[j])[depth] == c)
        ++j;
      labels_.push_back(static_cast<unsigned char>(c));
      nodes.push_back({i, j, depth + 1});
      i = j;
    }
  }
  first_.push_back(static_cast<node>(nodes.size()));
  const auto first = labels(root);
  for (std::size_t i = 0; i < first.size(); ++i)
    second_[first[i]] = first_child(root) + static_cast<node>(i);
}

token_trie::node token_trie::step(node x, unsigned char byte) const {
  if (x == root)
    return second_[byte];
  const auto choices = labels(x);
  const auto* found = choices.empty()
                        ? nullptr
                        : static_cast<const unsigned char*>(
                          std::memchr(choices.data(), byte, choices.size()));
  return found ? first_child(x) + static_cast<node>(found - choices.data())
               : none;
}

} // namespace aura::text
