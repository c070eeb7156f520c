#include "kernels/evaluation/controls.hpp"

#include "kernels/base/hash.hpp"
#include "kernels/base/random.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/evaluation/normalise.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <unordered_map>

namespace aura::evaluation {

namespace {

// Words and pairs of neighbours, sorted, each once.
std::vector<std::uint64_t> terms_of(std::string_view question) {
  auto plain = normalised(question);
  auto words = words_of(plain);
  auto out = grams(words, 1);
  if (words.size() > 1) {
    auto pairs = grams(words, 2);
    out.insert(out.end(), pairs.begin(), pairs.end());
  }
  std::ranges::sort(out);
  auto repeated = std::ranges::unique(out);
  out.erase(repeated.begin(), repeated.end());
  return out;
}

} // namespace

expected<std::string> reprinted(std::string_view query) {
  auto parsed = dsl::parse(query);
  if (!parsed.query)
    return fault{errc::syntax_error, "not AuraDSL: " + std::string{query}};
  return dsl::print(*parsed.query);
}

std::vector<std::size_t> permuted(std::span<const std::string_view> keys,
                                  std::uint64_t seed) {
  std::vector<std::size_t> out(keys.size());
  std::iota(out.begin(), out.end(), std::size_t{0});
  random_stream random{seed, "permuted"};
  random.shuffle(out);
  // Whoever met his own key swaps with the next one for whom that is right on
  // both sides.
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (keys[out[i]] != keys[i])
      continue;
    for (std::size_t step = 1; step < out.size(); ++step) {
      auto j = (i + step) % out.size();
      if (keys[out[j]] == keys[i] || keys[out[i]] == keys[j])
        continue;
      std::swap(out[i], out[j]);
      break;
    }
    // So frequent a key finds nobody: any other query will do.
    for (std::size_t j = 0; j < out.size() && keys[out[i]] == keys[i]; ++j)
      out[i] = keys[j] != keys[i] ? j : out[i];
  }
  return out;
}

verdict judge_empty(const gold& expected_answers) {
  answers nothing;
  for (std::size_t s = 0; s < expected_answers.answers.size(); ++s)
    nothing.push_back(sql::result{
      std::vector<std::string>(expected_answers.shape.columns), {}});
  return compare(expected_answers.shape, expected_answers.answers, nothing);
}

struct memoriser::state {
  std::vector<std::string> queries;
  std::vector<float> lengths;
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> postings;

  float rarity(std::size_t occurrences) const {
    return std::log(
      1 + static_cast<float>(queries.size()) / static_cast<float>(occurrences));
  }
};

memoriser::memoriser(std::span<const std::string_view> questions,
                     std::span<const std::string_view> queries)
  : state_{std::make_unique<state>()} {
  assert(questions.size() == queries.size());
  auto& s = *state_;
  s.queries.assign(queries.begin(), queries.end());
  s.lengths.assign(questions.size(), 0);
  for (std::size_t i = 0; i < questions.size(); ++i)
    for (auto term : terms_of(questions[i]))
      s.postings[term].push_back(static_cast<std::uint32_t>(i));
  // Rows in the order of their numbers, so that sums of floats do not depend
  // on the order of the table.
  for (std::size_t i = 0; i < questions.size(); ++i) {
    for (auto term : terms_of(questions[i])) {
      auto weight = s.rarity(s.postings.find(term)->second.size());
      s.lengths[i] += weight * weight;
    }
    s.lengths[i] = std::sqrt(s.lengths[i]);
  }
}

memoriser::memoriser(memoriser&&) noexcept = default;
memoriser& memoriser::operator=(memoriser&&) noexcept = default;
memoriser::~memoriser() = default;

std::string_view memoriser::answer(std::string_view question) const {
  auto& s = *state_;
  if (s.queries.empty())
    return {};
  std::vector<float> scores(s.queries.size());
  for (auto term : terms_of(question)) {
    auto found = s.postings.find(term);
    if (found == s.postings.end())
      continue;
    auto weight = s.rarity(found->second.size());
    for (auto row : found->second)
      scores[row] += weight * weight;
  }
  std::size_t best = 0;
  float highest = -1;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    auto cosine = s.lengths[i] > 0 ? scores[i] / s.lengths[i] : 0;
    if (cosine <= highest)
      continue;
    highest = cosine;
    best = i;
  }
  return s.queries[best];
}

} // namespace aura::evaluation
