// write_tiny_model FOLDER: for tests that are not written in C++.

#include "tests/support/tiny_model.hpp"

int main(int count, char** arguments) {
  if (count != 2)
    return 2;
  aura::testing::write_tiny_model(arguments[1]);
  return ::testing::UnitTest::GetInstance()->Failed() ? 1 : 0;
}
