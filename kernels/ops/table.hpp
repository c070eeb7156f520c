#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

/// Numeric kernels on row-major single-precision buffers. Each exists as a
/// plain template (reference.hpp) and compiled for several instruction sets
/// (this table); the tests hold one against the other.
///
/// Rows are 16 floats wide or a multiple of it: the door of the model checks
/// that once. All functions are deterministic: same table, same bytes. NaN and
/// infinity in an input come out as NaN of the row they are in.
namespace aura::ops {

/// A matrix in memory: element (i, j) is at `data[i * row + j * column]`.
struct matrix_view {
  const float* data;
  std::ptrdiff_t row;
  std::ptrdiff_t column;
};

/// Rows [begin, end) of a packed sequence that see the context and each other,
/// causally; the context itself is the segment that begins at 0. Rows from
/// `query` on ask, the ones before only answer.
struct segment {
  std::uint32_t begin;
  std::uint32_t query;
  std::uint32_t end;
};

/// One attention over one packed sequence. Queries of all segments follow one
/// another in `q`, `out` and their gradients, without the rows that do not ask.
struct attention_problem {
  std::size_t heads;
  std::size_t kv_heads;
  std::size_t head_size;
  /// Rows of the context: keys for every segment behind it.
  std::size_t context;
  std::span<const segment> segments;
  /// Keys and values lie in one row: first all key heads, then all value heads.
  std::size_t kv_row;
  std::size_t q_row;
  /// Floats from a key to its value; 0: the width of all keys.
  std::size_t value = 0;
  /// Rows of `out` and its gradient; 0: as q_row.
  std::size_t out_row = 0;
};

/// The kernels of one instruction set.
struct kernel_table {
  const char* name;

  /// c = a · b, or c += a · b: m × k times k × n. `c` has rows of `c_row`
  /// floats.
  void (*multiply)(matrix_view a, matrix_view b, float* c, std::size_t c_row,
                   std::size_t m, std::size_t n, std::size_t k,
                   bool accumulate);

  /// c = a · bᵀ, or c += a · bᵀ, where the rows of both are k floats: m × n
  /// dots. Each has the same bytes whatever is computed beside it.
  void (*dots)(const float* a, std::size_t a_row, const float* b,
               std::size_t b_row, float* c, std::size_t c_row, std::size_t m,
               std::size_t n, std::size_t k, bool accumulate);

  /// out += p · v: m × n weights times n × width values, added row after row of
  /// v. The same bytes in however many portions the rows come.
  void (*weigh)(const float* p, std::size_t p_row, const float* v,
                std::size_t v_row, float* out, std::size_t out_row,
                std::size_t m, std::size_t n, std::size_t width);

  /// y = w · x / rms(x) by row; keeps 1 / rms in `scale` for the way back.
  void (*rms_norm)(const float* x, const float* w, float* y, float* scale,
                   std::size_t rows, std::size_t width, float epsilon);

  /// dx += …, dw += …; `dw` may be null.
  void (*rms_norm_back)(const float* dy, const float* x, const float* w,
                        const float* scale, float* dx, float* dw,
                        std::size_t rows, std::size_t width);

  /// Rotates pairs (j, j + head_size / 2) of each of `heads` heads in place by
  /// the angle of its row's position; `direction` -1 turns back. `cosine` and
  /// `sine` have head_size / 2 entries a position.
  void (*rope)(float* x, std::size_t row, std::size_t rows, std::size_t heads,
               std::size_t head_size, const float* cosine, const float* sine,
               const std::uint32_t* positions, float direction);

  /// h = silu(gate) · up, where a row of `gate_up` is gate then up.
  void (*swiglu)(const float* gate_up, float* h, std::size_t rows,
                 std::size_t width);

  /// Replaces `gate_up` by its gradient.
  void (*swiglu_back)(float* gate_up, const float* dh, std::size_t rows,
                      std::size_t width);

  /// out = softmax(q · kᵀ / √head_size) · v under the mask of the segments.
  /// Keeps the probabilities, attention_memory() floats, for the way back.
  void (*attention)(const attention_problem& p, const float* q, const float* kv,
                    float* out, float* probabilities, float* scratch);

  /// dq = …, dkv += …
  void (*attention_back)(const attention_problem& p, const float* q,
                         const float* kv, const float* probabilities,
                         const float* dout, float* dq, float* dkv,
                         float* scratch);

  /// Softmax of `count` scores times `scale`, in place; what follows up to a
  /// multiple of 16 becomes 0.
  void (*softmax)(float* scores, std::size_t count, float scale);

  /// Sum over rows of -log softmax(logits)[target]. Replaces logits by
  /// `weight` times the gradient of that sum, unless `weight` is 0. `correct`
  /// receives 1 where the target has the highest logit, else 0.
  double (*cross_entropy)(float* logits, const std::int32_t* targets,
                          std::size_t rows, std::size_t width, float weight,
                          std::uint8_t* correct);

  /// `count` numbers of 16 bits in single precision, exactly. @pre a multiple
  /// of 16
  void (*unpack_f16)(const std::uint8_t* from, std::size_t count, float* out);
  void (*unpack_bf16)(const std::uint8_t* from, std::size_t count, float* out);

  /// Blocks of GGUF in single precision, as ggml rounds them: 32 values a block
  /// (Q8_0, 34 bytes; Q4_0, 18; Q4_1, 20), or 256 (Q4_K, 144 bytes).
  void (*unpack_q8_0)(const std::uint8_t* from, std::size_t blocks, float* out);
  void (*unpack_q4_0)(const std::uint8_t* from, std::size_t blocks, float* out);
  void (*unpack_q4_1)(const std::uint8_t* from, std::size_t blocks, float* out);
  void (*unpack_q4_k)(const std::uint8_t* from, std::size_t blocks, float* out);

  /// Whole blocks of 64 values of NF4, the high half of a byte first: code book
  /// (16 values) times the block's scale, rounded to bfloat16.
  void (*unpack_nf4)(const std::uint8_t* from, const float* scales,
                     const float* codebook, std::size_t blocks, float* out);

  /// y += x, over n floats.
  void (*add)(const float* x, float* y, std::size_t n);

  /// One step of AdamW without decay of its own: moments, then
  /// p -= rate · m̂ / (√v̂ + epsilon); `correction1` is 1 / (1 - β₁ᵗ), likewise
  /// the other.
  void (*adam)(float* p, const float* g, float* m, float* v, std::size_t n,
               float rate, float beta1, float beta2, float epsilon,
               float correction1, float correction2);

  /// Sum of squares in double precision.
  double (*squares)(const float* x, std::size_t n);
};

/// Floats of `probabilities` that one attention keeps.
std::size_t attention_memory(const attention_problem& p);

/// Floats of `scratch` that attention and attention_back need.
std::size_t attention_scratch(const attention_problem& p);

/// The tables that this processor can run, the slowest first.
std::span<const kernel_table* const> tables();

/// The fastest of them.
const kernel_table& best();

} // namespace aura::ops
