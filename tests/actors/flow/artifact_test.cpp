#include "actors/flow/artifact.hpp"

#include "actors/flow/files.hpp"

#include <gtest/gtest.h>

namespace aura::flow {
namespace {

const auto file = std::filesystem::path{::testing::TempDir()} / "artifact.json";

TEST(Artifact, ComesBackUnderItsKeyOnly) {
  ASSERT_TRUE(save_artifact(file, {"k1", {{"training", R"({"steps":3})"}}}));
  const auto same = load_artifact(file, "k1");
  ASSERT_TRUE(same);
  EXPECT_EQ(same->sections.at("training"), R"({"steps":3})");
  EXPECT_FALSE(load_artifact(file, "k2"));
}

TEST(Artifact, IsNothingWhenDamagedOrMissing) {
  ASSERT_TRUE(write_file(file, "{\"key\": \"k1\", \"sect"));
  EXPECT_FALSE(load_artifact(file, "k1"));
  EXPECT_FALSE(load_artifact(file.string() + ".none", "k1"));
}

} // namespace
} // namespace aura::flow
