#include "kernels/skeleton/reach.hpp"

#include "kernels/schema/load.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace aura::skeleton {
namespace {

schema::schema load(const std::string& name) {
  auto result = schema::load(AURA_SOURCE_DIR "/configs/schemas/" + name);
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result ? std::move(*result) : schema::schema{};
}

std::string joined(const reachable& x) {
  auto result = std::string{};
  for (const auto& part : x.path)
    result += (result.empty() ? "" : ".") + part;
  return result;
}

const reachable* find(const std::vector<reachable>& all,
                      const std::string& path) {
  const auto hit = std::ranges::find_if(
    all, [&](const reachable& x) { return joined(x) == path; });
  return hit == all.end() ? nullptr : &*hit;
}

TEST(Reach, TellsWhatAColumnIsGoodFor) {
  const auto s = load("smart_home.yaml");
  struct role_case {
    const char* table;
    const char* column;
    skeleton::role role;
  };
  const role_case cases[] = {
    {"devices", "id", role::identifier},
    {"devices", "name", role::label},
    {"devices", "room", role::category},
    {"devices", "installed_on", role::moment},
    {"devices", "rated_power", role::measure},
    {"devices", "is_online", role::flag},
    {"energy_consumption", "device_id", role::identifier},
    {"energy_consumption", "kwh", role::measure},
    {"occupancy", "people", role::level},
  };
  for (const auto& x : cases) {
    const auto* t = s.find_table(x.table);
    ASSERT_NE(t, nullptr) << x.table;
    EXPECT_EQ(role_of(*t, *t->find_column(x.column)), x.role) << x.column;
  }
}

TEST(Reach, FollowsDeclaredPaths) {
  const auto s = load("smart_home.yaml");
  const auto all = reach(s, *s.find_table("energy_consumption"));
  const auto* room = find(all, "device.room");
  ASSERT_NE(room, nullptr);
  EXPECT_TRUE(room->nullable) << "the device may be missing";
  EXPECT_FALSE(room->own());
  EXPECT_EQ(find(all, "device.id"), nullptr) << "repeats device_id";
  const auto* kwh = find(all, "kwh");
  ASSERT_NE(kwh, nullptr);
  EXPECT_FALSE(kwh->nullable);
}

TEST(Reach, GoesAsFarAsItIsTold) {
  const auto s = load("shop.yaml");
  const auto& items = *s.find_table("order_items");
  EXPECT_EQ(find(reach(s, items, 0), "order.status"), nullptr);
  EXPECT_NE(find(reach(s, items, 1), "order.status"), nullptr);
  EXPECT_EQ(find(reach(s, items, 1), "order.customer.city"), nullptr);
  EXPECT_NE(find(reach(s, items, 2), "order.customer.city"), nullptr);
}

TEST(Reach, KnowsSingleKeys) {
  const auto s = load("smart_home.yaml");
  EXPECT_TRUE(find(reach(s, *s.find_table("devices")), "id")->unique);
  EXPECT_FALSE(
    find(reach(s, *s.find_table("energy_consumption")), "device_id")->unique);
}

} // namespace
} // namespace aura::skeleton
