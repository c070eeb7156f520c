#include "kernels/base/random.hpp"
#include "kernels/ops/device/adamw.hpp"
#include "kernels/ops/device/cross_entropy.hpp"
#include "kernels/ops/device/dropout.hpp"
#include "kernels/ops/device/memory.hpp"
#include "kernels/ops/device/nf4.hpp"
#include "kernels/ops/device/rms_norm.hpp"
#include "kernels/ops/device/rope.hpp"
#include "kernels/ops/device/swiglu.hpp"
#include "kernels/ops/nf4.hpp"
#include "tools/gpu_check/checks.hpp"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>

namespace aura {

namespace {

using namespace ops::device;

/// Bytes on the CPU, and the same on the device.
class twin {
public:
  twin(const place& where, std::size_t bytes)
    : where_{where}, host(bytes), memory_{memory_at(where, bytes)} {
  }

  void up() {
    if (where_.cuda)
      note(cuda::copy(memory_.get(), host.data(), host.size(),
                      cuda::direction::up));
    else
      std::memcpy(memory_.get(), host.data(), host.size());
  }

  /// What the device holds.
  std::vector<std::byte> down() {
    std::vector<std::byte> result(host.size());
    if (where_.cuda)
      note(cuda::copy(result.data(), memory_.get(), result.size(),
                      cuda::direction::down));
    else
      std::memcpy(result.data(), memory_.get(), result.size());
    return result;
  }

  void random(number form, std::uint64_t seed, double most) {
    random_stream stream{seed, "gpu_check"};
    for (std::size_t i = 0; i < host.size() / bytes_of(form); ++i) {
      const auto x = static_cast<float>((stream.uniform() - 0.5) * 2 * most);
      if (form == number::bf16)
        store(reinterpret_cast<bf16*>(host.data())[i], x);
      else
        reinterpret_cast<float*>(host.data())[i] = x;
    }
    up();
  }

  template <class T>
  T* on_host() {
    return reinterpret_cast<T*>(host.data());
  }

  template <class T>
  T* on_device() {
    return static_cast<T*>(memory_.get());
  }

  static void note(const status& x) {
    if (!x)
      std::printf("  %s\n", x.error().message.c_str());
  }

private:
  place where_;

public:
  std::vector<std::byte> host;

private:
  std::shared_ptr<void> memory_;
};

/// Largest difference of numbers, as a share of the largest number.
double apart(number form, const std::vector<std::byte>& a,
             const std::vector<std::byte>& b) {
  auto difference = 0.0, largest = 1e-30;
  for (std::size_t i = 0; i < a.size() / bytes_of(form); ++i) {
    const auto at = [&](const std::vector<std::byte>& x) {
      return static_cast<double>(
        form == number::bf16 ? load(reinterpret_cast<const bf16*>(x.data())[i])
                             : reinterpret_cast<const float*>(x.data())[i]);
    };
    const auto d = std::fabs(at(a) - at(b));
    difference = d <= difference ? difference : d;
    largest = std::max(largest, std::fabs(at(b)));
  }
  return difference / largest;
}

class bench {
public:
  explicit bench(const check_options& options) : options_{options} {
  }

  /// Runs `f` on the device again and again: GB/s of `bytes` a run.
  double rate(double bytes, const std::function<status()>& f) const {
    twin::note(f());
    settle();
    const auto runs = options_.where.cuda ? 20 : 1;
    const auto begin = std::chrono::steady_clock::now();
    for (auto i = 0; i < runs; ++i)
      twin::note(f());
    settle();
    const std::chrono::duration<double> took
      = std::chrono::steady_clock::now() - begin;
    return bytes * runs / took.count() / 1e9;
  }

  void report(const char* name, double error, double most, double gigabytes) {
    const auto good = error <= most;
    good_ = good_ && good;
    std::printf("  %-16s error %.2e (at most %.0e)%s %8.1f GB/s, %3.0f %% of a "
                "copy\n",
                name, error, most, good ? "" : " WRONG", gigabytes,
                100 * gigabytes / copy_);
    std::fflush(stdout);
  }

