#include "kernels/text/merge_table.hpp"

#include "kernels/base/random.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <queue>

namespace aura::text {

namespace {

// Up to here a scan for the lowest merge beats a heap.
constexpr std::size_t short_piece = 96;

constexpr auto no_rank = std::numeric_limits<std::int32_t>::max();

std::uint64_t hash_of(std::string_view bytes) {
  auto h = std::uint64_t{bytes.size()};
  while (bytes.size() >= 8) {
    auto word = std::uint64_t{};
    std::memcpy(&word, bytes.data(), 8);
    h = mix64(h ^ word);
    bytes.remove_prefix(8);
  }
  auto word = std::uint64_t{};
  std::memcpy(&word, bytes.data(), bytes.size());
  return mix64(h ^ word);
}

std::uint64_t key_of(std::int32_t left, std::int32_t right) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32
         | static_cast<std::uint32_t>(right);
}

} // namespace

expected<merge_table> merge_table::make(
  std::vector<std::string> tokens,
  const std::vector<std::pair<std::int32_t, std::int32_t>>& merges) {
  auto result = merge_table{};
  result.tokens_ = std::move(tokens);
  result.index_tokens();
  result.reserve_merges(merges.size());
  const auto count = static_cast<std::int32_t>(result.tokens_.size());
  for (std::size_t i = 0; i < merges.size(); ++i) {
    const auto [left, right] = merges[i];
    const auto known = left >= 0 && right >= 0 && left < count && right < count;
    const auto id
      = known ? result.find(result.tokens_[static_cast<std::size_t>(left)]
                            + result.tokens_[static_cast<std::size_t>(right)])
              : -1;
    if (id < 0)
      return fault{errc::damaged_file,
                   "merge " + std::to_string(i) + " makes no token"};
    result.add_merge(left, right, static_cast<std::int32_t>(i), id);
  }
  result.find_reachable();
  return result;
}

merge_table merge_table::from_ranks(std::vector<std::string> tokens) {
  auto result = merge_table{};
  result.tokens_ = std::move(tokens);
  result.index_tokens();
  struct split {
    std::int32_t left;
    std::int32_t right;
    std::int32_t id;
  };
  auto splits = std::vector<split>{};
  for (std::size_t id = 0; id < result.tokens_.size(); ++id) {
    const auto bytes = std::string_view{result.tokens_[id]};
    for (std::size_t i = 1; i < bytes.size(); ++i) {
      const auto left = result.find(bytes.substr(0, i));
      const auto right = left < 0 ? -1 : result.find(bytes.substr(i));
      if (right >= 0)
        splits.push_back({left, right, static_cast<std::int32_t>(id)});
    }
  }
  result.reserve_merges(splits.size());
  for (const auto& x : splits)
    result.add_merge(x.left, x.right, x.id, x.id);
  result.takes_whole_ = true;
  return result;
}

void merge_table::index_tokens() {
  by_bytes_.assign(std::bit_ceil(2 * tokens_.size() + 2), -1);
  std::fill(std::begin(byte_ids_), std::end(byte_ids_), -1);
  for (std::size_t id = 0; id < tokens_.size(); ++id) {
    const auto& bytes = tokens_[id];
    if (bytes.empty() || find(bytes) >= 0)
      continue;
    auto slot = hash_of(bytes) & (by_bytes_.size() - 1);
    while (by_bytes_[slot] >= 0)
      slot = (slot + 1) & (by_bytes_.size() - 1);
    by_bytes_[slot] = static_cast<std::int32_t>(id);
    if (bytes.size() == 1)
      byte_ids_[static_cast<unsigned char>(bytes[0])]
        = static_cast<std::int32_t>(id);
  }
}

std::int32_t merge_table::find(std::string_view bytes) const noexcept {
  auto slot = hash_of(bytes) & (by_bytes_.size() - 1);
  for (; by_bytes_[slot] >= 0; slot = (slot + 1) & (by_bytes_.size() - 1))
    if (tokens_[static_cast<std::size_t>(by_bytes_[slot])] == bytes)
      return by_bytes_[slot];
  return -1;
}

void merge_table::reserve_merges(std::size_t count) {
  merges_.assign(std::bit_ceil(2 * count + 2), {});
}

void merge_table::add_merge(std::int32_t left, std::int32_t right,
                            std::int32_t rank, std::int32_t id) {
  const auto key = key_of(left, right);
  auto slot = mix64(key) & (merges_.size() - 1);
  while (merges_[slot].pair != empty && merges_[slot].pair != key)
    slot = (slot + 1) & (merges_.size() - 1);
  // Of a merge that is listed twice the last one counts, as in a map.
  merges_[slot] = {key, rank, id};
}

