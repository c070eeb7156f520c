#include "actors/net/chat.hpp"

#include <gtest/gtest.h>

namespace aura::net {
namespace {

chat_settings settings(dialect x) {
  auto result = chat_settings{};
  result.model = "m";
  result.dialect = x;
  result.max_tokens = 99;
  return result;
}

const auto hello
  = chat_request{{{"system", "be brief"}, {"user", "say \"hi\"\n"}},
                 R"({"type":"object"})",
                 "greeting"};

std::string body(const chat_settings& x, const chat_request& request = hello) {
  const auto written = write_chat(x, request);
  EXPECT_TRUE(written) << written.error().message;
  return written ? *written : "";
}

constexpr auto messages
  = R"("messages":[{"content":"be brief","role":"system"},)"
    R"({"content":"say \"hi\"\n","role":"user"}],"model":"m")";

TEST(Chat, WritesWhatEachServerUnderstands) {
  const auto nested
    = std::string{R"("response_format":{"json_schema":{"name":"greeting",)"
                  R"("schema":{"type":"object"},"strict":true},)"
                  R"("type":"json_schema"}})"};
  struct {
    dialect server;
    std::string expected;
  } const rows[] = {
    {dialect::openai,
     R"({"max_completion_tokens":99,)" + std::string{messages} + "," + nested},
    {dialect::vllm,
     R"({"max_tokens":99,)" + std::string{messages} + "," + nested},
    {dialect::sglang,
     R"({"max_tokens":99,)" + std::string{messages} + "," + nested},
    {dialect::llama_cpp, R"({"max_tokens":99,)" + std::string{messages}
                           + R"(,"response_format":{"schema":)"
                             R"({"type":"object"},"type":"json_schema"}})"},
    {dialect::openrouter, R"({"max_tokens":99,)" + std::string{messages}
                            + R"(,"provider":{"require_parameters":true},)"
                            + nested},
  };
  for (const auto& x : rows)
    EXPECT_EQ(body(settings(x.server)), x.expected) << to_string(x.server);
}

TEST(Chat, LeavesOutWhatIsNotSet) {
  auto x = settings(dialect::vllm);
  EXPECT_EQ(body(x, {{{"user", "a"}}, "", ""}),
            R"({"max_tokens":99,"messages":[{"content":"a","role":"user"}],)"
            R"("model":"m"})");
  x.temperature = 0.5;
  x.seed = 7;
  EXPECT_EQ(body(x, {{{"user", "a"}}, "", ""}),
            R"({"max_tokens":99,"messages":[{"content":"a","role":"user"}],)"
            R"("model":"m","seed":7,"temperature":0.5})");
}

TEST(Chat, MergesTheExtraBody) {
  auto x = settings(dialect::vllm);
  x.extra_body = R"({"top_k":20,"max_tokens":null,"chat_template_kwargs":)"
                 R"({"enable_thinking":false}})";
  EXPECT_EQ(body(x, {{{"user", "a"}}, "", ""}),
            R"({"chat_template_kwargs":{"enable_thinking":false},)"
            R"("messages":[{"content":"a","role":"user"}],"model":"m",)"
            R"("top_k":20})");
}

TEST(Chat, WritesBytesThatAreNoUtf8AsReplacements) {
  EXPECT_NE(body(settings(dialect::vllm), {{{"user", "a\xff"}}, "", ""})
              .find("a\xef\xbf\xbd"),
            std::string::npos);
}

TEST(Chat, RefusesSettingsThatCannotBeWritten) {
  auto x = settings(dialect::openai);
  EXPECT_TRUE(check(x));
  x.extra_body = "[1]";
  EXPECT_EQ(check(x).error(), (fault{errc::invalid_option,
                                     "the extra body is not a JSON object"}));
  x.extra_body = "";
  x.model = "";
  EXPECT_EQ(check(x).error(),
            (fault{errc::invalid_option, "no model is named"}));
  EXPECT_FALSE(write_chat(settings(dialect::openai), {{}, "{", ""}));
}

TEST(Chat, KeysDifferWhereverTheQuestionDoes) {
  const auto key = key_of(body(settings(dialect::openai)));
  EXPECT_EQ(key, key_of(body(settings(dialect::openai))));
  EXPECT_EQ(key.size(), 64u);
  auto x = settings(dialect::openai);
  x.temperature = 0.1;
  EXPECT_NE(key, key_of(body(x)));
  x = settings(dialect::openai);
  x.model = "n";
  EXPECT_NE(key, key_of(body(x)));
  auto other = hello;
  other.messages[1].content += " ";
  EXPECT_NE(key, key_of(body(settings(dialect::openai), other)));
  other = hello;
  other.schema = R"({"type":"string"})";
  EXPECT_NE(key, key_of(body(settings(dialect::openai), other)));
}

