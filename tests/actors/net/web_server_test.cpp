#include "actors/net/web_server.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace aura::net {
namespace {

/// What the server writes back until it hangs up.
std::string talk(std::uint16_t port, const std::string& request) {
  const auto socket = ::socket(AF_INET, SOCK_STREAM, 0);
  auto at = sockaddr_in{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(
    ::connect(socket, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
  EXPECT_EQ(::send(socket, request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(request.size()));
  auto result = std::string{};
  auto part = std::array<char, 4096>{};
  for (auto n = ::read(socket, part.data(), part.size()); n > 0;
       n = ::read(socket, part.data(), part.size()))
    result.append(part.data(), static_cast<std::size_t>(n));
  ::close(socket);
  return result;
}

class WebServer : public ::testing::Test {
protected:
  std::string get(const std::string& line, const std::string& host) {
    return talk(server.port(), line + " HTTP/1.1\r\nHost: " + host
                                 + "\r\nConnection: close\r\n\r\n");
  }

  web_server server
    = *web_server::start(0, [](const std::string& path) -> expected<web_page> {
        if (path == "/page")
          return web_page{"text/html", "<p>content</p>"};
        return fault{errc::missing_file, "no page '" + path + "'"};
      });
};

TEST_F(WebServer, ShowsPages) {
  const auto reply = get("GET /page?x=1", "localhost:1");
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 OK\r\n")) << reply;
  EXPECT_NE(reply.find("Content-Type: text/html\r\n"), std::string::npos);
  EXPECT_TRUE(reply.ends_with("\r\n\r\n<p>content</p>"));
  const auto head = get("HEAD /page", "127.0.0.1");
  EXPECT_NE(head.find("Content-Length: 14\r\n"), std::string::npos);
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
}

TEST_F(WebServer, ServesSeveralRequestsOnOneConnection) {
  const auto reply
    = talk(server.port(), "GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n"
                          "GET /none HTTP/1.1\r\nHost: localhost\r\n"
                          "Connection: close\r\n\r\n");
  EXPECT_NE(reply.find("<p>content</p>HTTP/1.1 404 Not Found"),
            std::string::npos)
    << reply;
}

// A page of the web may have its name lead here, but then it asks for that.
TEST_F(WebServer, AnswersOnlyThoseWhoMeanThisMachine) {
  for (const auto* host :
       {"evil.example", "evil.example:80", "localhost.evil.example", ""})
    EXPECT_TRUE(get("GET /page", host).starts_with("HTTP/1.1 403 ")) << host;
  EXPECT_TRUE(get("GET /page", "[::1]:80").starts_with("HTTP/1.1 200 "));
}

TEST_F(WebServer, ChangesNothing) {
  for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS"})
    EXPECT_TRUE(get(std::string{method} + " /page", "localhost")
                  .starts_with("HTTP/1.1 405 "))
      << method;
}

TEST_F(WebServer, SurvivesNonsense) {
  talk(server.port(), "\r\n\r\nhello\r\n\r\n");
  talk(server.port(), "GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x'));
  EXPECT_TRUE(get("GET /page", "localhost").starts_with("HTTP/1.1 200 "));
}

TEST_F(WebServer, SaysThatAPortIsTaken) {
  const auto second = web_server::start(
    server.port(),
    [](const std::string&) -> expected<web_page> { return web_page{}; });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, errc::network);
}

} // namespace
} // namespace aura::net
