#include "kernels/evaluation/contamination.hpp"

#include "kernels/base/hash.hpp"
#include "kernels/evaluation/minhash.hpp"
#include "kernels/evaluation/normalise.hpp"

#include <unordered_map>
#include <vector>

namespace aura::evaluation {

namespace {

// What the test split holds, and whether a training row holds it, too. The
// test split is the small side, so that memory is its size.
class marks {
public:
  void expect(std::uint64_t key) {
    found_.emplace(key, false);
  }

  void meet(std::uint64_t key) {
    if (auto x = found_.find(key); x != found_.end())
      x->second = true;
  }

  bool met(std::uint64_t key) const {
    auto x = found_.find(key);
    return x != found_.end() && x->second;
  }

private:
  std::unordered_map<std::uint64_t, bool> found_;
};

// Unlike `grams`, no shorter run stands for a long one.
std::vector<std::uint64_t>
whole_grams(const std::vector<std::string_view>& words, std::size_t n) {
  return words.size() < n ? std::vector<std::uint64_t>{} : grams(words, n);
}

// The keys of one row, by what they are compared for.
struct row_keys {
  explicit row_keys(const split_row& row)
    : query{hash64(row.query)}, structure{hash64(row.structure)} {
    auto plain = normalised(row.question);
    auto words = words_of(plain);
    question = hash64(plain);
    shingles = grams(words, 5);
    grams_8 = whole_grams(words, 8);
    grams_13 = whole_grams(words, 13);
  }

  std::uint64_t question = 0;
  std::uint64_t query;
  std::uint64_t structure;
  std::vector<std::uint64_t> shingles;
  std::vector<std::uint64_t> grams_8;
  std::vector<std::uint64_t> grams_13;
};

bool is_test(split x) {
  return x == split::l0 || x == split::l1;
}

bool any_met(const marks& x, const std::vector<std::uint64_t>& keys) {
  for (auto key : keys)
    if (x.met(key))
      return true;
  return false;
}

} // namespace

contamination find_contamination(std::span<const split_row> rows, split test) {
  marks questions;
  marks queries;
  marks structures;
  marks grams_8;
  marks grams_13;
  for (auto& row : rows) {
    if (row.where != test)
      continue;
    row_keys keys{row};
    questions.expect(keys.question);
    queries.expect(keys.query);
    structures.expect(keys.structure);
    for (auto x : keys.grams_8)
      grams_8.expect(x);
    for (auto x : keys.grams_13)
      grams_13.expect(x);
  }
  similarity_index trained;
  for (auto& row : rows) {
    if (is_test(row.where))
      continue;
    row_keys keys{row};
    questions.meet(keys.question);
    queries.meet(keys.query);
    structures.meet(keys.structure);
    for (auto x : keys.grams_8)
      grams_8.meet(x);
    for (auto x : keys.grams_13)
      grams_13.meet(x);
    // No index exceeds 2: everything is added.
    trained.add_if_new(keys.shingles, 2);
  }
  contamination out;
  for (auto& row : rows) {
    if (row.where != test)
      continue;
    row_keys keys{row};
    ++out.rows;
    out.same_question += questions.met(keys.question);
    out.same_query += queries.met(keys.query);
    out.same_structure += structures.met(keys.structure);
    out.gram_8 += any_met(grams_8, keys.grams_8);
    out.gram_13 += any_met(grams_13, keys.grams_13);
    out.near_question += trained.contains_similar(keys.shingles, 0.7);
  }
  return out;
}

} // namespace aura::evaluation
