#include "actors/net/endpoint.hpp"

#include <gtest/gtest.h>

#include <map>

namespace aura::net {
namespace {

TEST(Endpoint, ReadsBaseUrls) {
  struct {
    const char* url;
    endpoint expected;
    const char* authority;
  } const rows[] = {
    {"https://api.openai.com/v1",
     {true, "api.openai.com", 443, "/v1"},
     "api.openai.com"},
    {"HTTPS://h", {true, "h", 443, ""}, "h"},
    {"https://h:8443/a/b//", {true, "h", 8443, "/a/b"}, "h:8443"},
    {"https://[::1]:9/v1", {true, "::1", 9, "/v1"}, "[::1]:9"},
    {"https://10.0.0.1", {true, "10.0.0.1", 443, ""}, "10.0.0.1"},
    {"http://localhost:8080/v1",
     {false, "localhost", 8080, "/v1"},
     "localhost:8080"},
    {"http://127.1.2.3", {false, "127.1.2.3", 80, ""}, "127.1.2.3"},
    {"http://[::1]/", {false, "::1", 80, ""}, "[::1]"},
  };
  for (const auto& x : rows) {
    const auto read = parse_endpoint(x.url);
    ASSERT_TRUE(read) << x.url << ": " << read.error().message;
    EXPECT_EQ(*read, x.expected) << x.url;
    EXPECT_EQ(read->authority(), x.authority);
  }
}

TEST(Endpoint, RefusesWhatIsNoBaseUrl) {
  struct {
    const char* url;
    const char* message;
  } const rows[] = {
    {"", "expected https://host[:port][/path]: ''"},
    {"api.openai.com/v1",
     "expected https://host[:port][/path]: 'api.openai.com/v1'"},
    {"ftp://h", "expected the scheme https: 'ftp://h'"},
    {"https://", "expected host[:port]: 'https://'"},
    {"https://:443", "expected host[:port]: 'https://:443'"},
    {"https://h:0", "expected host[:port]: 'https://h:0'"},
    {"https://h:65536", "expected host[:port]: 'https://h:65536'"},
    {"https://h:1x", "expected host[:port]: 'https://h:1x'"},
    {"https://[::1", "expected host[:port]: 'https://[::1'"},
    {"https://[h]", "expected host[:port]: 'https://[h]'"},
    {"https://h/v1?key=1",
     "a base URL must not hold a query or a fragment: 'https://h/v1?key=1'"},
    {"https://h/a b", "a base URL must not hold spaces: 'https://h/a b'"},
    {"https://me:secret@h/v1", "a base URL must not hold a user or a password"},
    {"http://example.com/v1",
     "http would send the key in the clear, so only this machine may be asked "
     "without TLS: 'http://example.com/v1'"},
    {"http://127.0.0.1.example.com",
     "http would send the key in the clear, so only this machine may be asked "
     "without TLS: 'http://127.0.0.1.example.com'"},
  };
  for (const auto& x : rows) {
    const auto read = parse_endpoint(x.url);
    ASSERT_FALSE(read) << x.url;
    EXPECT_EQ(read.error(), (fault{errc::invalid_option, x.message}));
  }
}

environment of(std::map<std::string, std::string> variables) {
  return [=](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? "" : found->second;
  };
}

const auto server = endpoint{true, "api.example.com", 443, "/v1"};

TEST(Proxy, IsThatOfTheEnvironment) {
  auto x = choose_proxy(server, of({{"HTTPS_PROXY", "http://p:3129"}}));
  ASSERT_TRUE(x && *x);
  EXPECT_EQ((*x)->host, "p");
  EXPECT_EQ((*x)->port, 3129);
  EXPECT_EQ((*x)->authorization, "");
  x = choose_proxy(
    server, of({{"HTTPS_PROXY", "http://p:1"}, {"https_proxy", "q:2/"}}));
  ASSERT_TRUE(x && *x);
  EXPECT_EQ((*x)->host, "q");
  EXPECT_EQ((*x)->port, 2);
}

TEST(Proxy, GetsItsUserAndPassword) {
  const auto x
    = choose_proxy(server, of({{"HTTPS_PROXY", "http://me:p%40ss@p:3128"}}));
  ASSERT_TRUE(x && *x);
  EXPECT_EQ((*x)->host, "p");
  EXPECT_EQ((*x)->authorization, "Basic bWU6cEBzcw==");
}

TEST(Proxy, IsNotAskedForExceptions) {
  struct {
    const char* exceptions;
    bool used;
  } const rows[] = {
    {"", true},
    {"*", false},
    {"api.example.com", false},
    {"API.example.COM", false},
    {"other.com, example.com", false},
    {".example.com", false},
    {"api.example.com:443", false},
    {"api.example.com:444", true},
    {"ple.com", true},
    {"example.co", true},
    {",,", true},
  };
  for (const auto& x : rows) {
    const auto chosen = choose_proxy(
      server, of({{"HTTPS_PROXY", "http://p"}, {"NO_PROXY", x.exceptions}}));
    ASSERT_TRUE(chosen);
    EXPECT_EQ(chosen->has_value(), x.used) << x.exceptions;
  }
}

TEST(Proxy, IsNeverAskedForThisMachine) {
  for (const auto* host : {"localhost", "127.0.0.1", "::1"}) {
    const auto x
      = choose_proxy({true, host, 443, ""}, of({{"HTTPS_PROXY", "http://p"}}));
    ASSERT_TRUE(x);
    EXPECT_FALSE(x->has_value()) << host;
  }
}

TEST(Proxy, MustBeOneAndItsPasswordStaysSecret) {
  for (const auto* setting : {"https://p", "socks5://p:1", "http://me:secret@",
                              "http://me:secret@p:x", "http://p/path"}) {
    const auto x = choose_proxy(server, of({{"HTTPS_PROXY", setting}}));
    ASSERT_FALSE(x) << setting;
    EXPECT_EQ(x.error(), (fault{errc::invalid_option,
                                "HTTPS_PROXY is not of the form "
                                "http://[user:password@]host[:port]"}));
  }
}

TEST(Base64, PadsAsRfc4648Says) {
  // RFC 4648, section 10.
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xff\xfe"), "//4=");
}

} // namespace
} // namespace aura::net
