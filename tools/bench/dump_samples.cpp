#include "kernels/base/random.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/infill/verbaliser.hpp"
#include "kernels/schema/load.hpp"
#include "kernels/skeleton/sampler.hpp"

#include <cstdlib>
#include <iostream>

/// dump_samples SCHEMA.yaml N SEED: writes N lines of question, query and
/// structure, separated by tabs. For looking at the data and for experiments.
int main(int argc, char** argv) {
  using namespace aura;
  if (argc != 4) {
    std::cerr << "usage: dump_samples SCHEMA.yaml N SEED\n";
    return 2;
  }
  const auto schema = schema::load(argv[1]);
  if (!schema) {
    std::cerr << schema.error().message << '\n';
    return 1;
  }
  const auto count = std::strtoull(argv[2], nullptr, 10);
  const auto seed = std::strtoull(argv[3], nullptr, 10);
  auto options = skeleton::sampler_options{};
  options.now = "2024-12-31 12:00:00";
  for (auto row = std::uint64_t{0}; row < count; ++row) {
    auto random = random_stream{seed, "skeletons", row};
    const auto query = skeleton::sample(*schema, options, random);
    auto words = random_stream{seed, "infill", row};
    const auto style = infill::registers[words.below(infill::registers.size())];
    const auto question = infill::verbalise(query, *schema, style, words);
    if (!question) {
      std::cerr << question.error().message << ": " << dsl::print(query)
                << '\n';
      return 1;
    }
    std::cout << *question << '\t' << dsl::print(query) << '\t'
              << skeleton::structure(query) << '\n';
  }
}