TEST(Chat, NamesItsDialects) {
  for (const auto x : {dialect::openai, dialect::vllm, dialect::sglang,
                       dialect::llama_cpp, dialect::openrouter})
    EXPECT_EQ(parse_dialect(to_string(x)), x);
  EXPECT_EQ(parse_dialect("klingon"), std::nullopt);
}

TEST(Chat, AsksForARepairWithTheReplyThatWouldNotDo) {
  const auto x = repaired(hello, "{oops", "not JSON");
  ASSERT_EQ(x.messages.size(), 4u);
  EXPECT_EQ(x.messages[2], (chat_message{"assistant", "{oops"}));
  EXPECT_EQ(x.messages[3].role, "user");
  EXPECT_EQ(x.messages[3].content,
            "That reply cannot be used: not JSON\nReply again, and with "
            "nothing but the corrected JSON.");
  EXPECT_EQ(x.schema, hello.schema);
}

struct reading {
  const char* about;
  unsigned status;
  const char* body;
  verdict judged;
  // The text, or the code of its absence in the completion, or the message.
  const char* text;
  errc code;
};

void PrintTo(const reading& x, std::ostream* out) {
  *out << x.about;
}

class ChatReply : public ::testing::TestWithParam<reading> {};

TEST_P(ChatReply, IsReadAsMeant) {
  const auto& x = GetParam();
  const auto read = read_chat({x.status, {}, x.body}, 400);
  EXPECT_STREQ(to_string(classify(read.seen)), to_string(x.judged));
  ASSERT_EQ(read.content.has_value(), x.judged == verdict::accept);
  if (!read.content) {
    EXPECT_EQ(read.message, x.text);
    EXPECT_STREQ(to_string(code_of(read.seen)), to_string(x.code));
    return;
  }
  if (read.content->text) {
    EXPECT_EQ(*read.content->text, x.text);
  } else {
    EXPECT_EQ(read.content->text.error(), (fault{x.code, x.text}));
  }
}

INSTANTIATE_TEST_SUITE_P(
  Table, ChatReply,
  ::testing::Values(
    reading{"a plain answer", 200,
            R"({"choices":[{"message":{"content":"hi"},)"
            R"("finish_reason":"stop"}]})",
            verdict::accept, "hi", errc::none},
    reading{"content in parts", 200,
            R"({"choices":[{"message":{"content":[{"type":"text",)"
            R"("text":"h"},{"type":"text","text":"i"}]}}]})",
            verdict::accept, "hi", errc::none},
    reading{"an error member that is null", 200,
            R"({"error":null,"choices":[{"message":{"content":"hi"}}]})",
            verdict::accept, "hi", errc::none},
    reading{"a refusal", 200,
            R"({"choices":[{"message":{"content":null,)"
            R"("refusal":"I cannot."},"finish_reason":"stop"}]})",
            verdict::accept, "the model declined: I cannot.", errc::refusal},
    reading{"a refusal that is null", 200,
            R"({"choices":[{"message":{"content":"hi","refusal":null}}]})",
            verdict::accept, "hi", errc::none},
    reading{"cut short", 200,
            R"({"choices":[{"message":{"content":"h"},)"
            R"("finish_reason":"length"}]})",
            verdict::accept, "the reply reached the limit of tokens",
            errc::too_long},
    reading{"cut short while thinking", 200,
            R"({"choices":[{"message":{"content":null,)"
            R"("reasoning_content":"hm"},"finish_reason":"length"}]})",
            verdict::accept, "the reply reached the limit of tokens",
            errc::too_long},
    reading{"filtered", 200,
            R"({"choices":[{"message":{"content":""},)"
            R"("finish_reason":"content_filter"}]})",
            verdict::accept, "a content filter stopped the reply",
            errc::refusal},
    reading{
      "content null", 200, R"({"choices":[{"message":{"content":null}}]})",
      verdict::retry_once, "a reply without content", errc::invalid_reply},
    reading{"no choices", 200, R"({"choices":[]})", verdict::retry_once,
            "a reply without choices", errc::invalid_reply},
    reading{"choices of another kind", 200, R"({"choices":[7]})",
            verdict::retry_once, "a reply without content",
            errc::invalid_reply},
    reading{"broken JSON", 200, R"({"choices":[{)", verdict::retry_once,
            "a reply that is not JSON", errc::invalid_reply},
    reading{"nothing", 200, "", verdict::retry_once, "a reply that is not JSON",
            errc::invalid_reply},
    reading{"a list", 200, "[]", verdict::retry_once,
            "a reply that is not JSON", errc::invalid_reply},
    reading{"an error inside a 200", 200,
            R"({"error":{"message":"upstream died","type":"server_error"}})",
            verdict::retry,
            "the server answered with status 500: upstream died (server_error)",
            errc::http_status},
    reading{
      "an error with a status of its own inside a 200", 200,
      R"({"error":{"message":"slow down","code":429}})", verdict::throttled,
      "the server answered with status 429: slow down", errc::http_status},
    reading{"an error inside a choice", 200,
            R"({"choices":[{"error":{"message":"died","code":502},)"
            R"("message":{"content":"h"}}]})",
            verdict::retry, "the server answered with status 502: died",
            errc::http_status},
    reading{"no money inside a 200", 200,
            R"({"error":{"message":"pay","code":"insufficient_quota"}})",
            verdict::fail_run,
            "the server answered with status 500: pay (insufficient_quota)",
            errc::budget_exhausted},
    reading{"no money", 429,
            R"({"error":{"message":"pay","type":"insufficient_quota",)"
            R"("code":"insufficient_quota"}})",
            verdict::fail_run,
            "the server answered with status 429: pay (insufficient_quota)",
            errc::budget_exhausted},
    reading{"too fast", 429,
            R"({"error":{"message":"slow down","code":"rate_limit_exceeded"}})",
            verdict::throttled,
            "the server answered with status 429: slow down "
            "(rate_limit_exceeded)",
            errc::http_status},
    reading{"a flat error", 400,
            R"({"object":"error","message":"too long",)"
            R"("type":"BadRequestError","code":400})",
            verdict::fail_row,
            "the server answered with status 400: too long (BadRequestError)",
            errc::http_status},
    reading{"an error that is a text", 404, R"({"error":"model not found"})",
            verdict::fail_row,
            "the server answered with status 404: model not found",
            errc::http_status},
    reading{"a detail", 422, R"({"detail":[{"loc":["body"]}]})",
            verdict::fail_row,
            R"(the server answered with status 422: [{"loc":["body"]}])",
            errc::http_status},
    reading{"a page of HTML", 502, "<html>Bad gateway</html>", verdict::retry,
            "the server answered with status 502", errc::http_status},
    reading{"a key that is not accepted", 401,
            R"({"error":{"message":"wrong key","code":"invalid_api_key"}})",
            verdict::fail_run,
            "the server answered with status 401: wrong key (invalid_api_key)",
            errc::authentication}));

