#include "actors/net/https_client.hpp"

#include "tests/actors/net/loopback.hpp"
#include "tests/actors/net/tunnel.hpp"

#include <atomic>
#include <future>

namespace aura::net {
namespace {

using namespace std::chrono_literals;

class HttpsClient : public loopback {};

TEST_F(HttpsClient, ReadsAReplyOverVerifiedTls) {
  serve("");
  const auto x = ask();
  ASSERT_EQ(x.kind, trouble::none) << x.message;
  EXPECT_EQ(x.reply.status, 200u);
  EXPECT_EQ(find(x.reply.headers, "content-type"), "application/json");
  EXPECT_NE(x.reply.body.find("chat.completion"), std::string::npos);
  EXPECT_EQ(server->stats().completions, 1u);
}

TEST_F(HttpsClient, AcceptsAnAddressThatTheCertificateNames) {
  serve("");
  client_options.server.host = "127.0.0.1";
  EXPECT_EQ(ask().kind, trouble::none);
}

TEST_F(HttpsClient, RefusesACertificateForAnotherHost) {
  serve("", {"elsewhere.example"});
  const auto x = ask();
  EXPECT_EQ(x.kind, trouble::tls_verification);
  EXPECT_EQ(x.message,
            "the certificate of localhost:" + std::to_string(server->port())
              + " was refused: hostname mismatch");
  EXPECT_EQ(server->stats().requests, 0u);
}

TEST_F(HttpsClient, RefusesACertificateForAnotherAddress) {
  serve("", {"localhost"});
  client_options.server.host = "127.0.0.1";
  EXPECT_EQ(ask().kind, trouble::tls_verification);
}

TEST_F(HttpsClient, RefusesAnAuthorityThatNobodyTrusts) {
  serve("");
  const auto stranger = issue_identity({"localhost"});
  ASSERT_TRUE(stranger);
  std::ofstream{ca_file} << stranger->authority;
  const auto x = ask();
  EXPECT_EQ(x.kind, trouble::tls_verification);
  EXPECT_EQ(server->stats().requests, 0u);
}

TEST_F(HttpsClient, RefusesAnExpiredCertificate) {
  serve("", {"localhost"}, -1);
  const auto x = ask();
  EXPECT_EQ(x.kind, trouble::tls_verification);
  EXPECT_NE(x.message.find("expired"), std::string::npos) << x.message;
}

TEST_F(HttpsClient, FailsToStartWithoutTheFileOfAuthorities) {
  client_options.ca_file = folder + "/absent.pem";
  const auto x = https_client::start(client_options);
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error(),
            (fault{errc::missing_file, "no file of certificate authorities '"
                                         + client_options.ca_file + "'"}));
}

TEST_F(HttpsClient, FailsToStartWithAFileOfSomethingElse) {
  std::ofstream{ca_file} << "not a certificate";
  client_options.ca_file = ca_file;
  const auto x = https_client::start(client_options);
  ASSERT_FALSE(x);
  EXPECT_EQ(x.error().code, errc::invalid_option);
}

TEST_F(HttpsClient, KeepsTheConnectionForTheNextRequest) {
  serve("");
  EXPECT_FALSE(ask().reused);
  EXPECT_TRUE(ask().reused);
  EXPECT_TRUE(ask().reused);
  EXPECT_EQ(server->stats().connections, 1u);
}

TEST_F(HttpsClient, OpensANewConnectionAfterTheCapOnUses) {
  serve("");
  client_options.pool.uses = 2;
  for (auto i = 0; i < 4; ++i)
    EXPECT_EQ(ask().kind, trouble::none);
  EXPECT_EQ(server->stats().connections, 2u);
}

TEST_F(HttpsClient, GoesOnWithTheTlsSessionOfTheFirstConnection) {
  serve("");
  client_options.pool.uses = 1;
  for (auto i = 0; i < 4; ++i)
    EXPECT_EQ(ask().kind, trouble::none);
  EXPECT_EQ(server->stats().connections, 4u);
  EXPECT_EQ(server->stats().resumed, 3u);
}

TEST_F(HttpsClient, SurvivesAServerThatDropsIdleConnections) {
  serve("drop,drop,drop");
  for (auto i = 0; i < 4; ++i) {
    const auto x = ask(std::to_string(i));
    EXPECT_EQ(x.kind, trouble::none) << x.message;
    EXPECT_EQ(x.reply.status, 200u);
  }
  EXPECT_EQ(server->stats().connections, 4u);
  EXPECT_EQ(server->stats().distinct, 4u);
}

TEST_F(HttpsClient, HandsOutRefusalsAsRepliesWithTheirHeaders) {
  serve("429:20,500,302");
  const auto x = ask();
  ASSERT_EQ(x.kind, trouble::none);
  EXPECT_EQ(x.reply.status, 429u);
  EXPECT_EQ(retry_after(x.reply.headers, {}), 20ms);
  EXPECT_EQ(ask().reply.status, 500u);
  EXPECT_EQ(ask().reply.status, 302u);
  EXPECT_EQ(ask().reply.status, 200u);
  EXPECT_EQ(server->stats().connections, 1u);
}

struct case_of_trouble {
  const char* faults;
  trouble kind;
  const char* message;
};

void PrintTo(const case_of_trouble& x, std::ostream* out) {
  *out << x.faults;
}

class HttpsClientTrouble
  : public loopback,
    public ::testing::WithParamInterface<case_of_trouble> {};

TEST_P(HttpsClientTrouble, IsNamedAndCostsOneConnection) {
  serve(GetParam().faults);
  // Only the deadline under test is short, so that a slow machine hits no
  // other.
  const auto faults = std::string_view{GetParam().faults};
  if (faults == "hang")
    client_options.timeouts.first_byte = 50ms;
  if (faults == "stall")
    client_options.timeouts.stall = 50ms;
  client_options.largest_body = 64 << 10;
  const auto x = ask();
  EXPECT_EQ(x.kind, GetParam().kind) << x.message;
  EXPECT_EQ(x.message, GetParam().message);
  EXPECT_EQ(x.reply.status, 0u);
  if (GetParam().kind == trouble::stalled)
    return;
  // The next request works, on a connection of its own.
  EXPECT_EQ(ask().kind, trouble::none);
  EXPECT_EQ(server->stats().connections, 2u);
}

INSTANTIATE_TEST_SUITE_P(
  Cases, HttpsClientTrouble,
  ::testing::Values(
    case_of_trouble{"hang", trouble::stalled,
                    "the first byte of the reply took longer than 50 ms"},
    case_of_trouble{"stall", trouble::stalled,
                    "the next byte of the reply took longer than 50 ms"},
    case_of_trouble{"truncate", trouble::truncated,
                    "the connection ended inside the reply"},
    case_of_trouble{"reset", trouble::reset,
                    "the connection ended before the reply"},
    case_of_trouble{"oversize:65", trouble::too_large,
                    "the reply is over the limit: body limit exceeded"},
    case_of_trouble{"two-lengths", trouble::malformed,
                    "not a reply of HTTP: bad Transfer-Encoding"},
    case_of_trouble{"encoded", trouble::malformed,
                    "an encoding that was not asked for: gzip"}));

TEST_F(HttpsClient, AcceptsABodyOfExactlyTheLimit) {
  serve("oversize:64");
  client_options.largest_body = 64 << 10;
  const auto x = ask();
  EXPECT_EQ(x.kind, trouble::none) << x.message;
  EXPECT_EQ(x.reply.body.size(), 64u << 10);
}

TEST_F(HttpsClient, ReadsABodyThatArrivesInPieces) {
  serve("slow:1");
  const auto x = ask();
  EXPECT_EQ(x.kind, trouble::none) << x.message;
  EXPECT_NE(x.reply.body.find("chat.completion"), std::string::npos);
}

TEST_F(HttpsClient, EndsARequestAtTheDeadlineOfTheWhole) {
  serve("hang");
  client_options.timeouts.request = 50ms;
  const auto x = ask();
  EXPECT_EQ(x.kind, trouble::deadline);
  EXPECT_EQ(x.message, "the request took too long");
}

TEST_F(HttpsClient, GivesUpWaitingForAConnection) {
  serve("hang");
  client_options.pool.connections = 1;
  client_options.timeouts.pool = 50ms;
  client().send({"POST", "/chat/completions", {}, "{}"}, [](exchange) {});
  const auto x = ask();
  EXPECT_EQ(x.kind, trouble::stalled);
  EXPECT_EQ(x.message, "waited too long for a connection");
}

TEST_F(HttpsClient, SaysThatNobodyListens) {
  serve("");
  server.reset();
  const auto x = ask();
  EXPECT_EQ(x.kind, trouble::connect);
  EXPECT_NE(x.message.find("Connection refused"), std::string::npos)
    << x.message;
}

TEST_F(HttpsClient, SaysThatANameDoesNotExist) {
  serve("");
  client_options.server.host = "nowhere.invalid"; // by RFC 2606
  client_options.timeouts.resolve = 2s;
  const auto x = ask();
  // Without any name server it is a passing trouble, or a long one.
  EXPECT_TRUE(x.kind == trouble::resolve || x.kind == trouble::resolve_temporary
              || x.kind == trouble::stalled)
    << to_string(x.kind);
  EXPECT_NE(x.message.find("look"), std::string::npos) << x.message;
  EXPECT_EQ(server->stats().connections, 0u);
}

TEST_F(HttpsClient, SaysThatTheServerSpeaksNoTls) {
  auto options = mock_llm_options{};
  auto plain = mock_llm::start(std::move(options));
  ASSERT_TRUE(plain);
  client_options.server = {true, "localhost", plain->port(), ""};
  const auto x = ask();
  EXPECT_TRUE(x.kind == trouble::tls || x.kind == trouble::connect)
    << to_string(x.kind);
}

TEST_F(HttpsClient, SpeaksPlainHttpToThisMachine) {
  auto plain = mock_llm::start({});
  ASSERT_TRUE(plain);
  client_options.server = {false, "127.0.0.1", plain->port(), "/v1"};
  EXPECT_EQ(ask().reply.status, 200u);
  EXPECT_TRUE(ask().reused);
}

TEST_F(HttpsClient, RefusesToWriteAHeaderOfTwoLines) {
  serve("");
  auto request = http_request{"POST", "/chat/completions", {}, "{}"};
  request.headers = {{"X-Trace", "1\r\nX-Other: 2"}};
  const auto x = send_and_wait(client(), request);
  EXPECT_EQ(x.kind, trouble::malformed);
  EXPECT_EQ(server->stats().requests, 0u);
}

TEST_F(HttpsClient, SharesFewConnectionsAmongManyRequests) {
  serve("");
  client_options.pool.connections = 3;
  auto results = std::vector<std::promise<exchange>>(50);
  for (auto& result : results)
    client().send({"POST", "/chat/completions", {}, R"({"messages":[]})"},
                  [&](exchange x) { result.set_value(std::move(x)); });
  for (auto& result : results) {
    const auto x = result.get_future().get();
    EXPECT_EQ(x.kind, trouble::none) << x.message;
  }
  EXPECT_LE(server->stats().connections, 3u);
  EXPECT_LE(server->stats().most_in_flight, 3u);
}

TEST_F(HttpsClient, GoesThroughTheTunnelOfAProxy) {
  serve("", {"llm.example"});
  const auto proxy
    = tunnel{server->port(), "HTTP/1.1 200 Connection established\r\n\r\n"};
  client_options.server.host = "llm.example";
  client_options.tunnel = {"127.0.0.1", proxy.port(), "Basic bWU6c2VjcmV0"};
  const auto x = ask();
  EXPECT_EQ(x.kind, trouble::none) << x.message;
  EXPECT_EQ(x.reply.status, 200u);
  EXPECT_TRUE(ask().reused);
  const auto target = "llm.example:" + std::to_string(server->port());
  EXPECT_EQ(proxy.requests(),
            (std::vector<std::string>{
              "CONNECT " + target + " HTTP/1.1\r\nHost: " + target
              + "\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n"}));
}

TEST_F(HttpsClient, VerifiesTheServerBehindAProxy) {
  serve("", {"elsewhere.example"});
  const auto proxy = tunnel{server->port(), "HTTP/1.1 200 OK\r\n\r\n"};
  client_options.server.host = "llm.example";
  client_options.tunnel = {"127.0.0.1", proxy.port(), ""};
  EXPECT_EQ(ask().kind, trouble::tls_verification);
}

TEST_F(HttpsClient, SaysWhyTheProxyOpensNoTunnel) {
  serve("", {"llm.example"});
  const auto proxy = tunnel{
    server->port(),
    "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 9\r\n\r\n"
    "who is it"};
  client_options.server.host = "llm.example";
  client_options.tunnel = {"127.0.0.1", proxy.port(), "Basic bWU6c2VjcmV0"};
  const auto x = ask();
  EXPECT_EQ(x.kind, trouble::proxy);
  EXPECT_EQ(x.reply.status, 407u);
  EXPECT_EQ(x.message, "the proxy answered with status 407");
  EXPECT_EQ(server->stats().connections, 0u);
}

TEST_F(HttpsClient, RefusesAProxyThatTalksTooMuch) {
  serve("", {"llm.example"});
  const auto proxy
    = tunnel{server->port(), "HTTP/1.1 200 OK\r\n\r\nand by the way"};
  client_options.server.host = "llm.example";
  client_options.tunnel = {"127.0.0.1", proxy.port(), ""};
  const auto x = ask();
  EXPECT_EQ(x.kind, trouble::proxy);
  EXPECT_EQ(x.message, "the proxy sent more than it was asked for");
}

TEST_F(HttpsClient, DropsOpenRequestsWhenItGoes) {
  serve("hang%100");
  auto called = std::make_shared<std::atomic<int>>(0);
  for (auto i = 0; i < 5; ++i)
    client().send({"POST", "/chat/completions", {}, "{}"},
                  [called](exchange) { ++*called; });
  SUCCEED(); // the destructor must neither hang nor crash
}

} // namespace
} // namespace aura::net
