#include "kernels/text/tokenizer.hpp"

#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>

// bench_tokenizer TOKENIZER ROUNDS FILE…: encodes all files, and prints for
// each round megabytes per second of CPU time, then the number of ids. The
// driver is bench_tokenizer.py.

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: bench_tokenizer TOKENIZER ROUNDS FILE...\n";
    return 2;
  }
  const auto made = aura::text::tokenizer::load(argv[1]);
  if (!made) {
    std::cerr << made.error().message << '\n';
    return 3;
  }
  auto texts = std::vector<std::string>{};
  auto bytes = std::size_t{0};
  for (auto i = 3; i < argc; ++i) {
    auto in = std::ifstream{argv[i], std::ios::binary};
    texts.emplace_back(std::istreambuf_iterator<char>{in},
                       std::istreambuf_iterator<char>{});
    bytes += texts.back().size();
  }
  auto count = std::size_t{0};
  for (auto round = std::atoi(argv[2]); round > 0; --round) {
    const auto begin = std::clock();
    count = 0;
    for (const auto& x : texts)
      count += made->encode(x, {.parse_specials = false})->size();
    const auto seconds
      = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    std::cout << static_cast<double>(bytes) / 1e6 / seconds << '\n';
  }
  std::cout << count << '\n';
}
