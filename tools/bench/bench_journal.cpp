#include "actors/flow/journal.hpp"
#include "kernels/base/hash.hpp"

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace {

using namespace aura;

/// Seconds of processor time so far.
double spent() {
  auto usage = rusage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& x) {
    return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int fail(const fault& reason) {
  std::cerr << reason.message << '\n';
  return 1;
}

} // namespace

/// bench_journal ROWS FILE: writes a journal of so many answers of 600 bytes,
/// each with its intention, synced in groups of 64; opens it again as a resumed
/// run does, and finds every answer. Prints processor time, which does not
/// depend on what else the machine does.
int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: bench_journal ROWS FILE\n";
    return 2;
  }
  const auto rows = std::strtoull(argv[1], nullptr, 10);
  const auto file = std::filesystem::path{argv[2]};
  std::filesystem::remove(file);
  const auto key
    = [](std::uint64_t i) { return sha256_hex("row " + std::to_string(i)); };
  auto begin = spent();
  {
    auto x = flow::journal::open(file);
    if (!x)
      return fail(x.error());
    const auto answer = std::string(600, 'a');
    for (std::uint64_t i = 0; i < rows; ++i) {
      const auto k = key(i);
      if (auto noted = x->intend(k); !noted)
        return fail(noted.error());
      if (auto kept = x->finish(k, answer); !kept)
        return fail(kept.error());
      if (i % 64 == 63)
        if (auto synced = x->sync(); !synced)
          return fail(synced.error());
    }
  }
  std::printf("write:  %6.2f s of processor time, %zu MB\n", spent() - begin,
              static_cast<std::size_t>(std::filesystem::file_size(file) >> 20));
  begin = spent();
  const auto x = flow::journal::open(file);
  if (!x)
    return fail(x.error());
  std::printf("resume: %6.2f s, %zu answers\n", spent() - begin, x->finished());
  begin = spent();
  auto found = std::uint64_t{0};
  for (std::uint64_t i = 0; i < rows; ++i) {
    const auto answer = x->find(key(i));
    if (!answer)
      return fail(answer.error());
    found += answer->has_value();
  }
  std::printf("find:   %6.2f s, %llu answers\n", spent() - begin,
              static_cast<unsigned long long>(found));
  return found == rows ? 0 : 1;
}
