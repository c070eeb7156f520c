#include "actors/flow/row_store.hpp"

#include "kernels/base/random.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace aura::flow {
namespace {

sample random_row(std::uint64_t id) {
  auto random = random_stream{5, "row", id};
  const auto text = [&](std::size_t most) {
    auto x = std::string(random.below(most), 'x');
    for (auto& c : x)
      c = static_cast<char>(random.below(256));
    return x;
  };
  auto x = sample{};
  x.id = random() >> random.below(64);
  x.family = random();
  x.schema = static_cast<std::uint32_t>(random());
  x.query = text(400);
  x.structure = text(20);
  x.question = text(300);
  x.style = text(10);
  x.split = text(6);
  x.tables.resize(random.below(4));
  for (auto& table : x.tables)
    table = text(30);
  if (random.chance(0.3))
    x.reject(errc::degenerate, text(60));
  x.rejected_by = text(8);
  return x;
}

void expect_same(const sample& a, const sample& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.family, b.family);
  EXPECT_EQ(a.schema, b.schema);
  EXPECT_EQ(a.query, b.query);
  EXPECT_EQ(a.structure, b.structure);
  EXPECT_EQ(a.question, b.question);
  EXPECT_EQ(a.style, b.style);
  EXPECT_EQ(a.split, b.split);
  EXPECT_EQ(a.tables, b.tables);
  EXPECT_EQ(a.rejected, b.rejected);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.rejected_by, b.rejected_by);
}

class RowStore : public ::testing::Test {
protected:
  RowStore() {
    std::filesystem::create_directories(folder);
  }

  ~RowStore() override {
    std::filesystem::remove_all(folder);
  }

  std::filesystem::path folder = std::filesystem::path{::testing::TempDir()}
                                 / ("aura-rows-" + std::to_string(::getpid()));
};

TEST_F(RowStore, GivesRowsBackAsTheyWere) {
  for (const auto& where : {std::filesystem::path{}, folder})
    for (const auto rows : {0u, 1u, 100u, 9000u}) {
      auto store = row_store{where};
      for (std::uint64_t i = 0; i < rows; ++i)
        ASSERT_TRUE(store.add(random_row(i)));
      EXPECT_EQ(store.size(), rows);
      for (auto round = 0; round < 2; ++round) {
        auto i = std::uint64_t{0};
        const auto read = for_each(store, [&](const sample& row) -> status {
          expect_same(row, random_row(i++));
          return ok;
        });
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(i, rows);
      }
    }
}

TEST_F(RowStore, LeavesNoFileBehind) {
  auto store = row_store{folder};
  for (std::uint64_t i = 0; i < 9000; ++i)
    ASSERT_TRUE(store.add(random_row(i)));
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(RowStore, SaysThatTheDiskIsFull) {
  const auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // The limit on file sizes stands in for a full disk.
    ::signal(SIGXFSZ, SIG_IGN);
    const auto most = rlimit{1 << 20, 1 << 20};
    ::setrlimit(RLIMIT_FSIZE, &most);
    auto store = row_store{folder};
    auto kept = status{ok};
    for (std::uint64_t i = 0; kept && i < 9000; ++i)
      kept = store.add(random_row(i));
    const auto told
      = !kept && kept.error().message.starts_with("cannot keep rows in '");
    ::_exit(told ? 0 : 1);
  }
  auto result = 0;
  ::waitpid(child, &result, 0);
  EXPECT_EQ(result, 0);
}

TEST_F(RowStore, NeedsAFolderThatIsThere) {
  auto store = row_store{folder / "absent"};
  auto kept = status{ok};
  for (std::uint64_t i = 0; kept && i < 9000; ++i)
    kept = store.add(random_row(i));
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().code, errc::io_error);
}

} // namespace
} // namespace aura::flow
