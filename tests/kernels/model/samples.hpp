#pragma once

#include "kernels/base/random.hpp"
#include "kernels/model/example.hpp"
#include "kernels/model/shape.hpp"

#include <vector>

/// Small decoders and random examples for the tests of this room.
namespace aura::model {

inline decoder_shape small_shape() {
  return {.vocabulary = 48,
          .hidden = 64,
          .layers = 2,
          .heads = 2,
          .kv_heads = 1,
          .intermediate = 48,
          .positions = 64};
}

inline std::vector<std::int32_t>
random_ids(random_stream& random, std::size_t count, std::size_t vocabulary) {
  std::vector<std::int32_t> result(count);
  for (auto& id : result)
    id = static_cast<std::int32_t>(random.below(vocabulary));
  return result;
}

/// `count` examples of ragged lengths; every third shares the same context.
inline std::vector<example> random_examples(std::size_t count,
                                            std::uint64_t seed,
                                            std::size_t vocabulary = 48) {
  std::vector<std::vector<std::int32_t>> contexts;
  for (std::size_t i = 0; i < 3; ++i) {
    random_stream random{seed, "context", i};
    contexts.push_back(random_ids(random, 3 + 9 * i, vocabulary));
  }
  std::vector<example> result;
  for (std::size_t i = 0; i < count; ++i) {
    random_stream random{seed, "example", i};
    example x;
    x.context = contexts[i % 3];
    x.question = random_ids(random, 1 + random.below(12), vocabulary);
    x.answer = random_ids(random, 1 + random.below(9), vocabulary);
    result.push_back(std::move(x));
  }
  return result;
}

/// Parameters larger than an initialisation, so that every part matters.
inline std::vector<float> lively_parameters(const decoder_shape& shape,
                                            std::uint64_t seed) {
  auto result = initial_parameters(shape, seed);
  random_stream random{seed, "lively"};
  for (auto& x : result)
    x = x * 1.5f + static_cast<float>(random.uniform() - 0.5) * 0.2f;
  return result;
}

} // namespace aura::model
