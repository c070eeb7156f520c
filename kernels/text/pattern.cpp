#include "kernels/text/pattern.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>

namespace aura::text {

namespace {

// Unicode's White_Space. PCRE2's own `\s` knows U+180E, too, which ceased to be
// one with Unicode 6.3.
constexpr auto spaces
  = std::string_view{R"(\x09-\x0d\x20\x85\xa0\x{1680}\x{2000}-\x{200a}\x{2028})"
                     R"(\x{2029}\x{202f}\x{205f}\x{3000})"};

std::string with_unicode_spaces(std::string_view expression) {
  auto result = std::string{};
  auto in_class = false;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const auto c = expression[i];
    if (c != '\\' || i + 1 == expression.size()) {
      in_class = in_class ? c != ']' : c == '[';
      result += c;
      continue;
    }
    const auto next = expression[++i];
    if (next == 's' && in_class)
      result += spaces;
    else if (next == 's' || (next == 'S' && !in_class))
      result.append(next == 's' ? "[" : "[^").append(spaces).append("]");
    else
      result.append({c, next});
  }
  return result;
}

struct match_memory {
  pcre2_match_data* data;
  pcre2_match_context* context = pcre2_match_context_create(nullptr);
  pcre2_jit_stack* stack = pcre2_jit_stack_create(32 << 10, 8 << 20, nullptr);

  explicit match_memory(const pcre2_code* code)
    : data{pcre2_match_data_create_from_pattern(code, nullptr)} {
    pcre2_jit_stack_assign(context, nullptr, stack);
  }

  match_memory(const match_memory&) = delete;
  match_memory& operator=(const match_memory&) = delete;

  ~match_memory() {
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    pcre2_jit_stack_free(stack);
  }
};

std::string message_of(int code) {
  auto text = std::array<unsigned char, 200>{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

} // namespace

pattern::pattern(std::shared_ptr<const void> code) : code_{std::move(code)} {
}

expected<pattern> pattern::compile(std::string_view expression) {
  const auto text = with_unicode_spaces(expression);
  auto reason = 0;
  auto at = PCRE2_SIZE{0};
  auto* code
    = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                    PCRE2_UTF | PCRE2_UCP, &reason, &at, nullptr);
  if (!code)
    return fault{errc::invalid_option, "regular expression at byte "
                                         + std::to_string(at) + ": "
                                         + message_of(reason)};
  // Without a just-in-time compiler it is slower, not wrong.
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
  return pattern{std::shared_ptr<const void>{
    static_cast<const void*>(code), [](const void* x) {
      pcre2_code_free(static_cast<pcre2_code*>(const_cast<void*>(x)));
    }}};
}

status pattern::find_all(std::string_view text,
                         std::vector<extent>& out) const {
  const auto* code = static_cast<const pcre2_code*>(code_.get());
  auto memory = match_memory{code};
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  auto flags = std::uint32_t{PCRE2_NO_UTF_CHECK};
  for (std::size_t at = 0; at < text.size();) {
    const auto found = pcre2_match(code, subject, text.size(), at, flags,
                                   memory.data, memory.context);
    if (found == PCRE2_ERROR_NOMATCH && flags == PCRE2_NO_UTF_CHECK)
      break;
    if (found < 0)
      return fault{errc::resource_limit,
                   "regular expression: " + message_of(found)};
    const auto* where = pcre2_get_ovector_pointer(memory.data);
    if (where[1] == where[0]) {
      at = where[1] + 1; // past one character
      while (at < text.size() && (text[at] & 0xc0) == 0x80)
        ++at;
      continue;
    }
    out.push_back({where[0], where[1]});
    at = where[1];
  }
  return ok;
}

} // namespace aura::text
