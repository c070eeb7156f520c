#include "kernels/base/random.hpp"
#include "tests/kernels/sql/house.hpp"

#include <gtest/gtest.h>

namespace aura::sql {

namespace {

std::string numbers(std::int64_t first, std::int64_t count) {
  auto out = writer::create();
  EXPECT_TRUE(out);
  EXPECT_TRUE(out->execute("CREATE TABLE t (x INTEGER); CREATE TABLE u (y)"));
  std::vector<record> rows;
  for (auto i = first; i < first + count; ++i)
    rows.push_back({i});
  EXPECT_TRUE(out->insert("t", rows));
  auto image = out->image();
  EXPECT_TRUE(image);
  return *image;
}

TEST(ImageSet, AnswersFromTheImageThatIsAskedFor) {
  std::vector<std::string> images;
  for (std::int64_t i = 0; i < 6; ++i)
    images.push_back(numbers(100 * i, 1 + i % 3 * 400));
  auto set = image_set::make(images);
  ASSERT_TRUE(set) << set.error().message;
  auto db = connection::open_images(*set);
  ASSERT_TRUE(db) << db.error().message;
  random_stream random{3, "images"};
  for (auto round = 0; round < 500; ++round) {
    auto i = random.below(6);
    auto rows = 1 + static_cast<std::int64_t>(i) % 3 * 400;
    auto first = 100 * static_cast<std::int64_t>(i);
    auto x = db->run("SELECT min(x), count(*), max(x) FROM t", {}, {}, i);
    ASSERT_TRUE(x) << x.error().message;
    ASSERT_EQ(x->rows[0], (record{first, rows, first + rows - 1}));
  }
}

TEST(ImageSet, RefusesImagesOfOtherTables) {
  auto set = image_set::make({numbers(0, 1), house()});
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error(), (fault{errc::invalid_schema,
                                "image 1 has other tables than image 0"}));
}

TEST(ImageSet, RefusesWhatIsNoDatabase) {
  auto set = image_set::make({numbers(0, 1), std::string(8192, 'x')});
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, errc::damaged_file);
}

} // namespace

} // namespace aura::sql
