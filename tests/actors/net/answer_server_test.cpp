#include "actors/net/answer_server.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace aura::net {
namespace {

/// A connection of a client.
class line {
public:
  explicit line(std::uint16_t port)
    : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
    auto at = sockaddr_in{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(
      ::connect(socket_, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
  }
  line(const line&) = delete;
  line& operator=(const line&) = delete;
  // A socket is no value.
  ~line() {
    hang_up();
  }

  void say(const std::string& x) {
    EXPECT_EQ(::send(socket_, x.data(), x.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(x.size()));
  }

  /// Until `end` has come, or the other side hangs up.
  std::string hear(const std::string& end = {}) {
    auto result = std::string{};
    auto part = std::array<char, 4096>{};
    while (end.empty() || result.find(end) == std::string::npos) {
      const auto n = ::read(socket_, part.data(), part.size());
      if (n <= 0)
        break;
      result.append(part.data(), static_cast<std::size_t>(n));
    }
    return result;
  }

  void hang_up() {
    if (socket_ >= 0)
      ::close(std::exchange(socket_, -1));
  }

private:
  int socket_;
};

/// A door that a worker stands before until it is opened.
class door {
public:
  void wait() {
    auto lock = std::unique_lock{mutex_};
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }

  void open() {
    const auto guard = std::lock_guard{mutex_};
    open_ = true;
    changed_.notify_all();
  }

  void until_waiting() {
    auto lock = std::unique_lock{mutex_};
    changed_.wait(lock, [this] { return waiting_ > 0; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

class AnswerServer : public ::testing::Test {
protected:
  void start(const answer_server_options& options = {}) {
    auto made = answer_server::start(
      options,
      [](const http_question& x) -> server_reply {
        return x.path == "/health"
                 ? server_reply{200, "application/json", "{}"}
                 : openai_error(404, "no page '" + x.path + "'");
      },
      [this](const http_question& x, http_answer& to) { answer(x, to); });
    ASSERT_TRUE(made) << made.error().message;
    server.emplace(std::move(*made));
  }

  void answer(const http_question& x, http_answer& to) {
    if (x.path == "/echo")
      return to.send({200, "text/plain", x.body});
    if (x.path == "/wait") {
      closed.wait();
      return to.send({200, "text/plain", "waited"});
    }
    if (x.path == "/stream") {
      to.begin("text/event-stream");
      to.write("one");
      to.write("");
      to.write("twenty characters ...");
      return to.end();
    }
    if (x.path == "/endless") {
      to.begin("text/plain");
      to.write("begun");
      while (to.wanted())
        std::this_thread::yield();
      ++unwanted;
      return to.end();
    }
    // Anything else is forgotten.
  }

  static std::string post(const std::string& path, const std::string& body,
                          const std::string& more = "Connection: close\r\n") {
    return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
           + std::to_string(body.size()) + "\r\n" + more + "\r\n" + body;
  }

  std::string ask(const std::string& request) {
    auto to = line{server->port()};
    to.say(request);
    return to.hear();
  }

  door closed;
  std::atomic<int> unwanted{0};
  std::optional<answer_server> server;
};

TEST_F(AnswerServer, AnswersOneAfterTheOther) {
  start();
  auto to = line{server->port()};
  to.say(post("/echo", "first", ""));
  EXPECT_TRUE(to.hear("first").starts_with("HTTP/1.1 200 OK\r\n"));
  to.say("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_NE(to.hear("{}").find("application/json"), std::string::npos);
  to.say(post("/echo", "second"));
  EXPECT_TRUE(to.hear().ends_with("\r\n\r\nsecond"));
}

TEST_F(AnswerServer, StreamsInChunks) {
  start();
  const auto reply = ask(post("/stream", ""));
  EXPECT_NE(reply.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_TRUE(reply.ends_with(
    "\r\n\r\n3\r\none\r\n15\r\ntwenty characters ...\r\n0\r\n\r\n"))
    << reply;
  const auto old = ask("POST /stream HTTP/1.0\r\nHost: localhost\r\n"
                       "Content-Length: 0\r\n\r\n");
  EXPECT_TRUE(old.ends_with("\r\n\r\nonetwenty characters ...")) << old;
}

TEST_F(AnswerServer, SendsAwayWhomItHasNoRoomFor) {
  auto options = answer_server_options{};
  options.queue = 1;
  start(options);
  auto working = line{server->port()};
  working.say(post("/wait", ""));
  closed.until_waiting();
  auto waiting = line{server->port()};
  waiting.say(post("/wait", ""));
  // The one that waits may still be on its way; then this one waits instead.
  auto third = line{server->port()};
  third.say(post("/wait", ""));
  auto fourth = line{server->port()};
  fourth.say("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
  fourth.hear("{}");
  const auto refused = ask(post("/wait", ""));
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 429 ")) << refused;
  EXPECT_NE(refused.find("\r\nRetry-After: 1\r\n"), std::string::npos);
  EXPECT_NE(refused.find(R"("code":"rate_limit_exceeded")"), std::string::npos);
  closed.open();
  EXPECT_TRUE(working.hear().ends_with("waited"));
}

TEST_F(AnswerServer, RefusesWhatIsTooLongOrNoQuestion) {
  auto options = answer_server_options{};
  options.most_bytes = 10;
  start(options);
  EXPECT_TRUE(ask(post("/echo", "0123456789")).ends_with("0123456789"));
  EXPECT_TRUE(ask(post("/echo", "0123456789a")).starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(ask("PUT /echo HTTP/1.1\r\nHost: localhost\r\n"
                  "Connection: close\r\nContent-Length: 0\r\n\r\n")
                .starts_with("HTTP/1.1 405 "));
  EXPECT_TRUE(ask("what?\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(ask("GET /none HTTP/1.1\r\nHost: localhost\r\n"
                  "Connection: close\r\n\r\n")
                .starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(ask("GET / HTTP/1.1\r\nHost: localhost\r\nX: "
                  + std::string(20'000, 'x') + "\r\n\r\n")
                .starts_with("HTTP/1.1 431 "));
}

TEST_F(AnswerServer, WhatWasForgottenIsAnswered) {
  start();
  EXPECT_TRUE(ask(post("/forgotten", "")).starts_with("HTTP/1.1 503 "));
}

TEST_F(AnswerServer, ListensToThisMachineAlone) {
  start();
  const auto with = [&](const std::string& host, const std::string& more) {
    return ask("POST /echo HTTP/1.1\r\nHost: " + host + "\r\n" + more
               + "Connection: close\r\nContent-Length: 0\r\n\r\n");
  };
  EXPECT_TRUE(with("127.0.0.1:80", "").starts_with("HTTP/1.1 200 "));
  for (const auto* host : {"evil.example", "localhost.evil.example", ""})
    EXPECT_TRUE(with(host, "").starts_with("HTTP/1.1 403 ")) << host;
  EXPECT_TRUE(with("localhost", "Origin: http://evil.example\r\n")
                .starts_with("HTTP/1.1 403 "));
  EXPECT_TRUE(with("localhost:7", "Origin: http://localhost:7\r\n")
                .starts_with("HTTP/1.1 200 "));
}

TEST_F(AnswerServer, OthersNeedAKey) {
  auto options = answer_server_options{};
  options.address = "0.0.0.0";
  const auto made = answer_server::start(options, {}, {});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error(),
            (fault{errc::invalid_option,
                   "others could ask at 0.0.0.0 without a key; set one, or "
                   "listen on 127.0.0.1"}));
  options.key = "secret";
  start(options);
  const auto with = [&](const std::string& more) {
    return ask("POST /echo HTTP/1.1\r\nHost: a.example\r\n" + more
               + "Connection: close\r\nContent-Length: 0\r\n\r\n");
  };
  EXPECT_TRUE(with("").starts_with("HTTP/1.1 401 "));
  EXPECT_TRUE(
    with("Authorization: Bearer secres\r\n").starts_with("HTTP/1.1 401 "));
  EXPECT_TRUE(
    with("Authorization: Bearer secret\r\n").starts_with("HTTP/1.1 200 "));
}

TEST_F(AnswerServer, NoticesThatNobodyWaitsAnyMore) {
  start();
  {
    auto to = line{server->port()};
    to.say(post("/endless", ""));
    to.hear("begun");
  }
  while (unwanted == 0)
    std::this_thread::yield();
}

TEST_F(AnswerServer, TimeRunsOut) {
  auto options = answer_server_options{};
  options.work = std::chrono::milliseconds{1};
  start(options);
  EXPECT_TRUE(ask(post("/endless", "")).ends_with("\r\n0\r\n\r\n"));
  EXPECT_EQ(unwanted, 1);
}

TEST_F(AnswerServer, FinishesWhatIsUnderWayWhenItStops) {
  start();
  auto working = line{server->port()};
  working.say(post("/wait", "", ""));
  closed.until_waiting();
  auto idle = line{server->port()};
  idle.say("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
  idle.hear("{}");
  auto waiting = line{server->port()};
  waiting.say(post("/wait", "", ""));
  auto stopping = std::thread{[this] { server.reset(); }};
  EXPECT_EQ(idle.hear(), "");
  closed.open();
  EXPECT_TRUE(working.hear().ends_with("waited"));
  waiting.hear();
  stopping.join();
}

} // namespace
} // namespace aura::net
