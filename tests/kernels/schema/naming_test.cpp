#include "kernels/schema/naming.hpp"

#include <gtest/gtest.h>

namespace aura::schema {

namespace {

TEST(Naming, SpeaksNames) {
  const std::pair<const char*, const char*> cases[] = {
    {"InvoiceLine", "invoice line"},  {"invoice_line", "invoice line"},
    {"INVOICE-LINE", "invoice line"}, {"unitPrice", "unit price"},
    {"HTTPServer", "http server"},    {"customerID", "customer id"},
    {"  odd__name_", "odd name"},     {"co2", "co2"},
    {"näheRung", "nähe rung"},        {"", ""},
  };
  for (const auto& [name, words] : cases)
    EXPECT_EQ(spoken(name), words);
}

TEST(Naming, TakesTheMarkOfAKeyOff) {
  const std::pair<const char*, const char*> cases[] = {
    {"device_id", "device"},
    {"ORDER_KEY", "ORDER"},
    {"room_no", "room"},
    {"Order ID", "Order"},
    {"ArtistId", "Artist"},
    {"artistID", "artist"},
    {"paid", "paid"},
    {"PAID", "PAID"},
    {"albumid", "album"},
    {"l_orderkey", "l_order"},
    {"aId", "a"},
    {"key", "key"},
    {"SupportRepId", "SupportRep"},
    {"id", "id"},
    {"piano", "piano"},
    {"_id", "_id"},
    {"TrackKey", "Track"},
    {"ReportsTo", "ReportsTo"},
  };
  for (const auto& [name, stem] : cases)
    EXPECT_EQ(without_key_suffix(name), stem) << name;
}

TEST(Naming, NamesRelations) {
  using names = std::vector<std::string>;
  EXPECT_EQ(relation_name({"device_id"}, "devices", {}), "device");
  EXPECT_EQ(relation_name({"device_id"}, "devices", {"Device"}),
            "devices_by_device_id");
  EXPECT_EQ(
    relation_name({"device_id"}, "devices", {"device", "devices_by_device_id"}),
    "devices_by_device_id_2");
  EXPECT_EQ(relation_name({"on_id"}, "t", {}), "t_by_on_id");
  EXPECT_EQ(relation_name({"PER"}, "t", {}), "t_by_PER");
  EXPECT_EQ(relation_name({"id"}, "t", {}), "t_by_id");
  EXPECT_EQ(relation_name(names{"crs_name", "crs_code"}, "crs", {}), "crs");
  EXPECT_EQ(relation_name(names{"source_crs_a", "source_crs_b"}, "crs", {}),
            "source_crs");
  EXPECT_EQ(relation_name(names{"a", "b"}, "t", {}), "t_by_a_b");
  EXPECT_EQ(relation_name(names{"order_id", "order_no"}, "t", {}), "order");
}

TEST(Naming, MakesTextPrintable) {
  EXPECT_EQ(printable("a\nb\x7f\xff°C\xc3"), "a?b??°C?");
  EXPECT_EQ(printable(""), "");
}

} // namespace

} // namespace aura::schema
