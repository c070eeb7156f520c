#include "actors/net/message.hpp"

#include <algorithm>
#include <iterator>

namespace aura::net {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view x, std::string_view y) {
  return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

constexpr const char* names[] = {
  "none",      "resolve",   "resolve_temporary", "connect",
  "proxy",     "tls",       "tls_verification",  "reset",
  "truncated", "stalled",   "deadline",          "too_large",
  "malformed", "cancelled",
};

static_assert(std::size(names) == static_cast<int>(trouble::cancelled) + 1);

} // namespace

std::optional<std::string_view> find(const headers& xs, std::string_view name) {
  for (const auto& x : xs)
    if (same_name(x.name, name))
      return x.value;
  return std::nullopt;
}

const char* to_string(trouble x) {
  return names[static_cast<std::size_t>(x)];
}

} // namespace aura::net
