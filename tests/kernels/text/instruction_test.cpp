#include "kernels/text/instruction.hpp"

#include <gtest/gtest.h>

namespace aura::text {
namespace {

schema::schema house() {
  auto s = schema::schema{};
  auto devices = schema::table{};
  devices.name = "devices";
  devices.columns.resize(2);
  devices.columns[0].name = "id";
  devices.columns[1].name = "room";
  auto energy = schema::table{};
  energy.name = "energy";
  energy.columns.resize(1);
  energy.columns[0].name = "kwh";
  energy.relations.push_back({"device", "devices", {{"device_id", "id"}}});
  s.tables = {devices, energy};
  return s;
}

TEST(Instruction, NamesTheLanguageThenShowsTablesAndAsks) {
  const auto turns = instruct("t(a)", "how many?");
  ASSERT_EQ(turns.size(), 2u);
  EXPECT_EQ(turns[0].from, role::system);
  EXPECT_NE(turns[0].content.find("AuraDSL"), std::string::npos);
  EXPECT_EQ(turns[1].from, role::user);
  EXPECT_EQ(turns[1].content, "t(a)\n\nhow many?");
}

TEST(Instruction, AsksAloneWithoutAContext) {
  EXPECT_EQ(instruct("", "how many?")[1].content, "how many?");
}

TEST(Instruction, ShowsTablesInTheOrderOfTheSchema) {
  EXPECT_EQ(instruction_context(house(), {"energy", "DEVICES"}),
            "devices(id, room)\nenergy(kwh, device -> devices)");
  EXPECT_EQ(instruction_context(house(), {"energy"}),
            "energy(kwh, device -> devices)");
  EXPECT_EQ(instruction_context(house(), {}),
            "devices(id, room)\nenergy(kwh, device -> devices)");
}

} // namespace
} // namespace aura::text