TEST(ChatUsage, IsTheServersOrAnEstimate) {
  const auto read = [](const char* usage) {
    return read_chat({200,
                      {},
                      R"({"choices":[{"message":{"content":"12345678"}}])"
                        + std::string{usage} + "}"},
                     400)
      .content->usage;
  };
  EXPECT_EQ(read(R"(,"usage":{"prompt_tokens":7,"completion_tokens":3})"),
            (usage{7, 3, false, std::nullopt}));
  EXPECT_EQ(
    read(R"(,"usage":{"prompt_tokens":7,"completion_tokens":3,"cost":0.5})"),
    (usage{7, 3, false, 0.5}));
  for (const auto* text :
       {"", R"(,"usage":null)", R"(,"usage":{})", R"(,"usage":[1])",
        R"(,"usage":{"prompt_tokens":-1,"completion_tokens":"many"})"})
    EXPECT_EQ(read(text), (usage{100, 2, true, std::nullopt})) << text;
}

TEST(Completion, SurvivesTheJournal) {
  const completion rows[] = {
    {std::string{"hi \"there\"\n\xc3\xa9"}, {7, 3, false, std::nullopt}},
    {std::string{}, {0, 0, true, 0.25}},
    {std::string{R"(,"text":","code":)"}, {1, 2, false, std::nullopt}},
    {fault{errc::refusal, "no"}, {7, 3, false, std::nullopt}},
  };
  for (const auto& x : rows) {
    const auto back = completion_from(to_bytes(x));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->usage, x.usage);
    const auto usage = usage_from(to_bytes(x));
    ASSERT_TRUE(usage) << usage.error().message;
    EXPECT_EQ(*usage, x.usage);
    ASSERT_EQ(back->text.has_value(), x.text.has_value());
    if (x.text) {
      EXPECT_EQ(*back->text, *x.text);
    } else {
      EXPECT_EQ(back->text.error(), x.text.error());
    }
  }
  for (const auto* bytes :
       {"", "{}", "[]", R"({"in":1,"out":1,"estimated":false})",
        R"({"in":1,"out":1,"estimated":false,"code":0})",
        R"({"in":1,"out":1,"estimated":false,"code":9999})"})
    EXPECT_FALSE(completion_from(bytes)) << bytes;
}

} // namespace
} // namespace aura::net
