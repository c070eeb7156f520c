#include "kernels/evaluation/suite.hpp"

#include "kernels/base/hash.hpp"
#include "kernels/base/random.hpp"
#include "kernels/evaluation/runner.hpp"
#include "kernels/sql/writer.hpp"

#include <array>
#include <cassert>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace aura::evaluation {

namespace {

// A statement and its parameters, hashed so wide that no two will meet.
struct fingerprint {
  std::uint64_t low;
  std::uint64_t high;

  bool operator==(const fingerprint&) const = default;
};

struct fingerprint_hash {
  std::size_t operator()(const fingerprint& x) const noexcept {
    return static_cast<std::size_t>(x.low);
  }
};

fingerprint fingerprint_of(const dsl::compiled& query) {
  auto key = query.sql;
  for (auto& x : query.parameters) {
    key += static_cast<char>('0' + x.index());
    key += to_literal(x);
  }
  return {hash64(key, 1), hash64(key, 2)};
}

// What probes found, until there is too much of it.
class memory {
public:
  explicit memory(std::size_t capacity) : capacity_{capacity / shelves} {
  }

  std::optional<status> find(const fingerprint& key) {
    auto& x = shelf_of(key);
    std::lock_guard guard{x.mutex};
    auto found = x.outcomes.find(key);
    if (found == x.outcomes.end())
      return std::nullopt;
    return found->second;
  }

  void keep(const fingerprint& key, const status& outcome) {
    auto& x = shelf_of(key);
    std::lock_guard guard{x.mutex};
    if (x.outcomes.size() >= capacity_)
      x.outcomes.clear();
    x.outcomes.emplace(key, outcome);
  }

private:
  static constexpr std::size_t shelves = 16;

  struct shelf {
    std::mutex mutex;
    std::unordered_map<fingerprint, status, fingerprint_hash> outcomes;
  };

  shelf& shelf_of(const fingerprint& key) {
    return shelves_[key.high % shelves];
  }

  std::size_t capacity_;
  std::array<shelf, shelves> shelves_;
};

// What depends on the machine's mood is not remembered.
bool is_lasting(const status& x) {
  return x || outcome_of(x.error().code) == outcome::runtime_error
         || x.error().code == errc::resource_limit
         || x.error().code == errc::degenerate;
}

// The same states in other circumstances, in which a gold must not differ.
struct trial {
  const char* what;
  std::unique_ptr<runner> states;
};

} // namespace

struct state_suite::state {
  suite_options options;
  std::unique_ptr<runner> states;
  std::string hash;
  mutable std::optional<memory> probes;
  mutable std::once_flag tried;
  mutable expected<std::vector<trial>> trials
    = fault{errc::internal, "no trials yet"};

  expected<std::vector<trial>> make_trials() const;
  status probe(const dsl::compiled& query) const;
};

expected<std::vector<trial>> state_suite::state::make_trials() const {
  std::vector<trial> out;
  sql::open_options reversed;
  reversed.reverse_unordered = true;
  out.push_back({"when repeated", states->reopened({})});
  out.push_back(
    {"with unordered selects turned around", states->reopened(reversed)});
  for (std::size_t copy = 0; copy < options.shuffles; ++copy) {
    std::vector<std::string> images;
    for (std::size_t s = 0; s < states->size(); ++s) {
      auto shuffled = sql::writer::from_image(states->image(s));
      if (!shuffled)
        return shuffled.error();
      if (auto done = shuffled->shuffle(mix64(copy)); !done)
        return done.error();
      auto image = shuffled->image();
      if (!image)
        return image.error();
      images.push_back(*std::move(image));
    }
    auto made = runner::make(std::move(images), {});
    if (!made)
      return made.error();
    out.push_back({"on shuffled rows", *std::move(made)});
  }
  return expected<std::vector<trial>>{std::move(out)};
}

status state_suite::state::probe(const dsl::compiled& query) const {
  runner::lease connections{*states};
  std::optional<sql::digest> first;
  auto informative = false;
  auto constant = states->size() > 1;
  for (std::size_t s = 0; s < states->size(); ++s) {
    auto x
      = connections.summarise(s, query.sql, query.parameters, options.bounds);
    if (!x)
      return x.error();
    if (!first)
      first = *x;
    informative = informative || x->informative;
    constant = constant && *x == *first;
  }
  if (!informative)
    return fault{errc::degenerate, "no rows on any state"};
  if (constant)
    return fault{errc::degenerate, "the same answer on every state"};
  return ok;
}

state_suite::state_suite(std::shared_ptr<const state> s)
  : state_{std::move(s)} {
}

expected<state_suite> state_suite::make(std::vector<std::string> images,
                                        const suite_options& options) {
  assert(!images.empty());
  auto s = std::make_shared<state>();
  s->options = options;
  s->probes.emplace(options.remembered);
  sha256 digest;
  for (auto& image : images) {
    digest.update(std::to_string(image.size()) + ":");
    digest.update(image);
  }
  s->hash = digest.finish();
  auto states = runner::make(std::move(images), {});
  if (!states)
    return states.error();
  s->states = *std::move(states);
  return state_suite{std::move(s)};
}

std::size_t state_suite::size() const noexcept {
  return state_->states->size();
}

const std::string& state_suite::hash() const noexcept {
  return state_->hash;
}

std::string_view state_suite::image(std::size_t index) const {
  return state_->states->image(index);
}

answers state_suite::run(const dsl::compiled& query) const {
  runner::lease connections{*state_->states};
  answers out;
  out.reserve(size());
  for (std::size_t s = 0; s < size(); ++s)
    out.push_back(
      connections.run(s, query.sql, query.parameters, state_->options.bounds));
  return out;
}

status state_suite::probe(const dsl::compiled& query) const {
  auto key = fingerprint_of(query);
  if (auto known = state_->probes->find(key))
    return *known;
  auto outcome = state_->probe(query);
  if (is_lasting(outcome))
    state_->probes->keep(key, outcome);
  return outcome;
}

status state_suite::check_gold(const dsl::compiled& query) const {
  auto useful = probe(query);
  if (!useful)
    return useful;
  std::call_once(state_->tried,
                 [this] { state_->trials = state_->make_trials(); });
  if (!state_->trials)
    return state_->trials.error();
  auto shape = shape_of(query);
  auto gold = run(query);
  for (auto& [what, states] : *state_->trials) {
    runner::lease connections{*states};
    for (std::size_t s = 0; s < size(); ++s) {
      auto again = connections.run(s, query.sql, query.parameters,
                                   state_->options.bounds);
      if (!gold[s])
        return gold[s].error();
      if (!again)
        return again.error();
      if (!same_answer(shape, gold[s]->rows, again->rows))
        return fault{errc::degenerate, std::string{"another answer "} + what
                                         + ", state " + std::to_string(s)};
    }
  }
  return ok;
}

answer_shape shape_of(const dsl::compiled& query) {
  return {query.columns.size(), query.order_columns};
}

} // namespace aura::evaluation
