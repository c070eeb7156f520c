#include "kernels/evaluation/dedupe.hpp"

#include "kernels/base/hash.hpp"
#include "kernels/evaluation/minhash.hpp"
#include "kernels/evaluation/normalise.hpp"

#include <array>
#include <unordered_map>
#include <unordered_set>

namespace aura::evaluation {

namespace {

constexpr std::array<const char*, duplicates> names = {
  "none", "same_question", "query_cap", "template_cap", "near_question",
};

constexpr std::size_t shingle = 5;

} // namespace

const char* to_string(duplicate x) {
  return names[static_cast<std::size_t>(x)];
}

// Texts are kept as hashes of 64 bits: among a million rows two meet with a
// probability of 3e-8.
struct deduper::state {
  dedupe_options options;
  std::unordered_set<std::uint64_t> questions;
  std::unordered_map<std::uint64_t, std::size_t> queries;
  std::unordered_map<std::uint64_t, std::size_t> templates;
  similarity_index similar;
};

deduper::deduper(const dedupe_options& options)
  : state_{std::make_unique<state>()} {
  state_->options = options;
}

deduper::deduper(deduper&&) noexcept = default;
deduper& deduper::operator=(deduper&&) noexcept = default;
deduper::~deduper() = default;

duplicate deduper::add(std::string_view question, std::string_view query,
                       std::string_view structure) {
  auto& options = state_->options;
  auto plain = normalised(question);
  auto key = hash64(plain);
  if (state_->questions.contains(key))
    return duplicate::same_question;
  auto& of_query = state_->queries[hash64(query)];
  if (of_query >= options.per_query)
    return duplicate::query_cap;
  auto& of_template = state_->templates[hash64(structure)];
  if (of_template >= options.per_template)
    return duplicate::template_cap;
  if (options.similarity <= 1
      && !state_->similar.add_if_new(grams(words_of(plain), shingle),
                                     options.similarity))
    return duplicate::near_question;
  ++of_query;
  ++of_template;
  state_->questions.insert(key);
  return duplicate::none;
}

} // namespace aura::evaluation
