#include "tests/fuzz/target.hpp"

#include <cstdlib>
#include <iostream>

namespace aura::fuzz {

void fail(const std::string& what, std::string_view input) {
  std::cerr << what << "\ninput (" << input.size() << " bytes): " << input
            << std::endl;
  std::abort();
}

} // namespace aura::fuzz
