#include "actors/net/batch_job.hpp"

#include <gtest/gtest.h>

namespace aura::net {
namespace {

using namespace std::chrono_literals;
using step = batch_job::step;

http_reply reply(std::string body) {
  return {200, {}, std::move(body)};
}

http_reply batch(const std::string& status, const std::string& more = "") {
  return reply(R"({"id":"batch_1","input_file_id":"file-1","status":")" + status
               + "\"" + more + "}");
}

batch_job uploaded() {
  auto x = batch_job::begin(batch_line("k", R"({"model":"m"})"));
  EXPECT_TRUE(x.accept(reply(R"({"id":"file-1"})")));
  return x;
}

TEST(BatchJob, GoesFromStepToStep) {
  auto x = batch_job::begin(batch_line("k", R"({"model":"m"})"));
  EXPECT_EQ(x.next(), step::upload);
  const auto upload = x.request();
  EXPECT_EQ(upload.method, "POST");
  EXPECT_EQ(upload.target, "/files");
  EXPECT_NE(
    upload.body.find(
      R"({"custom_id":"k","method":"POST","url":"/v1/chat/completions",)"
      R"("body":{"model":"m"}})"),
    std::string::npos);
  ASSERT_TRUE(x.accept(reply(R"({"id":"file-1"})")));
  EXPECT_EQ(x.next(), step::create);
  EXPECT_EQ(x.request().target, "/batches");
  EXPECT_NE(x.request().body.find(R"("input_file_id":"file-1")"),
            std::string::npos);
  ASSERT_TRUE(x.accept(batch("validating")));
  EXPECT_EQ(x.next(), step::poll);
  EXPECT_FALSE(x.waits()) << "the first look is free";
  EXPECT_EQ(x.request().method, "GET");
  EXPECT_EQ(x.request().target, "/batches/batch_1");
  ASSERT_TRUE(x.accept(batch("in_progress")));
  EXPECT_TRUE(x.waits());
  ASSERT_TRUE(x.accept(batch(
    "completed", R"(,"output_file_id":"file-2","error_file_id":"file-3")")));
  EXPECT_EQ(x.next(), step::fetch_results);
  EXPECT_EQ(x.request().target, "/files/file-2/content");
  ASSERT_TRUE(x.accept(reply(
    R"({"custom_id":"k","response":{"status_code":200,"body":{"a":1}}})")));
  EXPECT_EQ(x.request().target, "/files/file-3/content");
  ASSERT_TRUE(x.accept(
    reply("\n{\"custom_id\":\"l\",\"response\":null,\"error\":{\"code\":"
          "\"batch_expired\",\"message\":\"too late\"}}\nnonsense\n")));
  EXPECT_EQ(x.next(), step::done);
  const auto results = x.results();
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].key, "k");
  ASSERT_TRUE(results[0].reply);
  EXPECT_EQ(results[0].reply->body, R"({"a":1})");
  EXPECT_EQ(results[1].key, "l");
  EXPECT_FALSE(results[1].reply);
  EXPECT_EQ(results[1].error_code, "batch_expired");
}

TEST(BatchJob, LooksForItsBatchBeforeItCreatesAnother) {
  auto x = uploaded();
  x.retry(); // the reply was lost
  EXPECT_EQ(x.next(), step::find);
  EXPECT_EQ(x.request().target, "/batches?limit=100");
  ASSERT_TRUE(x.accept(reply(
    R"({"data":[{"id":"batch_9","input_file_id":"file-9","status":"failed"}],)"
    R"("has_more":true})")));
  EXPECT_EQ(x.request().target, "/batches?limit=100&after=batch_9");
  ASSERT_TRUE(
    x.accept(reply(R"({"data":[{"id":"batch_1","input_file_id":"file-1",)"
                   R"("status":"in_progress"}],"has_more":false})")));
  EXPECT_EQ(x.next(), step::poll);
  EXPECT_EQ(x.info().id, "batch_1");
}

TEST(BatchJob, CreatesItWhenThereIsNone) {
  auto x = batch_job::resume("file-1", "");
  EXPECT_EQ(x.next(), step::find);
  ASSERT_TRUE(x.accept(reply(R"({"data":[],"has_more":false})")));
  EXPECT_EQ(x.next(), step::create);
}

TEST(BatchJob, GoesOnWithABatchThatIsKnown) {
  auto x = batch_job::resume("file-1", "batch_1");
  EXPECT_EQ(x.next(), step::poll);
  EXPECT_FALSE(x.waits());
}

TEST(BatchJob, FetchesWhatAnExpiredBatchHasBrought) {
  for (const auto* status : {"expired", "cancelled"}) {
    auto x = batch_job::resume("file-1", "batch_1");
    ASSERT_TRUE(x.accept(batch(status, R"(,"output_file_id":"file-2")")));
    EXPECT_EQ(x.next(), step::fetch_results) << status;
  }
  auto x = batch_job::resume("file-1", "batch_1");
  ASSERT_TRUE(x.accept(batch("expired")));
  EXPECT_EQ(x.next(), step::done) << "there is nothing to fetch";
}

TEST(BatchJob, TellsWhyABatchFailed) {
  auto x = uploaded();
  ASSERT_TRUE(x.accept(batch("validating")));
  ASSERT_TRUE(x.accept(batch(
    "failed",
    R"(,"errors":{"data":[{"code":"invalid_file","message":"line 1"}]})")));
  EXPECT_EQ(x.next(), step::done);
  EXPECT_EQ(x.info().error_code, "invalid_file");
  EXPECT_EQ(x.info().message, "line 1");
}

TEST(BatchJob, PollsMoreAndMoreRarely) {
  auto x = batch_job::resume("file-1", "batch_1");
  const milliseconds expected[]
    = {1000ms, 1500ms, 2250ms, 3375ms, 4000ms, 4000ms};
  for (const auto wait : expected) {
    ASSERT_TRUE(x.accept(batch("in_progress")));
    EXPECT_EQ(x.patience(1s, 4s), wait);
  }
}

TEST(BatchJob, DoesNotBelieveWhatMeansNothing) {
  auto x = batch_job::begin("{}\n");
  for (const auto* body :
       {"", "[]", "{}", R"({"id":7})", R"({"id":""})",
        R"({"id":"../../etc/passwd"})", R"({"id":"file-1?x=y"})"})
    EXPECT_FALSE(x.accept(reply(body))) << body;
  EXPECT_EQ(x.next(), step::upload);
  auto y = batch_job::resume("file-1", "batch_1");
  for (const auto* body :
       {"{}", R"({"id":"batch_1"})",
        R"({"id":"b/1","status":"completed","output_file_id":"file-2"})",
        R"({"id":"b","status":"completed","output_file_id":"a b"})"})
    EXPECT_FALSE(y.accept(reply(body))) << body;
  EXPECT_EQ(y.next(), step::poll);
}

} // namespace
} // namespace aura::net
