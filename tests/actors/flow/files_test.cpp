#include "actors/flow/files.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace aura::flow {
namespace {

namespace fs = std::filesystem;

class Files : public ::testing::Test {
protected:
  Files() {
    fs::remove_all(folder);
    fs::create_directories(folder);
  }

  fs::path folder = fs::path{::testing::TempDir()} / "files";
};

TEST_F(Files, AppearWholeOrNotAtAll) {
  ASSERT_TRUE(write_file(folder / "a", "old"));
  {
    auto half = new_file{folder / "a"};
    half.write("new");
    EXPECT_EQ(*read_file(folder / "a"), "old");
  }
  EXPECT_EQ(*read_file(folder / "a"), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator{folder}, {}), 1);
}

TEST_F(Files, TellTheDigestOfWhatWasWritten) {
  auto file = new_file{folder / "a"};
  const auto text = std::string(200'000, 'x');
  file.write(text);
  file.write("y");
  ASSERT_TRUE(file.commit());
  EXPECT_EQ(file.digest(), sha256_hex(text + "y"));
  EXPECT_EQ(*file_digest(folder / "a"), file.digest());
}

TEST_F(Files, SayWhyTheyCannotBeWritten) {
  const auto written = write_file(folder / "none" / "a", "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, errc::io_error);
  EXPECT_EQ(written.error().message, "cannot write '"
                                       + (folder / "none" / "a").string()
                                       + "': No such file or directory");
}

TEST_F(Files, KnowAFullDisk) {
  auto target = folder / "full";
  fs::create_symlink("/dev/full", target.string() + ".tmp");
  const auto written = write_file(target, "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, errc::disk_full);
  EXPECT_EQ(written.error().message,
            "cannot write '" + target.string() + "': No space left on device");
}

TEST_F(Files, KnowWhatIsMissing) {
  const auto text = read_file(folder / "nothing");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, errc::missing_file);
}

} // namespace
} // namespace aura::flow
