#pragma once

#include "kernels/model/shape.hpp"
#include "kernels/ops/table.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace aura::model {

enum class optimizer_kind : std::uint8_t { muon, adamw };

struct optimizer_options {
  /// `muon` orthogonalises the momentum of every matrix of a layer and leaves
  /// embedding and norms to AdamW; `adamw` gives everything to AdamW.
  optimizer_kind kind = optimizer_kind::muon;
  /// Learning rate of AdamW at the top of the schedule.
  double rate = 3e-3;
  /// Learning rate of Muon at the top of the schedule.
  double matrix_rate = 0.02;
  double beta1 = 0.9;
  double beta2 = 0.98;
  double epsilon = 1e-8;
  /// Muon's momentum, Nesterov's kind.
  double momentum = 0.95;
  /// Newton–Schulz iterations that orthogonalise a momentum.
  std::size_t iterations = 5;
  /// Decoupled: each step takes rate · decay off every matrix and embedding.
  double weight_decay = 0;
  /// Gradients are scaled down to this norm; 0 leaves them as they are.
  double clip = 1;
};

/// Moments and the rule by which gradients move parameters.
///
/// The work of a step is cut into independent parts that may run on several
/// threads in any order and give the same bytes.
class optimizer {
public:
  /// @pre check(shape)
  optimizer(const decoder_shape& shape, const optimizer_options& options,
            const ops::kernel_table& kernels = ops::best());

  /// Counts a step whose learning rates are `factor` times those of the
  /// options, and whose gradients have norm `norm`. Call before its parts.
  void begin(double factor, double norm);

  std::size_t parts() const noexcept {
    return parts_.size();
  }

  /// Moves the parameters of one part. @pre part < parts()
  void run(std::size_t part, std::span<float> parameters,
           std::span<float> gradients);

  /// What it remembers of the steps so far: its moments, and how many steps
  /// there were.
  const std::vector<float>& first() const noexcept {
    return first_;
  }

  const std::vector<float>& second() const noexcept {
    return second_;
  }

  std::size_t steps() const noexcept {
    return step_;
  }

  /// Goes on from there. @pre both have the size of its own
  void restore(std::vector<float> first, std::vector<float> second,
               std::size_t steps);

private:
  struct part {
    std::size_t offset;
    /// Of one matrix; a vector has 0 columns.
    std::size_t rows;
    std::size_t columns;
    bool matrix;
    bool decays;
  };

  void run_adam(const part& x, float* parameters, const float* gradients);
  void run_muon(const part& x, float* parameters, const float* gradients);

  optimizer_options options_;
  const ops::kernel_table& kernels_;
  std::vector<part> parts_;
  std::vector<float> first_, second_;
  double factor_ = 0;
  float scale_ = 1;
  std::size_t step_ = 0;
};

/// Replaces `x`, rows × columns with rows <= columns, by a matrix of the same
/// singular vectors and singular values near 1: `iterations` of the quintic
/// Newton–Schulz iteration of Muon. Zero stays zero.
void orthogonalise(std::vector<float>& x, std::size_t rows, std::size_t columns,
                   std::size_t iterations, const ops::kernel_table& kernels);

} // namespace aura::model