const merge_table::merge*
merge_table::look_up(std::int32_t left, std::int32_t right) const noexcept {
  const auto key = key_of(left, right);
  auto slot = mix64(key) & (merges_.size() - 1);
  for (; merges_[slot].pair != empty; slot = (slot + 1) & (merges_.size() - 1))
    if (merges_[slot].pair == key)
      return &merges_[slot];
  return nullptr;
}

void merge_table::find_reachable() {
  reachable_.assign(tokens_.size(), false);
  auto ids = std::vector<std::int32_t>{};
  for (std::size_t id = 0; id < tokens_.size(); ++id) {
    if (tokens_[id].empty())
      continue;
    ids.clear();
    encode_short(tokens_[id], ids);
    reachable_[id] = ids.size() == 1 && ids[0] == static_cast<std::int32_t>(id);
  }
}

void merge_table::encode(std::string_view piece,
                         std::vector<std::int32_t>& out) const {
  if (const auto id = find(piece);
      id >= 0 && (takes_whole_ || reachable_[static_cast<std::size_t>(id)]))
    out.push_back(id);
  else
    encode_short(piece, out);
}

void merge_table::encode_short(std::string_view piece,
                               std::vector<std::int32_t>& out) const {
  if (piece.size() > short_piece)
    return encode_long(piece, out);
  auto ids = std::array<std::int32_t, short_piece>{};
  // What merging part i with the next one would be.
  auto next = std::array<merge, short_piece>{};
  auto count = std::size_t{0};
  for (auto c : piece)
    if (const auto id = byte_ids_[static_cast<unsigned char>(c)]; id >= 0)
      ids[count++] = id;
  const auto none = merge{empty, no_rank, 0};
  const auto offer = [&](std::size_t i) {
    const auto* found = i + 1 < count ? look_up(ids[i], ids[i + 1]) : nullptr;
    next[i] = found ? *found : none;
  };
  for (std::size_t i = 0; i < count; ++i)
    offer(i);
  while (count > 1) {
    auto best = std::size_t{0};
    for (std::size_t i = 1; i + 1 < count; ++i)
      if (next[i].rank < next[best].rank)
        best = i;
    if (next[best].rank == no_rank)
      break;
    ids[best] = next[best].id;
    for (auto i = best + 1; i + 1 < count; ++i) {
      ids[i] = ids[i + 1];
      next[i] = next[i + 1];
    }
    --count;
    offer(best);
    if (best > 0)
      offer(best - 1);
  }
  out.insert(out.end(), ids.begin(),
             ids.begin() + static_cast<std::ptrdiff_t>(count));
}

// Parts as a linked list, candidates in a heap: O(n log n) for a piece of any
// length, such as a megabyte of one letter.
void merge_table::encode_long(std::string_view piece,
                              std::vector<std::int32_t>& out) const {
  struct part {
    std::int32_t id;
    std::int32_t before;
    std::int32_t after;
  };

  struct candidate {
    std::int32_t rank;
    std::int32_t at;
    std::int32_t left;
    std::int32_t right;
    std::int32_t id;

    bool operator<(const candidate& x) const {
      return rank != x.rank ? rank > x.rank : at > x.at;
    }
  };

  auto parts = std::vector<part>{};
  for (auto c : piece)
    if (const auto id = byte_ids_[static_cast<unsigned char>(c)]; id >= 0) {
      const auto i = static_cast<std::int32_t>(parts.size());
      parts.push_back({id, i - 1, i + 1});
    }
  const auto count = static_cast<std::int32_t>(parts.size());
  const auto at = [&](std::int32_t i) -> part& {
    return parts[static_cast<std::size_t>(i)];
  };
  auto heap = std::priority_queue<candidate>{};
  const auto offer = [&](std::int32_t i) {
    if (i < 0 || at(i).after >= count)
      return;
    const auto left = at(i).id;
    const auto right = at(at(i).after).id;
    if (const auto* x = look_up(left, right))
      heap.push({x->rank, i, left, right, x->id});
  };
  for (auto i = std::int32_t{0}; i < count; ++i)
    offer(i);
  while (!heap.empty()) {
    const auto x = heap.top();
    heap.pop();
    // Either part may have been merged away meanwhile.
    const auto after = at(x.at).after;
    if (at(x.at).id != x.left || after >= count || at(after).id != x.right)
      continue;
    at(x.at).id = x.id;
    at(x.at).after = at(after).after;
    if (at(x.at).after < count)
      at(at(x.at).after).before = x.at;
    at(after).id = -1;
    offer(at(x.at).before);
    offer(x.at);
  }
  for (auto i = std::int32_t{0}; i < count; i = at(i).after)
    out.push_back(at(i).id);
}

} // namespace aura::text
