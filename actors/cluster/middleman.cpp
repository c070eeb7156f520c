#include "actors/cluster/middleman.hpp"

#include "actors/net/endpoint.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/all.hpp>

#include <charconv>
#include <fstream>

namespace aura::cluster {

namespace {

// A frozen peer is noticed after two seconds.
constexpr auto heartbeat = caf::timespan{500'000'000};
constexpr auto silence = caf::timespan{2'000'000'000};

bool is_readable(const std::string& file) {
  return std::ifstream{file}.good();
}

class configuration : public caf::actor_system_config {
public:
  explicit configuration(const certificates& papers) {
    load<caf::io::middleman>();
    set("scheduler.max-threads", 1);
    set("middleman.heartbeat-interval", heartbeat);
    set("middleman.connection-timeout", silence);
    set("logger.console", caf::atom("NONE"));
    if (papers.empty())
      return;
    load<caf::openssl::manager>();
    openssl_certificate = papers.certificate;
    openssl_key = papers.key;
    openssl_cafile = papers.authority;
  }
};

} // namespace

expected<address> parse_address(const std::string& text) {
  const auto colon = text.rfind(':');
  auto host
    = colon == std::string::npos ? std::string{} : text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  const auto digits
    = colon == std::string::npos ? std::string{} : text.substr(colon + 1);
  auto port = std::uint16_t{0};
  const auto read
    = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (host.empty() || digits.empty() || read.ec != std::errc{}
      || read.ptr != digits.data() + digits.size())
    return fault{errc::invalid_option,
                 "'" + text + "' is no address such as 127.0.0.1:7400"};
  return address{std::move(host), port};
}

status check(const address& where, const certificates& papers) {
  if (papers.empty()) {
    if (net::is_loopback(where.host))
      return ok;
    return fault{errc::invalid_option,
                 "workers reach '" + where.host
                   + "' from other machines: that needs a certificate, its key "
                     "and the authority that signed those of the workers"};
  }
  if (papers.certificate.empty() || papers.key.empty()
      || papers.authority.empty())
    return fault{
      errc::invalid_option,
      "TLS needs a certificate, its key and an authority, all three"};
  for (const auto& file : {papers.certificate, papers.key, papers.authority})
    if (!is_readable(file))
      return fault{errc::missing_file, "cannot read '" + file + "'"};
  return ok;
}

struct remote_system::state {
  explicit state(const certificates& papers)
    : config{papers}, secure{!papers.empty()}, system{config} {
  }

  configuration config;
  bool secure;
  caf::actor_system system;
};

remote_system::remote_system(const certificates& papers)
  : state_{std::make_unique<state>(papers)} {
}

remote_system::~remote_system() = default;

caf::actor_system& remote_system::system() {
  return state_->system;
}

expected<std::uint16_t> remote_system::publish(const caf::actor& who,
                                               const address& where) {
  const auto* host = where.host.c_str();
  auto port
    = state_->secure
        ? caf::openssl::publish(who, where.port, host, true)
        : state_->system.middleman().publish(who, where.port, host, true);
  if (port)
    return *port;
  return fault{errc::network, "cannot listen on " + where.host + ":"
                                + std::to_string(where.port) + ": "
                                + state_->system.render(port.error())};
}

expected<caf::actor> remote_system::connect(const address& where) {
  auto found
    = state_->secure
        ? caf::openssl::remote_actor<caf::actor>(state_->system, where.host,
                                                 where.port)
        : state_->system.middleman().remote_actor(where.host, where.port);
  if (found)
    return *found;
  return fault{errc::network, "cannot reach " + where.host + ":"
                                + std::to_string(where.port) + ": "
                                + state_->system.render(found.error())};
}

} // namespace aura::cluster
