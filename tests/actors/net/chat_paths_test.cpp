// The fast ways of writing and reading chats, against the slow ones.

#include "actors/net/chat_ordinary.hpp"
#include "actors/net/chat_writer.hpp"
#include "actors/net/json_text.hpp"
#include "kernels/base/json.hpp"
#include "kernels/base/random.hpp"

#include <gtest/gtest.h>

namespace aura::net {
namespace {

using nlohmann::json;

std::string in_quotes(std::string_view text) {
  auto result = std::string{};
  append_quoted(result, text);
  return result;
}

std::string slowly_quoted(const std::string& text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Mostly words, with what needs care strewn in.
std::string random_text(random_stream& random) {
  static const auto pieces = std::vector<std::string>{"\"",
                                                      "\\",
                                                      "\n",
                                                      "\t",
                                                      "\b",
                                                      "\f",
                                                      "\r",
                                                      std::string{0},
                                                      "\x01",
                                                      "\x1f",
                                                      "\x7f",
                                                      "\xc3\xa4",
                                                      "\xe2\x82\xac",
                                                      "\xf0\x9f\x98\x80",
                                                      "\xff",
                                                      "\xc3",
                                                      "\xed\xa0\x80",
                                                      "\xc0\xaf",
                                                      "\xf4\x90\x80\x80",
                                                      "\x80"};
  // Half of the texts are sound UTF-8, since one bad byte decides.
  const auto most = random.below(2) == 0 ? std::size_t{14} : pieces.size();
  auto result = std::string{};
  for (auto i = random.below(20); i > 0; --i)
    if (random.below(3) == 0)
      result += pieces[random.below(most)];
    else
      result += std::string(random.below(12),
                            static_cast<char>('a' + random.below(26)));
  return result;
}

TEST(JsonText, IsQuotedAsTheLibraryDoes) {
  auto random = random_stream{1, "json", 1};
  for (auto round = 0; round < 5000; ++round) {
    const auto text = random_text(random);
    ASSERT_EQ(in_quotes(text), slowly_quoted(text));
  }
  for (auto byte = 0; byte < 256; ++byte)
    for (const auto* around : {"", "1234567", "12345678901234567"}) {
      const auto text = around + std::string(1, static_cast<char>(byte));
      EXPECT_EQ(in_quotes(text), slowly_quoted(text)) << byte;
    }
}

TEST(ChatWriter, WritesWhatTheSlowWayWrites) {
  auto random = random_stream{1, "json", 2};
  for (const auto* extra : {"", R"({"top_k": 3, "a": null})",
                            R"({"messages": []})", R"({"messages": null})",
                            R"({"zz": "aura:8c1f6d:the messages go here"})"})
    for (const auto server : {dialect::openai, dialect::llama_cpp}) {
      auto settings = chat_settings{};
      settings.model = "m \"1\"";
      settings.dialect = server;
      settings.extra_body = extra;
      auto writer = chat_writer{settings};
      for (auto round = 0; round < 200; ++round) {
        auto request = chat_request{};
        for (auto i = random.below(4); i > 0; --i)
          request.messages.push_back(
            {random.below(2) == 0 ? "user" : "assistant", random_text(random)});
        if (random.below(2) == 0)
          request.schema = random.below(2) == 0 ? R"({"type": "object"})"
                                                : R"({"type":"array"  })";
        if (random.below(8) == 0)
          request.schema = "[]";
        const auto slow = write_chat(settings, request);
        const auto fast = writer.write(request);
        ASSERT_EQ(static_cast<bool>(fast), static_cast<bool>(slow));
        if (slow) {
          ASSERT_EQ(*fast, *slow);
        } else {
          ASSERT_EQ(fast.error().message, slow.error().message);
        }
      }
    }
}

json ordinary() {
  return {{"id", "chatcmpl-1"},
          {"object", "chat.completion"},
          {"choices", json::array({{{"index", 0},
                                    {"message",
                                     {{"role", "assistant"},
                                      {"content", "a \"text\" \u20ac\n"},
                                      {"refusal", nullptr}}},
                                    {"finish_reason", "stop"}}})},
          {"usage", {{"prompt_tokens", 7}, {"completion_tokens", 3}}}};
}

TEST(OrdinaryChat, IsReadAsTheSlowWayDoes) {
  auto body = ordinary();
  const auto fast = read_ordinary(body.dump());
  // An empty detail is no error, and not ordinary.
  body["detail"] = nullptr;
  EXPECT_FALSE(read_ordinary(body.dump()));
  const auto slow = read_chat({200, {}, body.dump()}, 100);
  ASSERT_TRUE(fast);
  ASSERT_TRUE(slow.content);
  EXPECT_EQ(*fast->text, *slow.content->text);
  EXPECT_EQ(fast->usage, slow.content->usage);
}

// Whatever a reply is besides, the slow way shall judge it.
TEST(OrdinaryChat, IsNothingElse) {
  const auto changes = std::vector<std::pair<const char*, json>>{
    {"/error", {{"message", "no"}}},
    {"/error", "no"},
    {"/message", "no"},
    {"/detail", "no"},
    {"/object", "error"},
    {"/choices", json::array()},
    {"/choices", 1},
    {"/choices/0/error", {{"message", "no"}}},
    {"/choices/0/finish_reason", "length"},
    {"/choices/0/finish_reason", "content_filter"},
    {"/choices/0/finish_reason", nullptr},
    {"/choices/0/message/content", nullptr},
    {"/choices/0/message/content", json::array()},
    {"/choices/0/message/refusal", "no"},
    {"/usage", nullptr},
    {"/usage/prompt_tokens", -1},
    {"/usage/prompt_tokens", 1.5},
    {"/usage/cost", 0.25},
  };
  for (const auto& [where, what] : changes) {
    auto body = ordinary();
    body[json::json_pointer{where}] = what;
    EXPECT_FALSE(read_ordinary(body.dump())) << where << ' ' << what;
  }
  const auto whole = ordinary().dump();
  for (auto size = std::size_t{0}; size < whole.size(); ++size)
    EXPECT_FALSE(read_ordinary(whole.substr(0, size)));
  EXPECT_FALSE(read_ordinary(whole + "x"));
}

} // namespace
} // namespace aura::net
