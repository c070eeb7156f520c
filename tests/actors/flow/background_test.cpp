#include "actors/flow/background.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <thread>

namespace aura::flow {
namespace {

TEST(Background, TellsWhatCameOfEachPiece) {
  auto told = std::binary_semaphore{0};
  auto worker = background{[&] { told.release(); }};
  for (auto i = 0; i < 100; ++i) {
    const auto goes_well = i % 3 != 0;
    worker.begin([&]() -> status {
      if (goes_well)
        return ok;
      return fault{errc::io_error, "no room"};
    });
    told.acquire();
    ASSERT_EQ(bool{worker.result()}, goes_well) << i;
  }
}

TEST(Background, WorksOnAThreadOfItsOwn) {
  auto there = std::thread::id{};
  auto told = std::binary_semaphore{0};
  auto worker = background{[&] { told.release(); }};
  worker.begin([&]() -> status {
    there = std::this_thread::get_id();
    return ok;
  });
  told.acquire();
  EXPECT_NE(there, std::this_thread::get_id());
}

TEST(Background, EndsWhatItHasBegun) {
  auto done = std::atomic<int>{0};
  for (auto i = 0; i < 20; ++i) {
    auto worker = background{[&] { ++done; }};
    worker.begin([&]() -> status {
      ++done;
      return ok;
    });
  }
  EXPECT_EQ(done, 40);
  // Nor does it wait for anything if there was nothing to do.
  auto idle = background{[] {}};
}

} // namespace
} // namespace aura::flow
