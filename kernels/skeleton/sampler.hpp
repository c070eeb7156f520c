#pragma once

#include "kernels/base/random.hpp"
#include "kernels/dsl/syntax.hpp"
#include "kernels/schema/schema.hpp"

#include <cstdint>
#include <string>

namespace aura::skeleton {

/// How queries are sampled.
struct sampler_options {
  /// Operators after SOURCE, at most.
  std::size_t max_operators = 4;
};

/// Draws one query from the grammar over `s`: near-uniform over structures,
/// then tables, columns, and values that the schema declares. Every query
/// parses, resolves, and is in canonical form.
dsl::query sample(const schema::schema& s, const sampler_options& options,
                  random_stream& random);

/// The structure of `x` with tables, columns and literals anonymised: what two
/// queries share that differ only in what they talk about. Splits are made by
/// this key.
std::string structure(const dsl::query& x);

} // namespace aura::skeleton
