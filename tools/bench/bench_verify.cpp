#include "kernels/base/random.hpp"
#include "kernels/dsl/compile.hpp"
#include "kernels/evaluation/suite.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/schema/seed.hpp"
#include "kernels/skeleton/sampler.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <thread>

namespace {

using namespace aura;

constexpr auto now = "2024-12-31 12:00:00";
using seconds = std::chrono::duration<double>;

expected<evaluation::state_suite> make_suite(const schema::schema& s,
                                             std::size_t states) {
  std::vector<std::string> images;
  for (std::size_t i = 0; i < states; ++i) {
    schema::state_options options;
    options.kind = static_cast<schema::state_kind>(i % schema::state_kinds);
    options.variant = i / schema::state_kinds;
    auto image = schema::seed(s, options);
    if (!image)
      return image.error();
    images.push_back(*std::move(image));
  }
  return evaluation::state_suite::make(std::move(images));
}

// Calls `work` for every row, from `count` threads. Returns rows per second.
template <class Work>
double rate(std::size_t rows, unsigned count, Work work) {
  std::atomic<std::size_t> next = 0;
  auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < count; ++t)
    threads.emplace_back([&] {
      for (auto i = next.fetch_add(16); i < rows; i = next.fetch_add(16))
        for (auto row = i; row < std::min(i + 16, rows); ++row)
          work(row);
    });
  for (auto& x : threads)
    x.join();
  seconds spent = std::chrono::steady_clock::now() - begin;
  return static_cast<double>(rows) / spent.count();
}

} // namespace

/// bench_verify SCHEMA.yaml ROWS STATES: samples queries, compiles them and
/// runs them on all states, with one thread and with two. Prints rows per
/// second and how many queries were good.
int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: bench_verify SCHEMA.yaml ROWS STATES\n";
    return 2;
  }
  const auto schema = schema::load(argv[1]);
  if (!schema) {
    std::cerr << schema.error().message << '\n';
    return 1;
  }
  const auto rows = std::strtoull(argv[2], nullptr, 10);
  const auto states = std::strtoull(argv[3], nullptr, 10);
  std::vector<dsl::query> queries(rows);
  std::vector<dsl::compiled> compiled(rows);
  auto sampled = rate(rows, 1, [&](std::size_t row) {
    random_stream random{1, "bench", row};
    skeleton::sampler_options options;
    options.now = now;
    queries[row] = skeleton::sample(*schema, options, random);
  });
  auto translated = rate(rows, 1, [&](std::size_t row) {
    dsl::compile_options options;
    options.now = now;
    options.deterministic = true;
    if (auto x = dsl::compile(queries[row], *schema, options); x.compiled)
      compiled[row] = *std::move(x.compiled);
  });
  std::printf("sample, 1 thread:    %9.0f rows/s\n", sampled);
  std::printf("translate, 1 thread: %9.0f rows/s\n", translated);
  double one = 0;
  for (unsigned threads : {1u, 2u}) {
    auto suite = make_suite(*schema, states);
    if (!suite) {
      std::cerr << suite.error().message << '\n';
      return 1;
    }
    std::vector<std::string> outcomes(rows);
    auto probed = rate(rows, threads, [&](std::size_t row) {
      auto x = suite->probe(compiled[row]);
      outcomes[row]
        = x ? "useful"
            : std::string{to_string(x.error().code)} + ": " + x.error().message;
    });
    one = threads == 1 ? probed : one;
    std::printf("probe, %u thread%s:    %9.0f rows/s, %.2f of one thread\n",
                threads, threads == 1 ? " " : "s", probed, probed / one);
    std::map<std::string, std::size_t> counts;
    for (auto& x : outcomes)
      ++counts[x];
    for (auto& [outcome, count] : counts)
      if (threads == 1)
        std::printf("  %7zu %s\n", count, outcome.c_str());
  }
}
