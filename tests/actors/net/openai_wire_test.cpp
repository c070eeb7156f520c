#include "actors/net/openai_wire.hpp"
#include "kernels/base/json.hpp"

#include <gtest/gtest.h>

namespace aura::net {
namespace {

TEST(OpenaiWire, ReadsWhatClientsSend) {
  const auto x = read_chat(R"({"model": "m", "messages": [
    {"role": "developer", "content": "be brief"},
    {"role": "user", "content": [{"type": "text", "text": "how "},
                                 {"type": "text", "text": "many?"}]}],
    "stream": true, "stream_options": {"include_usage": true},
    "max_tokens": 9, "max_completion_tokens": 7, "temperature": 0,
    "top_p": 0.5, "seed": -1, "stop": "\n", "user": "somebody",
    "tools": [], "n": 1})");
  ASSERT_TRUE(x) << x.error().message;
  EXPECT_EQ(x->model, "m");
  ASSERT_EQ(x->messages.size(), 2u);
  EXPECT_EQ(x->messages[0].role, "system");
  EXPECT_EQ(x->messages[1].content, "how many?");
  EXPECT_TRUE(x->stream && x->stream_usage);
  EXPECT_EQ(x->max_tokens, 7u);
  EXPECT_EQ(x->temperature, 0);
  EXPECT_EQ(x->seed, ~std::uint64_t{0});
  EXPECT_EQ(x->stops, std::vector<std::string>{"\n"});
  const auto least
    = read_chat(R"({"messages": [{"role": "user", "content": "x"}]})");
  ASSERT_TRUE(least);
  EXPECT_EQ(least->temperature, 1);
  EXPECT_EQ(least->max_tokens, std::nullopt);
  EXPECT_FALSE(least->stream);
}

TEST(OpenaiWire, RefusesWhatItCannotDo) {
  const auto refused = [](const std::string& more) {
    const auto x = read_chat(
      R"({"messages": [{"role": "user", "content": "x"}], )" + more + "}");
    return x ? "" : x.error().message;
  };
  EXPECT_EQ(refused(R"("temperature": 3)"),
            "'temperature' is 3, not from 0.0 to 2.0");
  EXPECT_EQ(refused(R"("top_p": "a")"), "'top_p' is no number");
  EXPECT_EQ(refused(R"("max_tokens": 0)"),
            "'max_tokens' is 0, not a whole number from 1");
  EXPECT_EQ(refused(R"("stop": ["a", "b", "c", "d", "e"])"),
            "'stop' is neither a text nor a list of up to four");
  EXPECT_EQ(refused(R"("tools": [{}])"), "'tools' is not supported");
  EXPECT_EQ(refused(R"("n": 2)"), "'n' is not supported: there is one answer");
  EXPECT_EQ(refused(R"("stream": 1)"), "'stream' is neither true nor false");
  EXPECT_EQ(refused(R"("response_format": {"type": "json_object"})"),
            "'response_format' is not supported");
  EXPECT_EQ(refused(R"("response_format": "json_object")"),
            "'response_format' is not supported");
  const auto message
    = [](const char* body) { return read_chat(body).error().message; };
  EXPECT_EQ(message("{"), "the body is no JSON object");
  EXPECT_EQ(message("{}"), "'messages' is no list of messages");
  EXPECT_EQ(message(R"({"messages": [{"role": "tool", "content": ""}]})"),
            "no role is called 'tool'");
  EXPECT_EQ(
    message(
      R"({"messages": [{"role": "user", "content": [{"type": "image"}]}]})"),
    "only parts of type 'text' are read");
  EXPECT_EQ(message(R"({"messages": [{"role": "system", "content": "a"}]})"),
            "the last message is not the user's");
}

TEST(OpenaiWire, ReadsQuestions) {
  const auto x
    = read_translate(R"({"question": "how many?", "tables": ["devices"]})");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->question, "how many?");
  EXPECT_EQ(x->tables, std::vector<std::string>{"devices"});
  EXPECT_TRUE(x->rows);
  EXPECT_EQ(read_translate("{}").error().message, "'question' is no text");
  EXPECT_EQ(
    read_translate(R"({"question": "a", "tables": [1]})").error().message,
    "'tables' is no list of names");
}

TEST(OpenaiWire, WritesWholeAnswersAndParts) {
  using json = nlohmann::json;
  const auto who = chat_identity{"chatcmpl-1", "phi", 7};
  const auto whole = json::parse(write_chat(who, "yes", "stop", {3, 2}));
  EXPECT_EQ(whole["choices"][0]["message"]["content"], "yes");
  EXPECT_EQ(whole["choices"][0]["finish_reason"], "stop");
  EXPECT_EQ(whole["usage"]["total_tokens"], 5);
  EXPECT_EQ(write_chat_part(who, "a\xff"),
            "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\","
            "\"created\":7,\"model\":\"phi\",\"choices\":[{\"index\":0,"
            "\"delta\":{\"content\":\"a\xef\xbf\xbd\"},"
            "\"finish_reason\":null}]}\n\n");
  const auto end = write_chat_end(who, "length", token_usage{3, 2});
  EXPECT_NE(end.find("\"finish_reason\":\"length\""), std::string::npos);
  EXPECT_NE(end.find("\"choices\":[],\"usage\":{\"prompt_tokens\":3"),
            std::string::npos);
  EXPECT_TRUE(end.ends_with("data: [DONE]\n\n"));
  EXPECT_EQ(json::parse(write_models({"phi"}, 7))["data"][0]["id"], "phi");
}

} // namespace
} // namespace aura::net
