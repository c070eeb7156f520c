#pragma once

#include "kernels/model/decoder.hpp"
#include "kernels/model/example.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace aura::model {

/// Answers several questions token by token, side by side: what was read stays
/// in a cache, and a context that questions share is read once. What one
/// question gets does not depend on the others.
///
/// Not thread-safe; several may share the parameters, which must outlive it.
class generation {
public:
  /// @pre check(shape) and parameters as lay_out(shape) says
  generation(const decoder_shape& shape, std::span<const float> parameters,
             const ops::kernel_table& kernels = ops::best());

  /// Reads context and question of each of `questions`; their answers are not
  /// looked at. @pre no question is empty, and all tokens are in the vocabulary
  void start(std::span<const example* const> questions);

  /// What question `i` would say next: a score for every token.
  std::span<const float> logits(std::size_t i) const;

  /// Positions that question `i` has left.
  std::size_t room_left(std::size_t i) const;

  /// Lets question `which[j]` say `tokens[j]`, for all j, and reads it.
  /// @pre room_left(which[j]) > 0, and no question twice
  void append(std::span<const std::size_t> which,
              std::span<const std::int32_t> tokens);

private:
  /// Keys and values by layer, rows of kv_row_ floats.
  using cache = std::vector<std::vector<float>>;

  struct sequence {
    std::size_t context;
    cache own;
    std::uint32_t position;
  };

  void read_group(std::span<const example* const> questions,
                  const std::vector<std::size_t>& members);
  void attend(std::size_t layer, const sequence& x, const float* q, float* out);

  decoder_shape shape_;
  layout layout_;
  std::span<const float> parameters_;
  const ops::kernel_table& kernels_;
  decoder reader_;
  std::size_t kv_row_;
  std::vector<float> cosine_, sine_;
  std::vector<cache> contexts_;
  std::vector<sequence> sequences_;
  std::vector<float> logits_;
  std::vector<float> scores_;
};

} // namespace aura::model
