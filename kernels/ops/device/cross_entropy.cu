#include "kernels/ops/device/cross_entropy.hpp"
#include "kernels/ops/device/kernel.cuh"

namespace aura::ops::device::cuda {

namespace {

/// The largest logit seen so far, and the sum of e to the others less it
/// (Milakov and Gimelshein, arXiv 1805.02867). NaN stays NaN in the sum.
struct running {
  float highest, sum;

  __device__ void take(float x) {
    if (x > highest) {
      sum = sum * expf(highest - x) + 1;
      highest = x;
    } else {
      sum += expf(x - highest);
    }
  }
};

/// A block a row: read once for the loss, once more for the gradient.
template <class T, int N>
__global__ void entropy(T* logits, const std::int32_t* targets, float* loss,
                        std::uint8_t* correct, std::size_t width,
                        float weight) {
  __shared__ float room[32];
  using packed = pack<T, N>;
  auto* numbers = logits + blockIdx.x * width;
  auto* row = reinterpret_cast<packed*>(numbers);
  const auto target = static_cast<std::size_t>(targets[blockIdx.x]);
  const auto own = load(numbers[target]);
  // The lowest finite number: differences of infinities are not numbers.
  running seen{-3.402823466e38f, 0};
  for (std::size_t j = threadIdx.x; j < width / N; j += blockDim.x) {
    const auto values = row[j];
    for (auto k = 0; k < N; ++k)
      seen.take(load(values.at[k]));
  }
  const auto highest
    = among_block(seen.highest, room, -3.402823466e38f, greater{});
  const auto sum
    = among_block(seen.sum * expf(seen.highest - highest), room, 0, add{});
  if (threadIdx.x == 0) {
    loss[blockIdx.x] = logf(sum) + (highest - own);
    correct[blockIdx.x] = own == highest;
  }
  if (weight == 0)
    return;
  const auto share = 1 / sum;
  for (std::size_t j = threadIdx.x; j < width / N; j += blockDim.x) {
    auto values = row[j];
    for (auto k = 0; k < N; ++k) {
      const auto p = expf(load(values.at[k]) - highest) * share;
      store(values.at[k], weight * (p - (j * N + k == target ? 1.0f : 0.0f)));
    }
    row[j] = values;
  }
}

} // namespace

status cross_entropy(void* stream, array logits, const std::int32_t* targets,
                     float* loss, std::uint8_t* correct, entropy_shape shape,
                     float weight) {
  if (shape.rows == 0)
    return ok;
  with_lanes(logits.form, shape.width, {logits.data}, [&](auto* type, auto n) {
    using T = std::remove_pointer_t<decltype(type)>;
    const auto threads = threads_for(shape.width / n(), 1024);
    entropy<T, n()>
      <<<static_cast<unsigned>(shape.rows), threads, 0, stream_of(stream)>>>(
        static_cast<T*>(logits.data), targets, loss, correct, shape.width,
        weight);
  });
  return launched("cross_entropy");
}

} // namespace aura::ops::device::cuda
