#pragma once

#include "kernels/ops/table.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

/// The kernels in their obvious form, for any floating type: what the fast ones
/// are held against, in double precision also by finite differences.
namespace aura::ops::reference {

/// m × k times k × n, all row-major.
template <class T>
std::vector<T> multiply(const std::vector<T>& a, const std::vector<T>& b,
                        std::size_t m, std::size_t n, std::size_t k) {
  std::vector<T> c(m * n);
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t p = 0; p < k; ++p)
      for (std::size_t j = 0; j < n; ++j)
        c[i * n + j] += a[i * k + p] * b[p * n + j];
  return c;
}

template <class T>
std::vector<T> rms_norm(const std::vector<T>& x, const std::vector<T>& w,
                        T epsilon) {
  const auto width = w.size();
  std::vector<T> y(x.size());
  for (std::size_t row = 0; row < x.size(); row += width) {
    T squares = 0;
    for (std::size_t j = 0; j < width; ++j)
      squares += x[row + j] * x[row + j];
    const auto scale = 1 / std::sqrt(squares / static_cast<T>(width) + epsilon);
    for (std::size_t j = 0; j < width; ++j)
      y[row + j] = w[j] * x[row + j] * scale;
  }
  return y;
}

/// A row of `gate_up` is gate, then up.
template <class T>
std::vector<T> swiglu(const std::vector<T>& gate_up, std::size_t width) {
  std::vector<T> h(gate_up.size() / 2);
  for (std::size_t i = 0; i < h.size(); ++i) {
    const auto row = i / width, j = i % width;
    const auto gate = gate_up[2 * row * width + j];
    h[i] = gate / (1 + std::exp(-gate)) * gate_up[(2 * row + 1) * width + j];
  }
  return h;
}

/// As the kernel of the same name, row by row and key by key.
template <class T>
std::vector<T> attention(const attention_problem& p, const std::vector<T>& q,
                         const std::vector<T>& kv) {
  std::vector<T> out(q.size());
  std::size_t row = 0;
  for (const auto& s : p.segments)
    for (auto asking = s.query; asking < s.end; ++asking, ++row)
      for (std::size_t h = 0; h < p.heads; ++h) {
        const auto head = h / (p.heads / p.kv_heads);
        std::vector<std::size_t> keys;
        for (std::size_t j = 0; s.begin > 0 && j < p.context; ++j)
          keys.push_back(j);
        for (std::size_t j = s.begin; j <= asking; ++j)
          keys.push_back(j);
        std::vector<T> weights;
        T total = 0;
        for (auto j : keys) {
          T score = 0;
          for (std::size_t d = 0; d < p.head_size; ++d)
            score += q[row * p.q_row + h * p.head_size + d]
                     * kv[j * p.kv_row + head * p.head_size + d];
          weights.push_back(
            std::exp(score / std::sqrt(static_cast<T>(p.head_size))));
          total += weights.back();
        }
        for (std::size_t i = 0; i < keys.size(); ++i)
          for (std::size_t d = 0; d < p.head_size; ++d)
            out[row * p.q_row + h * p.head_size + d]
              += weights[i] / total
                 * kv[keys[i] * p.kv_row + (p.kv_heads + head) * p.head_size
                      + d];
      }
  return out;
}

/// Sum over rows of -log softmax(logits)[target].
template <class T>
T cross_entropy(const std::vector<T>& logits,
                const std::vector<std::int32_t>& targets) {
  const auto width = logits.size() / targets.size();
  T loss = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto* row = logits.data() + i * width;
    const auto top = *std::max_element(row, row + width);
    T total = 0;
    for (std::size_t j = 0; j < width; ++j)
      total += std::exp(row[j] - top);
    loss += std::log(total) + top - row[targets[i]];
  }
  return loss;
}

} // namespace aura::ops::reference
