#include "kernels/retrieval/schema_retriever.hpp"

#include <gtest/gtest.h>

namespace aura::retrieval {
namespace {

using names = std::vector<std::string>;

schema::column column_of(const char* name, const char* description,
                         names values = {}) {
  auto x = schema::column{};
  x.name = name;
  x.description = description;
  for (auto& value : values)
    x.values.push_back({std::move(value), ""});
  return x;
}

schema::table table_of(const char* name, const char* description,
                       std::vector<schema::column> columns,
                       std::vector<schema::relation> relations = {}) {
  auto x = schema::table{};
  x.name = name;
  x.description = description;
  x.columns = std::move(columns);
  x.relations = std::move(relations);
  return x;
}

schema_retriever shop() {
  auto s = std::make_shared<schema::schema>();
  s->tables = {
    table_of("customers", "people who buy",
             {column_of("city", "home town", {"Paris", "New York"})}),
    table_of("orders", "purchases",
             {column_of("placed_on", "date of purchase")},
             {{"customer", "customers", {}}}),
    table_of("order_items", "lines of a purchase",
             {column_of("quantity", "pieces")}, {{"order", "orders", {}}}),
    table_of("suppliers", "companies that deliver",
             {column_of("rating", "score")}),
    table_of("reviews", "opinions", {column_of("stars", "score in stars")}),
  };
  auto built = schema_retriever::build(std::move(s));
  EXPECT_TRUE(built);
  return *built;
}

std::string best(const schema_retriever& x, const char* question) {
  const names all
    = {"customers", "orders", "order_items", "suppliers", "reviews"};
  return all[x.rank(question).front().table];
}

TEST(SchemaRetriever, FindsTheTableThatAQuestionIsAbout) {
  const auto x = shop();
  EXPECT_EQ(best(x, "how many suppliers are there?"), "suppliers");
  EXPECT_EQ(best(x, "average stars"), "reviews");
  EXPECT_EQ(best(x, "total quantity"), "order_items");
  EXPECT_EQ(best(x, "who lives in new york"), "customers");
}

TEST(SchemaRetriever, AddsTheTableBetweenTwoChosenOnes) {
  const auto x = shop();
  const auto chosen = x.tables("order items quantity by customer city",
                               {retrieval_mode::top, 2});
  EXPECT_EQ(chosen, (names{"customers", "orders", "order_items"}));
}

TEST(SchemaRetriever, GivesASmallSchemaWhole) {
  const auto x = shop();
  EXPECT_EQ(x.tables("stars", {retrieval_mode::automatic, 5}).size(), 5u);
  EXPECT_EQ(x.tables("stars", {retrieval_mode::automatic, 1}),
            (names{"reviews"}));
  EXPECT_EQ(x.tables("stars", {retrieval_mode::all, 1}).size(), 5u);
}

TEST(SchemaRetriever, RanksEveryTableEvenForNonsense) {
  const auto ranked = shop().rank("");
  ASSERT_EQ(ranked.size(), 5u);
  for (std::size_t i = 0; i < ranked.size(); ++i)
    EXPECT_EQ(ranked[i].table, i);
}

} // namespace
} // namespace aura::retrieval
