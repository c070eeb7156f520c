#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/ops/bf16.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

/// Kernels that run where the data lie: on the CPU, where they are the obvious
/// reference, or on a CUDA device in a stream, where they return before the
/// work is done. Memory is the caller's. Forms of bfloat16 compute in single
/// precision and round their results once. Each has the same meaning in both
/// places, and is tested in both where there is a device.
///
/// Built without nvcc or without a CUDA libtorch, all say `unsupported` for a
/// CUDA place.
namespace aura::ops::device {

enum class number : std::uint8_t { f32, bf16 };

constexpr std::size_t bytes_of(number form) noexcept {
  return form == number::f32 ? 4 : 2;
}

/// Where the data of a call lie. `stream` is a cudaStream_t.
struct place {
  bool cuda = false;
  void* stream = nullptr;
};

/// Numbers that someone else owns.
struct array {
  void* data;
  number form;
};

struct const_array {
  const void* data;
  number form;

  const_array(const void* where, number kind) : data{where}, form{kind} {
  }

  const_array(const array& x) : data{x.data}, form{x.form} {
  }
};

/// A bfloat16 on the host.
struct bf16 {
  std::uint16_t bits;
};

inline float load(float x) {
  return x;
}

inline float load(bf16 x) {
  const auto wide = static_cast<std::uint32_t>(x.bits) << 16;
  float result;
  std::memcpy(&result, &wide, sizeof result);
  return result;
}

inline void store(float& out, float x) {
  out = x;
}

inline void store(bf16& out, float x) {
  const auto rounded = round_to_bf16(x);
  std::uint32_t wide;
  std::memcpy(&wide, &rounded, sizeof wide);
  out.bits = static_cast<std::uint16_t>(wide >> 16);
}

/// `x` as an array of T would hold it.
template <class T>
float rounded(float x) {
  T held;
  store(held, x);
  return load(held);
}

/// Calls `f` with a null pointer of the host type of `form`.
template <class F>
auto with_type(number form, F f) {
  if (form == number::bf16)
    return f(static_cast<bf16*>(nullptr));
  return f(static_cast<float*>(nullptr));
}

/// What a call to a CUDA place answers in a build without CUDA.
inline status no_cuda(const char* kernel) {
  return fault{errc::unsupported,
               std::string{kernel} + ": this build has no CUDA kernels"};
}

} // namespace aura::ops::device
