#include "actors/flow/run_directory.hpp"

#include "actors/flow/files.hpp"

#include <gtest/gtest.h>

namespace aura::flow {
namespace {

namespace fs = std::filesystem;

class RunDirectory : public ::testing::Test {
protected:
  RunDirectory() {
    fs::remove_all(base);
  }

  run_identity identity(const std::string& hash) {
    auto x = run_identity{};
    x.name = "demo";
    x.hash = hash;
    x.resolved = "seed: " + hash + "\n";
    x.lock = "{\"hash\": \"" + hash + "\"}";
    return x;
  }

  expected<run_directory> open(const std::string& hash, const std::string& time,
                               const fs::path& path = {}, bool fresh = false) {
    return run_directory::open(base, identity(hash), path, time, fresh);
  }

  fs::path base = fs::path{::testing::TempDir()} / "runs";
};

const auto one = std::string(64, '1');
const auto two = std::string(64, '2');

TEST_F(RunDirectory, IsNamedAfterTimeAndHash) {
  const auto x = open(one, "20240101-000000");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->path(), base / "demo" / "20240101-000000-11111111");
  EXPECT_FALSE(x->resumed());
  EXPECT_EQ(fs::read_symlink(base / "demo" / "latest"),
            "20240101-000000-11111111");
  EXPECT_EQ(*read_file(x->path() / "config.resolved.yaml"),
            "seed: " + one + "\n");
}

TEST_F(RunDirectory, GoesOnWithAnUnfinishedRun) {
  const auto first = open(one, "20240101-000000")->path();
  const auto again = open(one, "20240102-000000");
  EXPECT_EQ(again->path(), first);
  EXPECT_TRUE(again->resumed());
}

TEST_F(RunDirectory, LeavesFinishedRunsAndOtherConfigurationsAlone) {
  const auto first = open(one, "20240101-000000")->path();
  EXPECT_NE(open(two, "20240102-000000")->path(), first);
  ASSERT_TRUE(write_file(first / "report.json", "{\"complete\": true}"));
  EXPECT_NE(open(one, "20240103-000000")->path(), first);
}

TEST_F(RunDirectory, StartsAnewWhenAsked) {
  const auto first = open(one, "20240101-000000")->path();
  const auto again = open(one, "20240102-000000", {}, true);
  EXPECT_NE(again->path(), first);
  EXPECT_FALSE(again->resumed());
}

TEST_F(RunDirectory, RefusesAFolderOfAnotherConfiguration) {
  const auto path = base / "mine";
  ASSERT_TRUE(open(one, "t", path));
  const auto other = open(two, "t", path);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, errc::invalid_option);
  EXPECT_EQ(other.error().message,
            "another run is in '" + path.string()
              + "', with another configuration:\n-seed: " + one + "\n+seed: "
              + two + "\nchoose another folder, or start anew with --fresh");
  EXPECT_TRUE(open(two, "t", path, true));
}

TEST_F(RunDirectory, BelongsToOneProcess) {
  const auto path = base / "mine";
  const auto first = open(one, "t", path);
  ASSERT_TRUE(first);
  const auto second = open(one, "t", path);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message,
            "another process is at work in '" + path.string() + "'");
}

TEST_F(RunDirectory, ShowsOnlyLinesThatDiffer) {
  EXPECT_EQ(line_difference("a\nb\nc\n", "a\nx\nc\n"), "-b\n+x\n");
  EXPECT_EQ(line_difference("a\n", "a\n"), "");
}

} // namespace
} // namespace aura::flow
