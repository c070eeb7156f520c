#include "actors/net/endpoint.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace aura::net {

namespace {

struct authority_parts {
  std::string host;
  std::optional<std::uint16_t> port;
};

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_'
         || c == ':';
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  auto port = 0;
  const auto* last = text.data() + text.size();
  const auto [end, problem] = std::from_chars(text.data(), last, port);
  if (problem != std::errc{} || end != last || port < 1 || port > 65535)
    return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

std::optional<authority_parts> parse_authority(std::string_view text) {
  auto result = authority_parts{};
  auto rest = std::string_view{};
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos)
      return std::nullopt;
    result.host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
    if (!is_address(result.host))
      return std::nullopt;
  } else {
    const auto colon = text.find(':');
    result.host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? "" : text.substr(colon);
  }
  if (result.host.empty()
      || !std::all_of(result.host.begin(), result.host.end(),
                      is_host_character))
    return std::nullopt;
  if (rest.empty())
    return result;
  if (!rest.starts_with(':'))
    return std::nullopt;
  result.port = parse_port(rest.substr(1));
  if (!result.port)
    return std::nullopt;
  return result;
}

std::string lower(std::string_view text) {
  auto result = std::string{text};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return text;
}

/// Whether an entry of NO_PROXY (`host`, `.domain`, `domain`, `host:port`, `*`)
/// covers `to`.
bool excludes(std::string_view entry, const endpoint& to) {
  entry = trim(entry);
  if (entry == "*")
    return true;
  const auto colon = entry.rfind(':');
  if (colon != std::string_view::npos && entry.find(':') == colon) {
    if (parse_port(entry.substr(colon + 1)) != to.port)
      return false;
    entry = entry.substr(0, colon);
  }
  if (entry.starts_with('.'))
    entry.remove_prefix(1);
  if (entry.empty())
    return false;
  const auto host = lower(to.host);
  const auto domain = lower(entry);
  return host == domain || host.ends_with("." + domain);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

std::string unescape(std::string_view text) {
  auto result = std::string{};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0
        && hex_digit(text[i + 2]) >= 0) {
      result += static_cast<char>(hex_digit(text[i + 1]) * 16
                                  + hex_digit(text[i + 2]));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

fault bad_url(std::string_view url, const char* what) {
  return {errc::invalid_option,
          std::string{what} + ": '" + std::string{url} + "'"};
}

} // namespace

std::string endpoint::authority() const {
  auto result = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (secure ? 443 : 80))
    result += ":" + std::to_string(port);
  return result;
}

expected<endpoint> parse_endpoint(std::string_view url) {
  // The user info may be a password, so it must not reach a message.
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos)
    return bad_url(url, "expected https://host[:port][/path]");
  auto rest = url.substr(scheme_end + 3);
  auto authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos)
    return fault{errc::invalid_option,
                 "a base URL must not hold a user or a password"};
  const auto scheme = lower(url.substr(0, scheme_end));
  if (scheme != "https" && scheme != "http")
    return bad_url(url, "expected the scheme https");
  if (url.find_first_of("?#") != std::string_view::npos)
    return bad_url(url, "a base URL must not hold a query or a fragment");
  if (std::any_of(url.begin(), url.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == 127;
      }))
    return bad_url(url, "a base URL must not hold spaces");
  const auto parts = parse_authority(authority);
  if (!parts)
    return bad_url(url, "expected host[:port]");
  auto result = endpoint{};
  result.secure = scheme == "https";
  result.host = parts->host;
  result.port = parts->port.value_or(result.secure ? std::uint16_t{443} : 80);
  result.path = rest.substr(authority.size());
  while (result.path.ends_with('/'))
    result.path.pop_back();
  if (!result.secure && !is_loopback(result.host))
    return bad_url(url, "http would send the key in the clear, so only this "
                        "machine may be asked without TLS");
  return result;
}

bool is_loopback(std::string_view host) {
  const auto name = std::string{host};
  auto v4 = in_addr{};
  if (inet_pton(AF_INET, name.c_str(), &v4) == 1)
    return (ntohl(v4.s_addr) >> 24) == 127;
  auto v6 = in6_addr{};
  if (inet_pton(AF_INET6, name.c_str(), &v6) == 1)
    return IN6_IS_ADDR_LOOPBACK(&v6);
  const auto x = lower(host);
  return x == "localhost" || x.ends_with(".localhost");
}

bool names_this_machine(std::string_view authority) {
  const auto host = authority.starts_with('[')
                      ? authority.substr(0, authority.find(']') + 1)
                      : authority.substr(0, authority.find(':'));
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

bool is_address(std::string_view host) {
  const auto name = std::string{host};
  auto buffer = in6_addr{};
  return inet_pton(AF_INET, name.c_str(), &buffer) == 1
         || inet_pton(AF_INET6, name.c_str(), &buffer) == 1;
}

environment process_environment() {
  return [](const char* name) {
    const auto* value = std::getenv(name);
    return std::string{value ? value : ""};
  };
}

expected<std::optional<proxy>> choose_proxy(const endpoint& to,
                                            const environment& variable) {
  const auto either = [&](const char* first, const char* second) {
    auto value = variable(first);
    return value.empty() ? variable(second) : value;
  };
  const auto setting = either("https_proxy", "HTTPS_PROXY");
  if (setting.empty() || !to.secure || is_loopback(to.host))
    return std::optional<proxy>{};
  const auto exceptions = either("no_proxy", "NO_PROXY");
  for (auto rest = std::string_view{exceptions}; !rest.empty();) {
    const auto comma = std::min(rest.find(','), rest.size());
    if (excludes(rest.substr(0, comma), to))
      return std::optional<proxy>{};
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  const auto problem = fault{
    errc::invalid_option,
    "HTTPS_PROXY is not of the form http://[user:password@]host[:port]"};
  auto url = std::string_view{setting};
  const auto scheme_end = url.find("://");
  if (scheme_end != std::string_view::npos) {
    if (lower(url.substr(0, scheme_end)) != "http")
      return problem;
    url.remove_prefix(scheme_end + 3);
  }
  if (const auto slash = url.find('/'); slash != std::string_view::npos) {
    if (slash + 1 != url.size())
      return problem;
    url.remove_suffix(1);
  }
  auto result = proxy{};
  if (const auto at = url.rfind('@'); at != std::string_view::npos) {
    result.authorization = "Basic " + base64(unescape(url.substr(0, at)));
    url.remove_prefix(at + 1);
  }
  const auto parts = parse_authority(url);
  if (!parts)
    return problem;
  result.host = parts->host;
  result.port = parts->port.value_or(result.port);
  return std::optional{result};
}

std::string base64(std::string_view bytes) {
  static constexpr char alphabet[]
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  auto result = std::string{};
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto left = std::min<std::size_t>(3, bytes.size() - i);
    auto group = 0U;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8
              | (j < left ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      result += j <= left ? alphabet[group >> (18 - 6 * j) & 63] : '=';
  }
  return result;
}

} // namespace aura::net
