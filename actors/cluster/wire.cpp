#include "actors/cluster/wire.hpp"

#include "kernels/base/hash.hpp"
#include "kernels/base/json.hpp"

#include <caf/config.hpp>

namespace aura::cluster {

namespace {

using nlohmann::json;

// Raised whenever the meaning of a message changes.
constexpr auto protocol = 1;

std::string pack(const json& x) {
  auto result = std::string{};
  json::to_msgpack(x, result);
  return result;
}

fault broken(const char* what) {
  return {errc::invalid_reply, std::string{"a peer sent a broken "} + what};
}

// Not more than a peer may send, and an array of `size` values.
expected<json> unpack(std::string_view bytes, std::size_t size,
                      const char* what) {
  if (bytes.size() > largest_message)
    return fault{errc::resource_limit, std::string{"a peer sent a "} + what
                                         + " of " + std::to_string(bytes.size())
                                         + " bytes"};
  auto result = json::from_msgpack(bytes.begin(), bytes.end(), true, false);
  if (!result.is_array() || result.size() != size)
    return broken(what);
  return result;
}

json write_headers(const net::headers& xs) {
  auto result = json::array();
  for (const auto& x : xs) {
    result.push_back(json::binary({x.name.begin(), x.name.end()}));
    result.push_back(json::binary({x.value.begin(), x.value.end()}));
  }
  return result;
}

json write_text(const std::string& x) {
  return json::binary({x.begin(), x.end()});
}

// Texts travel as binary: what servers say need not be UTF-8.
bool read_text(const json& x, std::string& out) {
  if (!x.is_binary())
    return false;
  const auto& bytes = x.get_binary();
  out.assign(bytes.begin(), bytes.end());
  return true;
}

bool read_headers(const json& x, net::headers& out) {
  if (!x.is_array() || x.size() % 2 != 0 || x.size() > 400)
    return false;
  for (std::size_t i = 0; i < x.size(); i += 2) {
    auto next = net::header{};
    if (!read_text(x[i], next.name) || !read_text(x[i + 1], next.value)
        || (next.name + next.value).find_first_of("\r\n") != std::string::npos)
      return false;
    out.push_back(std::move(next));
  }
  return true;
}

bool read_count(const json& x, std::uint64_t limit, std::uint64_t& out) {
  if (!x.is_number_unsigned() || x.get<std::uint64_t>() > limit)
    return false;
  out = x.get<std::uint64_t>();
  return true;
}

} // namespace

std::string identity() {
  auto hash = sha256{};
  hash.update("aura " AURA_VERSION " protocol " + std::to_string(protocol)
              + " caf " + std::to_string(CAF_VERSION)
              + " sources " AURA_CLUSTER_SOURCES);
  return hash.finish().substr(0, 16);
}

std::string to_bytes(const setup& x) {
  return pack(json::array({write_text(x.base_url), write_text(x.key_variable),
                           x.first_byte_timeout, x.request_timeout}));
}

expected<setup> setup_from(std::string_view bytes) {
  const auto x = unpack(bytes, 4, "setup");
  if (!x)
    return x.error();
  auto result = setup{};
  if (!read_text((*x)[0], result.base_url)
      || !read_text((*x)[1], result.key_variable) || !(*x)[2].is_number()
      || !(*x)[3].is_number())
    return broken("setup");
  result.first_byte_timeout = (*x)[2].get<double>();
  result.request_timeout = (*x)[3].get<double>();
  if (!(result.first_byte_timeout > 0.0 && result.first_byte_timeout < 1e5)
      || !(result.request_timeout > 0.0 && result.request_timeout < 1e5))
    return broken("setup");
  return result;
}

std::string to_bytes(const net::http_request& x) {
  return pack(json::array({write_text(x.method), write_text(x.target),
                           write_headers(x.headers), write_text(x.body)}));
}

expected<net::http_request> request_from(std::string_view bytes) {
  const auto x = unpack(bytes, 4, "request");
  if (!x)
    return x.error();
  auto result = net::http_request{};
  if (!read_text((*x)[0], result.method) || !read_text((*x)[1], result.target)
      || !read_headers((*x)[2], result.headers)
      || !read_text((*x)[3], result.body))
    return broken("request");
  // A worker says nothing but what a language model is asked.
  if (result.method != "POST" || result.target != "/chat/completions")
    return broken("request");
  return result;
}

std::string to_bytes(const net::exchange& x) {
  return pack(json::array({static_cast<unsigned>(x.kind), write_text(x.message),
                           x.reply.status, write_headers(x.reply.headers),
                           write_text(x.reply.body)}));
}

expected<net::exchange> exchange_from(std::string_view bytes) {
  const auto x = unpack(bytes, 5, "answer");
  if (!x)
    return x.error();
  auto result = net::exchange{};
  auto kind = std::uint64_t{0};
  auto code = std::uint64_t{0};
  if (!read_count((*x)[0], static_cast<std::uint64_t>(net::trouble::cancelled),
                  kind)
      || !read_text((*x)[1], result.message) || !read_count((*x)[2], 999, code)
      || !read_headers((*x)[3], result.reply.headers)
      || !read_text((*x)[4], result.reply.body))
    return broken("answer");
  result.kind = static_cast<net::trouble>(kind);
  result.reply.status = static_cast<unsigned>(code);
  return result;
}

} // namespace aura::cluster
