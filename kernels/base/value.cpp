#include "kernels/base/value.hpp"

#include "kernels/base/expected.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace aura {

std::string to_text(double x) {
  if (std::isnan(x))
    return "nan";
  if (std::isinf(x))
    return x < 0 ? "-inf" : "inf";
  std::array<char, 32> buffer;
  const auto fixed = std::abs(x) < 1e15 && (x == 0 || std::abs(x) >= 1e-5);
  const auto end
    = fixed ? std::to_chars(buffer.data(), buffer.data() + buffer.size(), x,
                            std::chars_format::fixed)
            : std::to_chars(buffer.data(), buffer.data() + buffer.size(), x);
  auto text = std::string{buffer.data(), end.ptr};
  if (text.find_first_of(".e") == std::string::npos)
    text += ".0";
  return text;
}

std::string to_display(const datum& x) {
  if (const auto* i = std::get_if<std::int64_t>(&x))
    return std::to_string(*i);
  if (const auto* d = std::get_if<double>(&x))
    return to_text(*d);
  if (const auto* s = std::get_if<std::string>(&x))
    return *s;
  return "NULL";
}

std::string to_literal(const datum& x) {
  const auto* s = std::get_if<std::string>(&x);
  if (!s)
    return to_display(x);
  auto text = std::string{"'"};
  for (auto c : *s) {
    text += c;
    if (c == '\'')
      text += c;
  }
  return text + "'";
}

const char* to_string(errc code) {
  static constexpr std::array names
    = {"none",           "invalid_option",   "missing_file",
       "io_error",       "disk_full",        "damaged_file",
       "unknown_stage",  "invalid_graph",    "invalid_schema",
       "syntax_error",   "resolve_error",    "sql_error",
       "resource_limit", "timeout",          "denied",
       "unknown_token",  "too_long",         "shape_mismatch",
       "invalid_model",  "duplicate",        "degenerate",
       "unfaithful",     "invalid_reply",    "refusal",
       "network",        "tls_verification", "http_status",
       "authentication", "budget_exhausted", "cancelled",
       "accounting",     "unsupported",      "internal"};
  static_assert(names.size() == static_cast<std::size_t>(errc::internal) + 1);
  return names[static_cast<std::size_t>(code)];
}

} // namespace aura
