#include "kernels/infill/reply.hpp"

#include "kernels/dsl/printer.hpp"
#include "kernels/infill/faithful.hpp"
#include "kernels/infill/prompt.hpp"
#include "tests/kernels/infill/support.hpp"

namespace aura::infill {
namespace {

using testing::load;
using testing::parse;

constexpr auto query = "SOURCE devices |> FILTER rated_power > 100 AND room == "
                       "'Kitchen' |> SORT rated_power DESC |> LIMIT 5";

struct faithful_case {
  const char* question;
  const char* query;
  const char* message; // null: faithful
};

TEST(Faithful, WantsEveryValueMentionedOrImplied) {
  const auto s = load("smart_home.yaml");
  const faithful_case cases[] = {
    {"the 5 strongest kitchen devices over 100 W", query, nullptr},
    {"the five strongest devices in the KITCHEN over 100 W", query, nullptr},
    {"the strongest kitchen devices over 100 W", query,
     "the question does not mention '5'"},
    {"the 5 strongest devices over 100 W", query,
     "the question does not mention 'Kitchen'"},
    {"the 5 strongest kitchen devices over 1000 W", query,
     "the question does not mention '100'"},
    {"the 5 strongest kitchen devices over 100.5 W", query,
     "the question does not mention '100'"},
    {"the 5 strongest kitchen devices over 3,100 W", query,
     "the question does not mention '100'"},
    {"  ", query, "an empty question"},
    {"the newest device", "SOURCE devices |> SORT installed_on DESC |> LIMIT 1",
     nullptr},
    {"consumption in march of 2024",
     "SOURCE energy_consumption |> FILTER timestamp DURING '2024-03' |> "
     "AGGREGATE SUM(kwh)",
     nullptr},
    {"consumption in March",
     "SOURCE energy_consumption |> FILTER timestamp DURING '2024-03' |> "
     "AGGREGATE SUM(kwh)",
     "the question does not mention '2024-03'"},
    {"consumption in the third quarter of 2024",
     "SOURCE energy_consumption |> FILTER timestamp DURING '2024-Q3' |> "
     "AGGREGATE SUM(kwh)",
     nullptr},
    {"consumption on the 5th of Feb 2024",
     "SOURCE energy_consumption |> FILTER timestamp DURING '2024-02-05' |> "
     "AGGREGATE SUM(kwh)",
     nullptr},
    {"consumption of the last two weeks",
     "SOURCE energy_consumption |> FILTER timestamp DURING LAST 2 WEEKS |> "
     "AGGREGATE SUM(kwh)",
     nullptr},
    {"how many times was broken glass reported",
     "SOURCE security_logs |> FILTER event_type == 'glass_break' |> AGGREGATE "
     "COUNT()",
     nullptr},
    {"how many times did a door open",
     "SOURCE security_logs |> FILTER event_type == 'glass_break' |> AGGREGATE "
     "COUNT()",
     "the question does not mention 'glass_break'"},
    {"readings with confidence over 25%",
     "SOURCE occupancy |> FILTER confidence > 0.25", nullptr},
    {"more than 1,500 W", "SOURCE devices |> FILTER rated_power > 1500",
     nullptr},
    {"names with lamp in them", "SOURCE devices |> FILTER name LIKE '%lamp%'",
     nullptr},
    {"per month",
     "SOURCE water_usage |> AGGREGATE COUNT() BY "
     "TRUNC(started_at, 'month') AS month",
     nullptr},
    {"rated_power and battery_level per device",
     "SOURCE devices |> SELECT rated_power, battery_level",
     "the question names columns as they are spelled: 'rated_power', "
     "'battery_level'"},
    {"SOURCE devices |> SELECT name", "SOURCE devices |> SELECT name",
     "the question holds a query: '|>'"},
  };
  for (const auto& x : cases) {
    const auto good = faithful(x.question, parse(x.query), s);
    if (!x.message) {
      EXPECT_TRUE(good) << x.question << ": " << good.error().message;
      continue;
    }
    ASSERT_FALSE(good) << x.question;
    EXPECT_EQ(good.error().code, errc::unfaithful);
    EXPECT_EQ(good.error().message, x.message);
  }
}

TEST(Masked, ForgetsValuesOnly) {
  const auto same = [](const char* a, const char* b) {
    return masked(parse(a)) == masked(parse(b));
  };
  EXPECT_TRUE(same("SOURCE t |> FILTER a > 3 |> LIMIT 2",
                   "SOURCE t |> FILTER a > 4.5 |> LIMIT 9"));
  EXPECT_TRUE(same("SOURCE t |> FILTER d DURING LAST 3 DAYS",
                   "SOURCE t |> FILTER d DURING LAST 9 DAYS"));
  EXPECT_FALSE(same("SOURCE t |> FILTER a > 3", "SOURCE t |> FILTER b > 3"));
  EXPECT_FALSE(same("SOURCE t |> FILTER a > 3", "SOURCE t |> FILTER a > 'x'"));
  EXPECT_FALSE(same("SOURCE t |> SELECT TRUNC(d, 'month') AS m",
                    "SOURCE t |> SELECT TRUNC(d, 'week') AS m"));
  EXPECT_FALSE(same("SOURCE t |> FILTER d DURING LAST 3 DAYS",
                    "SOURCE t |> FILTER d DURING LAST 3 WEEKS"));
}

TEST(Reply, AcceptsAQuestionAlone) {
  const auto s = load("smart_home.yaml");
  const auto skeleton = parse(query);
  for (const auto* text :
       {R"({"question": "top 5 in the kitchen over 100 W"})",
        R"({"question": "top 5 in the kitchen over 100 W", "query": null})",
        "```json\n{\"question\": \"top 5 in the kitchen over 100 W\"}\n```",
        "  {\"question\": \" top 5 in the kitchen over 100 W \"}\n"}) {
    const auto x = reply(text, skeleton, s, testing::now);
    ASSERT_TRUE(x) << x.error().message;
    EXPECT_EQ(x->question, "top 5 in the kitchen over 100 W");
    EXPECT_TRUE(x->query == skeleton);
  }
}

TEST(Reply, TakesBetterValues) {
  const auto s = load("smart_home.yaml");
  const auto x = reply(
    R"({"question": "3 strongest garage devices above 250 W", "query":
        "source devices |> filter rated_power > 250 and room == 'Garage' |> sort rated_power desc |> limit 3"})",
    parse(query), s, testing::now);
  ASSERT_TRUE(x) << x.error().message;
  EXPECT_EQ(dsl::print(x->query),
            "SOURCE devices |> FILTER rated_power > 250 AND room == 'Garage' "
            "|> SORT rated_power DESC |> LIMIT 3");
}

