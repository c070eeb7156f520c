#include "actors/stages/skeletons.hpp"

#include "actors/stages/domain.hpp"
#include "kernels/base/hash.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/skeleton/sampler.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace aura::stages {

namespace {

/// A structure as fifteen digits, which fit into a string without memory of
/// their own: there are hundreds of thousands of them.
std::string short_key(const std::string& structure) {
  auto digits = std::array<char, 16>{};
  std::snprintf(digits.data(), digits.size(), "%015llx",
                static_cast<unsigned long long>(hash64(structure) >> 4));
  return digits.data();
}

void fill(batch& x, const skeletons_options& options,
          const flow::environment& at) {
  auto how = skeleton::sampler_options{};
  how.max_operators = options.max_operators;
  how.total_order = options.total_order;
  how.now = at.now;
  const auto first = x.sequence * at.batch_rows;
  const auto end = std::min<std::uint64_t>(first + at.batch_rows, options.rows);
  for (auto id = first; id < end; ++id) {
    auto row = sample{};
    row.id = id;
    row.family = id / options.phrasings;
    // Phrasings of one query draw the same query again.
    if (!x.samples.empty() && x.samples.back().family == row.family) {
      row.query = x.samples.back().query;
      row.structure = x.samples.back().structure;
    } else {
      auto random = random_stream{at.seed, at.stage, row.family};
      const auto query = skeleton::sample(*x.context->schema, how, random);
      row.query = dsl::print(query);
      row.structure = short_key(skeleton::structure(query));
    }
    x.samples.push_back(std::move(row));
  }
}

} // namespace

std::string plan_of(const skeletons_options& options) {
  return "at most " + std::to_string(options.rows) + " rows";
}

std::uint64_t most_rows(const skeletons_options& options) {
  return options.rows;
}

expected<flow::stage_spec> make_stage(const skeletons_options& options,
                                      const flow::environment& at) {
  return flow::source_stage(at, options.workers, [=] {
    return expected<flow::step>{[=](batch& x) -> status {
      fill(x, options, at);
      return ok;
    }};
  });
}

} // namespace aura::stages
