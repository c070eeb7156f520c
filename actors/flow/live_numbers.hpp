#pragma once

#include "actors/flow/tally.hpp"

#include <cstdint>
#include <string>

namespace aura::flow {

/// `x` as printf would write it.
std::string fixed(double x, const char* format);

/// Rows that this very stage rejected because the machinery failed.
std::uint64_t failures_at(const tally& x);

/// Rows a second while the stage was at work; 0 while nobody can tell.
double rate_of(const tally& x);

/// `waiting`, `at work`, `done` or `cancelled`
const char* state_of(const tally& x);

} // namespace aura::flow