  void measure_copy() {
    const auto size = std::size_t{options_.tiny ? 1u << 20 : 1u << 30};
    twin from{options_.where, size}, to{options_.where, size};
    copy_ = rate(2.0 * static_cast<double>(size), [&]() -> status {
      if (options_.where.cuda)
        return cuda::copy(to.on_device<void>(), from.on_device<void>(), size,
                          cuda::direction::across);
      std::memcpy(to.on_device<void>(), from.on_device<void>(), size);
      return ok;
    });
    std::printf("  copy: %.1f GB/s\n", copy_);
  }

  void settle() const {
    if (options_.where.cuda)
      twin::note(cuda::synchronise());
  }

  bool good() const {
    return good_;
  }

private:
  check_options options_;
  double copy_ = 1;
  bool good_ = true;
};

struct shapes {
  std::size_t tokens = 4096, hidden = 5120, heads = 50, head_size = 128,
              intermediate = 17920, head_rows = 512, vocabulary = 100352,
              adapter = std::size_t{64} * 35840;
};

void check_rows(bench& b, const check_options& o, const shapes& s) {
  constexpr auto form = number::bf16;
  const auto size = s.tokens * s.hidden;
  twin x{o.where, 2 * size}, y{o.where, 2 * size}, dy{o.where, 2 * size};
  twin w{o.where, 4 * s.hidden}, scale{o.where, 4 * s.tokens};
  x.random(form, 1, 2);
  dy.random(form, 2, 1);
  w.random(number::f32, 3, 1);
  const rms_shape shape{s.tokens, s.hidden};
  const auto there = [&](const place& where, twin& out, bool device) {
    return rms_norm(
      where, {device ? x.on_device<void>() : x.on_host<void>(), form},
      device ? w.on_device<float>() : w.on_host<float>(),
      {device ? out.on_device<void>() : out.on_host<void>(), form},
      device ? scale.on_device<float>() : scale.on_host<float>(), shape, 1e-5f);
  };
  const auto back = [&](const place& where, twin& out, bool device) {
    return rms_norm_back(
      where, {device ? dy.on_device<void>() : dy.on_host<void>(), form},
      {device ? x.on_device<void>() : x.on_host<void>(), form},
      device ? w.on_device<float>() : w.on_host<float>(),
      device ? scale.on_device<float>() : scale.on_host<float>(),
      {device ? out.on_device<void>() : out.on_host<void>(), form}, shape);
  };
  auto gigabytes
    = b.rate(4.0 * double(size), [&] { return there(o.where, y, true); });
  twin::note(there({}, y, false));
  b.report("rms_norm", apart(form, y.down(), y.host), 8e-3, gigabytes);
  gigabytes
    = b.rate(6.0 * double(size), [&] { return back(o.where, y, true); });
  twin::note(back({}, y, false));
  b.report("rms_norm back", apart(form, y.down(), y.host), 8e-3, gigabytes);
  const drop_rule rule{ops::drop_key(1, 2, 3), ops::drop_threshold(0.05),
                       1 / 0.95f};
  gigabytes = b.rate(4.0 * double(size), [&] {
    return dropout(o.where, {x.on_device<void>(), form},
                   array{y.on_device<void>(), form}, size, rule);
  });
  twin::note(dropout({}, {x.on_host<void>(), form},
                     array{y.on_host<void>(), form}, size, rule));
  b.report("dropout", apart(form, y.down(), y.host), 0, gigabytes);
}

void check_rope(bench& b, const check_options& o, const shapes& s) {
  constexpr auto form = number::bf16;
  const auto half = s.head_size / 2;
  const rope_shape shape{s.tokens, s.heads, s.head_size,
                         (s.heads + s.heads / 5) * s.head_size};
  const auto size = shape.rows * shape.stride;
  twin x{o.where, 2 * size}, cosine{o.where, 4 * s.tokens * half},
    sine{o.where, 4 * s.tokens * half}, positions{o.where, 4 * s.tokens};
  x.random(form, 1, 2);
  for (std::size_t p = 0; p < s.tokens; ++p) {
    positions.on_host<std::int32_t>()[p] = static_cast<std::int32_t>(p);
    for (std::size_t j = 0; j < half; ++j) {
      const auto angle
        = double(p) * std::pow(250000.0, -double(j) / double(half));
      cosine.on_host<float>()[p * half + j] = float(std::cos(angle));
      sine.on_host<float>()[p * half + j] = float(std::sin(angle));
    }
  }
  cosine.up();
  sine.up();
  positions.up();
  const auto turn = [&] {
    return rope(o.where, array{x.on_device<void>(), form},
                cosine.on_device<float>(), sine.on_device<float>(),
                positions.on_device<std::int32_t>(), shape, 1);
  };
  twin::note(turn());
  b.settle();
  twin::note(rope({}, array{x.on_host<void>(), form}, cosine.on_host<float>(),
                  sine.on_host<float>(), positions.on_host<std::int32_t>(),
                  shape, 1));
  const auto error = apart(form, x.down(), x.host);
  b.report("rope", error, 8e-3,
           b.rate(4.0 * double(s.tokens * s.heads * s.head_size), turn));
}

void check_swiglu(bench& b, const check_options& o, const shapes& s) {
  constexpr auto form = number::bf16;
  const swiglu_shape shape{s.tokens, s.intermediate};
  const auto size = shape.rows * shape.width;
  twin x{o.where, 4 * size}, h{o.where, 2 * size}, dx{o.where, 4 * size};
  x.random(form, 1, 3);
  auto gigabytes = b.rate(6.0 * double(size), [&] {
    return swiglu(o.where, {x.on_device<void>(), form},
                  {h.on_device<void>(), form}, shape);
  });
  twin::note(
    swiglu({}, {x.on_host<void>(), form}, {h.on_host<void>(), form}, shape));
  b.report("swiglu", apart(form, h.down(), h.host), 8e-3, gigabytes);
  h.up();
  gigabytes = b.rate(10.0 * double(size), [&] {
    return swiglu_back(o.where, {x.on_device<void>(), form},
                       {h.on_device<void>(), form},
                       array{dx.on_device<void>(), form}, shape);
  });
  twin::note(swiglu_back({}, {x.on_host<void>(), form},
                         {h.on_host<void>(), form},
                         array{dx.on_host<void>(), form}, shape));
  b.report("swiglu back", apart(form, dx.down(), dx.host), 8e-3, gigabytes);
}

void check_entropy(bench& b, const check_options& o, const shapes& s) {
  constexpr auto form = number::bf16;
  const entropy_shape shape{s.head_rows, s.vocabulary};
  const auto size = shape.rows * shape.width;
  twin x{o.where, 2 * size}, targets{o.where, 4 * shape.rows},
    loss{o.where, 4 * shape.rows}, correct{o.where, shape.rows};
  x.random(form, 1, 4);
  for (std::size_t i = 0; i < shape.rows; ++i)
    targets.on_host<std::int32_t>()[i]
      = static_cast<std::int32_t>(i * 7919 % shape.width);
  targets.up();
  const auto measure = [&] {
    return cross_entropy(o.where, array{x.on_device<void>(), form},
                         targets.on_device<std::int32_t>(),
                         loss.on_device<float>(),
                         correct.on_device<std::uint8_t>(), shape, 0.5f);
  };
  twin::note(measure());
  b.settle();
  twin::note(cross_entropy(
    {}, array{x.on_host<void>(), form}, targets.on_host<std::int32_t>(),
    loss.on_host<float>(), correct.on_host<std::uint8_t>(), shape, 0.5f));
  const auto error = std::max(apart(number::f32, loss.down(), loss.host),
                              apart(form, x.down(), x.host));
  b.report("cross_entropy", error, 8e-3, b.rate(6.0 * double(size), measure));
}

void check_nf4(bench& b, const check_options& o, const shapes& s) {
  constexpr auto form = number::bf16;
  const auto size = 2 * s.intermediate * s.hidden;
  twin x{o.where, 2 * size}, codes{o.where, ops::nf4_bytes(size)},
    tops{o.where, 4 * ops::nf4_blocks(size)};
  x.random(form, 1, 0.05);
  auto gigabytes = b.rate(2.5 * double(size), [&] {
    return quantise_nf4(o.where, {x.on_device<void>(), form}, size,
                        codes.on_device<std::uint8_t>(),
                        tops.on_device<float>());
  });
  twin::note(quantise_nf4({}, {x.on_host<void>(), form}, size,
                          codes.on_host<std::uint8_t>(),
                          tops.on_host<float>()));
  b.report("nf4 quantise",
           codes.down() == codes.host && tops.down() == tops.host ? 0 : 1, 0,
           gigabytes);
  const auto doubly
    = ops::quantise_scales({tops.on_host<float>(), ops::nf4_blocks(size)});
  twin scales{o.where, doubly.codes.size()},
    nested{o.where, 4 * doubly.nested.size()}, map{o.where, 4 * 256};
  std::memcpy(scales.host.data(), doubly.codes.data(), doubly.codes.size());
  std::memcpy(nested.host.data(), doubly.nested.data(), nested.host.size());
  std::memcpy(map.host.data(), ops::dynamic_map(true).data(), 1024);
  for (auto* each : {&scales, &nested, &map})
    each->up();
  gigabytes = b.rate(2.5 * double(size), [&] {
    return dequantise_nf4(o.where, codes.on_device<std::uint8_t>(),
                          {nullptr, scales.on_device<std::uint8_t>(),
                           nested.on_device<float>(), map.on_device<float>(),
                           doubly.offset},
                          size, array{x.on_device<void>(), form});
  });
  twin::note(dequantise_nf4({}, codes.on_host<std::uint8_t>(),
                            {nullptr, scales.on_host<std::uint8_t>(),
                             nested.on_host<float>(), map.on_host<float>(),
                             doubly.offset},
                            size, array{x.on_host<void>(), form}));
  b.report("nf4 dequantise", apart(form, x.down(), x.host), 0, gigabytes);
}

void check_adamw(bench& b, const check_options& o, const shapes& s) {
  const auto size = s.adapter;
  const auto blocks = ops::adamw8_blocks(size);
  twin p{o.where, 4 * size}, g{o.where, 4 * size}, m{o.where, size},
    v{o.where, size}, ms{o.where, 4 * blocks}, vs{o.where, 4 * blocks};
  p.random(number::f32, 1, 0.1);
  g.random(number::f32, 2, 0.01);
  ops::clear({{m.on_host<std::uint8_t>(), size},
              {v.on_host<std::uint8_t>(), size},
              {ms.on_host<float>(), blocks},
              {vs.on_host<float>(), blocks}});
  for (auto* each : {&m, &v, &ms, &vs})
    each->up();
  twin m_map{o.where, 1024}, v_map{o.where, 1024};
  std::memcpy(m_map.host.data(), ops::dynamic_map(true).data(), 1024);
  std::memcpy(v_map.host.data(), ops::dynamic_map(false).data(), 1024);
  m_map.up();
  v_map.up();
  ops::adamw_rule rule;
  rule.weight_decay = 0.01;
  const auto step = [&] {
    return adamw8(o.where,
                  {p.on_device<float>(), g.on_device<float>(),
                   m.on_device<std::uint8_t>(), v.on_device<std::uint8_t>(),
                   ms.on_device<float>(), vs.on_device<float>(), size,
                   m_map.on_device<float>(), v_map.on_device<float>()},
                  rule);
  };
  for (rule.step = 1; rule.step <= 3; ++rule.step) {
    twin::note(step());
    b.settle();
    ops::adamw8({p.on_host<float>(), size}, {g.on_host<float>(), size},
                {{m.on_host<std::uint8_t>(), size},
                 {v.on_host<std::uint8_t>(), size},
                 {ms.on_host<float>(), blocks},
                 {vs.on_host<float>(), blocks}},
                rule);
  }
  const auto error = apart(number::f32, p.down(), p.host);
  b.report("adamw, 8 bits", error, 1e-4, b.rate(16.0 * double(size), step));
}

} // namespace

bool check_kernels(const check_options& options) {
  std::printf("kernels, bfloat16, against the CPU\n");
  shapes s;
  // Odd ones: no row is a whole number of 16 bytes.
  const shapes odd{33, 517, 7, 6, 131, 5, 1003, 4096 + 17};
  if (options.tiny)
    s = {16, 64, 5, 16, 96, 8, 512, 4096};
  bench b{options};
  b.measure_copy();
  for (const auto& each : {s, odd}) {
    std::printf(" %zu tokens of width %zu, %zu logits\n", each.tokens,
                each.hidden, each.vocabulary);
    check_rows(b, options, each);
    check_rope(b, options, each);
    check_swiglu(b, options, each);
    check_entropy(b, options, each);
    check_nf4(b, options, each);
    check_adamw(b, options, each);
  }
  return b.good();
}

} // namespace aura
