#include "kernels/dsl/compile.hpp"
#include "kernels/schema/load.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string>
#include <vector>

namespace {

/// Seconds that this thread has computed.
double cpu_seconds() {
  auto now = std::timespec{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec)
         + static_cast<double>(now.tv_nsec) * 1e-9;
}

} // namespace

/// bench_compile SCHEMA.yaml REPETITIONS LOOPS: reads one query a line and
/// prints, for each, the median over the repetitions of the microseconds of CPU
/// time that a compilation takes, from text to SQL, a tab, and the SQL.
int main(int argc, char** argv) {
  using namespace aura;
  if (argc != 4) {
    std::cerr << "usage: bench_compile SCHEMA.yaml REPETITIONS LOOPS\n";
    return 2;
  }
  const auto schema = schema::load(argv[1]);
  if (!schema) {
    std::cerr << schema.error().message << '\n';
    return 1;
  }
  const auto repetitions = std::strtoull(argv[2], nullptr, 10);
  const auto loops = std::strtoull(argv[3], nullptr, 10);
  auto options = dsl::compile_options{};
  options.now = "2024-12-31 12:00:00";
  for (std::string line; std::getline(std::cin, line);) {
    auto times = std::vector<double>{};
    for (auto i = 0ull; i < repetitions; ++i) {
      const auto begin = cpu_seconds();
      for (auto k = 0ull; k < loops; ++k)
        if (!dsl::compile(line, *schema, options).compiled) {
          std::cerr << "this does not compile: " << line << '\n';
          return 1;
        }
      times.push_back((cpu_seconds() - begin) / static_cast<double>(loops));
    }
    std::nth_element(times.begin(), times.begin() + times.size() / 2,
                     times.end());
    auto shown = options;
    shown.inline_literals = true;
    const auto made = dsl::compile(line, *schema, shown);
    std::printf("%.3f\t%s\n", times[times.size() / 2] * 1e6,
                made.compiled ? made.compiled->sql.c_str() : "");
  }
}
