// Many rows over real threads: memory does not grow with their number.
// AURA_SOAK_ROWS says how many; the label `soak` runs a million.

#include "actors/flow/row_store.hpp"
#include "actors/flow/runner.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>

namespace aura::flow {
namespace {

/// Megabytes that this process holds.
std::size_t resident() {
  auto pages = std::size_t{0};
  auto ignored = std::size_t{0};
  std::ifstream{"/proc/self/statm"} >> ignored >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) >> 20;
}

// A sanitizer keeps freed memory for a while, to notice its use.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr auto growth_allowed = std::size_t{300};
#else
constexpr auto growth_allowed = std::size_t{16};
#endif

void raise(std::atomic<std::size_t>& most, std::size_t x) {
  for (auto before = most.load(); before < x;)
    if (most.compare_exchange_weak(before, x))
      return;
}

TEST(Soak, HoldsNoMoreMemoryHoweverManyRowsCome) {
  const auto* wish = std::getenv("AURA_SOAK_ROWS");
  const auto rows = wish ? std::strtoull(wish, nullptr, 10) : 30'000;
  auto at = environment{};
  at.directory = ::testing::TempDir();
  const auto named = [&](const char* name) {
    at.stage = name;
    return at;
  };
  auto stages = std::vector<stage_spec>{};
  stages.push_back(source_stage(named("make"), 2, [=] {
    return expected<step>{step{[=](batch& x) {
      const auto first = x.sequence * 64;
      for (auto id = first; id < std::min<std::uint64_t>(first + 64, rows);
           ++id) {
        auto& row = x.samples.emplace_back();
        row.id = id;
        row.query = std::string(300, 'q') + std::to_string(id);
      }
      return status{ok};
    }}};
  }));
  stages.push_back(map_stage(named("ask"), 3, [] {
    return expected<step>{for_each_row([](sample& row, const batch&) {
      row.question = std::string(200, 'a') + row.query.substr(300);
    })};
  }));
  stages.push_back(
    store_stage(named("keep"), [](batch&, row_store&) { return status{ok}; }));
  auto seen = std::uint64_t{0};
  auto early = std::size_t{0};
  auto most = std::atomic<std::size_t>{0}; // of two threads
  stages.push_back(map_stage(named("last"), 1, [&] {
    return expected<step>{for_each_row([&](sample& row, const batch&) {
      EXPECT_EQ(row.id, seen);
      EXPECT_EQ(row.question.substr(200), std::to_string(seen));
      if (++seen % 1000 == 0)
        raise(most, resident());
    })};
  }));

  auto setting = run_setting{};
  setting.observer.on_progress = [&](const std::vector<tally>& x) {
    // A tenth of the way everything that is kept has been made.
    if (early == 0 && x.front().made >= rows / 10)
      early = resident();
    raise(most, resident());
  };
  auto config = caf::actor_system_config{};
  {
    auto system = caf::actor_system{config};
    auto self = caf::scoped_actor{system};
    const auto runner = spawn_runner(system, std::move(stages), setting);
    self->request(runner, caf::infinite, atom::start_v)
      .receive(
        [&](const outcome& x) {
          EXPECT_FALSE(x.failure);
          EXPECT_TRUE(check_accounts(x.stages, true));
          for (const auto& stage : x.stages) {
            EXPECT_LE(stage.peak_rows,
                      std::max<std::uint64_t>(stage.granted_rows, 64));
          }
        },
        [](const caf::error& e) { FAIL() << to_string(e); });
  }
  EXPECT_EQ(seen, rows);
  if (early > 0) {
    EXPECT_LE(most, early + growth_allowed);
  }
}

} // namespace
} // namespace aura::flow