struct refused_case {
  const char* text;
  errc code;
  const char* message;
};

TEST(Reply, RefusesWithAReason) {
  const auto s = load("smart_home.yaml");
  const refused_case cases[] = {
    {"", errc::invalid_reply, "the reply is no JSON object: ''"},
    {"{\"question\": \"top", errc::invalid_reply,
     "the reply is no JSON object: '{\"question\": \"top'"},
    {"[1]", errc::invalid_reply, "the reply is no JSON object: '[1]'"},
    {"I'm sorry, but I can't help with that.", errc::refusal,
     "the model declined: 'I'm sorry, but I can't help with that.'"},
    {R"({"question": "I cannot do that"})", errc::refusal,
     "the model declined: 'I cannot do that'"},
    {R"({"answer": "x"})", errc::invalid_reply,
     "the reply has no text 'question'"},
    {R"({"question": 5})", errc::invalid_reply,
     "the reply has no text 'question'"},
    {R"({"question": "a\nb"})", errc::invalid_reply,
     "a question of more than one line"},
    {R"({"question": "x", "query": 5})", errc::invalid_reply,
     "the 'query' of the reply is no text"},
    {R"({"question": "x", "query": "SOURCE devices |> FILTER rated_power >= 100 AND room == 'Kitchen' |> SORT rated_power DESC |> LIMIT 5"})",
     errc::invalid_reply,
     "the query differs from the given one in more than its values"},
    {R"({"question": "top 5 over 100 W"})", errc::unfaithful,
     "the question does not mention 'Kitchen'"},
  };
  for (const auto& x : cases) {
    const auto result = reply(x.text, parse(query), s, testing::now);
    ASSERT_FALSE(result) << x.text;
    EXPECT_EQ(result.error().code, x.code) << x.text;
    EXPECT_EQ(result.error().message, x.message);
  }
}

