#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/model/packing.hpp"
#include "kernels/model/shape.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace aura::model {

/// What one pass over a packed sequence found.
struct pass_result {
  /// Sum of the loss over all supervised tokens, in nats.
  double loss = 0;
  std::size_t supervised = 0;
  /// Examples whose every answer token has the highest probability: what greedy
  /// decoding would get word for word.
  std::size_t exact = 0;
  std::size_t examples = 0;

  pass_result& operator+=(const pass_result& x);

  /// Counts the examples, and those that are exact: `correct` says of each
  /// target of the sequence whether it has the highest probability.
  void count_exact(const packed_sequence& sequence,
                   const std::uint8_t* correct) {
    for (const auto& s : sequence.examples()) {
      const auto* end = correct + (s.end - s.query);
      ++examples;
      exact += std::all_of(correct, end, [](auto x) { return x != 0; });
      correct = end;
    }
  }
};

/// Computes loss and gradients of the decoder. Parameters and gradients are
/// flat buffers as lay_out() says. Not thread-safe, one a thread.
class engine {
public:
  virtual ~engine() = default;

  /// The loss, and whether the answers would be decoded.
  /// @pre tokens and positions lie inside the shape
  virtual pass_result evaluate(std::span<const float> parameters,
                               const packed_sequence& sequence)
    = 0;

  /// The same, and adds `weight` times the gradient of the summed loss.
  virtual pass_result accumulate(std::span<const float> parameters,
                                 const packed_sequence& sequence, float weight,
                                 std::span<float> gradients)
    = 0;
};

enum class engine_kind : std::uint8_t {
  /// Kernels of ours with a backward written out by hand: CPU.
  fused,
  /// libtorch's operators and its automatic differentiation: CPU and CUDA, and
  /// what the other is tested against.
  libtorch,
};

/// An engine over `shape`. `device` is `cpu` or what libtorch calls a device;
/// `unsupported` if the engine or this machine has no such device.
/// @pre check(shape)
expected<std::unique_ptr<engine>> make_engine(engine_kind kind,
                                              const decoder_shape& shape,
                                              const std::string& device);

} // namespace aura::model
