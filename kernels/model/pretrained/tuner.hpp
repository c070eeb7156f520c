#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/model/engine.hpp"
#include "kernels/model/pretrained/lora.hpp"
#include "kernels/model/pretrained/weights.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace aura::model {

/// How many bits the moments of AdamW take.
enum class moments_kind : std::uint8_t { bits32, bits8 };

/// How a frozen matrix is held while training.
enum class base_kind : std::uint8_t {
  /// As the checkpoint has it.
  stored,
  /// NF4, scales doubly quantised, as bitsandbytes would.
  nf4,
};

/// How a pretrained decoder is trained.
struct tuner_options {
  engine_kind engine = engine_kind::fused;
  std::string device = "cpu";
  lora_options lora;
  base_kind base = base_kind::nf4;
  moments_kind moments = moments_kind::bits8;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  /// Decoupled; off everything that is trained.
  double weight_decay = 0.01;
  /// Computes layers again on the way back instead of keeping them.
  bool recompute = true;
  std::uint64_t seed = 1;
  std::size_t threads = 2;
};

/// Norms of the summed gradients.
struct gradient_norms {
  double adapters = 0;
  /// Of embedding and head.
  double whole = 0;

  bool finite() const;
};

/// What one step does.
struct step_plan {
  double rate = 0;
  /// Of embedding and head.
  double whole_rate = 0;
  /// Factors that clipping scales the gradients with.
  double scale = 1;
  double whole_scale = 1;
};

/// A frozen decoder with what is trained beside it, the gradients and the
/// optimiser, all on one device. Not thread-safe. Deterministic: same calls,
/// same bytes, whatever `threads` is.
class tuner {
public:
  virtual ~tuner() = default;

  virtual const trainable_layout& layout() const = 0;

  /// Loss without dropout.
  virtual expected<pass_result> evaluate(const packed_sequence& sequence) = 0;

  /// Adds `weight` times the gradient of the summed loss. `pass` numbers the
  /// passes of a training: dropout is drawn from it and the seed.
  virtual expected<pass_result> accumulate(const packed_sequence& sequence,
                                           float weight, std::uint64_t pass)
    = 0;

  virtual gradient_norms norms() const = 0;

  /// One step of AdamW; the gradients are zero then.
  virtual status step(const step_plan& plan) = 0;

  /// Zeroes the gradients without a step.
  virtual void discard() = 0;

  /// Everything that is trained, in the order of layout().
  virtual expected<std::vector<float>> trained() const = 0;
  virtual status restore(std::span<const float> trained) = 0;

  /// The optimiser's memory, opaque, for bit-exact resume.
  virtual expected<std::vector<std::byte>> optimizer_state() const = 0;
  virtual status restore_optimizer(std::span<const std::byte> state) = 0;

  /// What a step takes off everything that is trained, times its rate.
  virtual double weight_decay() const = 0;

  /// Most bytes that the device has held so far; 0 if unknown.
  virtual std::size_t peak_bytes() const = 0;
};

/// Fails with `unsupported` if the engine or the device is not there, and as
/// lay_out() does.
expected<std::unique_ptr<tuner>> make_tuner(const model_weights& weights,
                                            const tuner_options& options);

} // namespace aura::model