TEST(Reply, RefusesQueriesThatAreNone) {
  const auto s = load("smart_home.yaml");
  const auto broken
    = reply(R"({"question": "x", "query": "SOURCE devices |> FILTER ("})",
            parse(query), s, testing::now);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, errc::syntax_error);
  const auto senseless = reply(
    R"({"question": "x", "query": "SOURCE devices |> FILTER installed_on == 'soon'"})",
    parse("SOURCE devices |> FILTER installed_on == '2024-01-01'"), s,
    testing::now);
  ASSERT_FALSE(senseless);
  EXPECT_EQ(senseless.error().code, errc::resolve_error);
}

TEST(Reply, SurvivesAnyBytes) {
  const auto s = load("smart_home.yaml");
  const auto skeleton = parse(query);
  const auto good = std::string{
    R"({"question": "top 5 in the kitchen over 100 W", "query": null})"};
  for (auto row = 0u; row < 2000; ++row) {
    auto random = random_stream{1, "bytes", row};
    auto text = good;
    for (auto i = 0; i < 3; ++i)
      text[random.below(text.size())] = static_cast<char>(random.below(256));
    text.resize(random.below(text.size() + 1));
    const auto result = reply(text, skeleton, s, testing::now);
    if (!result) {
      EXPECT_FALSE(result.error().message.empty());
    }
  }
}

TEST(Prompt, HoldsTheQueryAndItsTables) {
  const auto s = load("smart_home.yaml");
  const auto skeleton = parse("SOURCE energy_consumption |> FILTER device.room "
                              "== 'Kitchen' |> AGGREGATE SUM(kwh)");
  const auto chat = prompt(skeleton, s, register_kind::casual);
  ASSERT_EQ(chat.messages.size(), 2u);
  EXPECT_EQ(chat.messages[0].role, "system");
  EXPECT_EQ(chat.messages[1].role, "user");
  const auto& user = chat.messages[1].content;
  EXPECT_EQ(query_of(user), dsl::print(skeleton));
  EXPECT_EQ(register_of(user), register_kind::casual);
  EXPECT_NE(user.find("table energy_consumption: "), std::string::npos);
  EXPECT_NE(user.find("table devices: "), std::string::npos);
  EXPECT_EQ(user.find("table occupancy"), std::string::npos);
  EXPECT_NE(user.find("  kwh (real, kWh): energy used; from 0.0 to 12.0"),
            std::string::npos)
    << user;
  EXPECT_EQ(chat.reply_schema,
            R"({"additionalProperties":false,"properties":{"query":{"type":)"
            R"("string"},"question":{"type":"string"}},"required":)"
            R"(["question","query"],"type":"object"})");
}

TEST(Prompt, FindsNothingInOtherMessages) {
  EXPECT_EQ(query_of("hello"), std::nullopt);
  EXPECT_EQ(query_of("```auradsl\nSOURCE devices"), std::nullopt);
  EXPECT_EQ(register_of("Register: loud"), std::nullopt);
}

} // namespace
} // namespace aura::infill
