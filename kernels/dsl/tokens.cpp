#include "kernels/dsl/tokens.hpp"

#include "kernels/base/utf8.hpp"
#include "kernels/dsl/foreign_calls.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aura::dsl {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Every byte beyond ASCII is a letter, so that names in any script work.
constexpr auto letter_bytes = [] {
  auto result = std::array<bool, 256>{};
  for (auto c = 0u; c < 256; ++c)
    result[c] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
                || c >= 0x80;
  return result;
}();

bool is_letter(char c) {
  return letter_bytes[static_cast<unsigned char>(c)];
}

/// How many letters and digits `text` begins with.
std::size_t word_length(std::string_view text) {
  auto n = std::size_t{0};
  while (n < text.size() && (is_letter(text[n]) || is_digit(text[n])))
    ++n;
  return n;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'
         || c == '\v';
}

struct symbol {
  std::string_view text;
  token_kind kind;
};

// Longer ones before those that they begin with; frequent ones first.
constexpr auto symbols = std::to_array<symbol>({
  {",", token_kind::comma},         {"|>", token_kind::pipe},
  {".", token_kind::dot},           {"(", token_kind::left_paren},
  {")", token_kind::right_paren},   {"===", token_kind::foreign},
  {"||", token_kind::concat},       {"??", token_kind::coalesce},
  {"==", token_kind::equal},        {"!=", token_kind::not_equal},
  {"<=", token_kind::less_equal},   {">=", token_kind::greater_equal},
  {"//", token_kind::double_slash}, {"<>", token_kind::foreign},
  {"&&", token_kind::foreign},      {"=~", token_kind::foreign},
  {"!~", token_kind::foreign},      {"::", token_kind::foreign},
  {";", token_kind::semicolon},     {"+", token_kind::plus},
  {"-", token_kind::minus},         {"*", token_kind::star},
  {"/", token_kind::slash},         {"%", token_kind::percent},
  {"<", token_kind::less},          {">", token_kind::greater},
  {"=", token_kind::assign},        {"|", token_kind::foreign},
  {"&", token_kind::foreign},       {"!", token_kind::foreign},
  {"~", token_kind::foreign},       {"^", token_kind::foreign},
  {"?", token_kind::foreign},       {"[", token_kind::foreign},
  {"]", token_kind::foreign},       {"{", token_kind::foreign},
  {"}", token_kind::foreign},       {":", token_kind::foreign},
});

class lexer {
public:
  explicit lexer(std::string_view source) : source_{source} {
    out_.tokens.reserve(source.size() / 4 + 2);
  }

  token_list run() {
    check_encoding();
    while (at_ < source_.size())
      step();
    emit(token_kind::end, source_.size(), source_.size());
    return std::move(out_);
  }

private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }

  void step() {
    const auto c = source_[at_];
    if (is_letter(c))
      word();
    else if (is_space(c))
      ++at_;
    else if (is_digit(c))
      number();
    else if (c == '\'')
      quoted('\'', token_kind::text);
    else if (c == '"')
      quoted('"', token_kind::double_text);
    else if (c == '`')
      quoted('`', token_kind::quoted_name);
    else if (c == '-' && peek(1) == '-')
      line_comment();
    else if (c == '/' && peek(1) == '*')
      block_comment();
    else if (c == '$' && is_letter(peek(1)))
      parameter();
    else if (c == '@' && is_digit(peek(1)))
      foreign_date();
    else
      punctuation();
  }

  void word() {
    const auto start = at_;
    at_ += word_length(source_.substr(at_));
    emit(token_kind::word, start, at_);
  }

  void parameter() {
    const auto start = at_++;
    while (is_letter(peek()) || is_digit(peek()))
      ++at_;
    emit(token_kind::parameter, start, at_);
  }

  void digits() {
    while (is_digit(peek()))
      ++at_;
  }

  void number() {
    const auto start = at_;
    auto kind = token_kind::integer;
    digits();
    if (peek() == '.' && is_digit(peek(1))) {
      kind = token_kind::real;
      ++at_;
      digits();
    }
    const auto sign = peek(1) == '+' || peek(1) == '-' ? 2u : 1u;
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(sign))) {
      kind = token_kind::real;
      at_ += sign;
      digits();
    }
    if (!is_letter(peek())) {
      emit(kind, start, at_);
      return;
    }
    const auto letters = at_;
    while (is_letter(peek()) || is_digit(peek()))
      ++at_;
    const auto text = source_.substr(start, at_ - start);
    auto& d
      = complain("AUR-E0106", start, at_,
                 "a number runs into letters: `" + std::string{text} + "`");
    if (kind == token_kind::integer
        && text.find_first_not_of("0123456789_") == std::string_view::npos) {
      d.fixes.push_back({{place(start), place(at_)}, plain_digits(text), 0.95});
    } else if (const auto u = foreign::abbreviated_unit(
                 source_.substr(letters, at_ - letters));
               u && kind == token_kind::integer) {
      auto spelled = ' ' + std::string{to_string(*u)};
      if (source_.substr(start, letters - start) != "1")
        spelled += 'S';
      d.fixes.push_back({{place(letters), place(at_)}, spelled, 0.9});
    } else {
      d.fixes.push_back({{place(letters), place(letters)}, " ", 0.5});
    }
    emit(kind, start, at_, true);
  }

  static std::string plain_digits(std::string_view x) {
    auto result = std::string{};
    for (auto c : x)
      if (c != '_')
        result += c;
    return result;
  }

  // @2024-01-31 of PRQL. Stands as a number that has been complained about.
  void foreign_date() {
    const auto start = at_++;
    while (is_digit(peek()) || is_letter(peek()) || peek() == '-'
           || peek() == ':')
      ++at_;
    const auto text = std::string{source_.substr(start + 1, at_ - start - 1)};
    complain("AUR-E0104", start, at_, "a date is written DATE '2024-01-31'")
      .fixes.push_back(
        {{place(start), place(at_)},
         (text.size() > 10 ? "TIMESTAMP '" : "DATE '") + text + "'",
         0.95});
    emit(token_kind::integer, start, at_, true);
  }

  void quoted(char quote, token_kind kind) {
    const auto start = at_++;
    while (at_ < source_.size()) {
      if (source_[at_] != quote) {
        ++at_;
        continue;
      }
      if (peek(1) != quote) {
        ++at_;
        if (kind == token_kind::quoted_name && at_ - start == 2) {
          complain("AUR-E0104", start, at_, "a name has no letters: ``");
          emit(kind, start, at_, true);
          return;
        }
        emit(kind, start, at_);
        return;
      }
      at_ += 2;
    }
    // Up to the end of the line or operator, so that the rest can be read.
    at_ = std::min(
      {source_.find('\n', start), source_.find("|>", start), source_.size()});
    while (at_ > start + 1 && is_space(source_[at_ - 1]))
      --at_;
    auto& d
      = kind == token_kind::quoted_name
          ? complain("AUR-E0103", start, start + 1,
                     "a name in backticks is not closed")
          : complain("AUR-E0101", start, start + 1, "a text is not closed");
    d.fixes.push_back({{place(at_), place(at_)}, std::string(1, quote), 0.5});
    emit(kind, start, at_, true);
  }

  void line_comment() {
    const auto start = at_;
    while (at_ < source_.size() && source_[at_] != '\n')
      ++at_;
    auto end = at_;
    while (end > start && is_space(source_[end - 1]))
      --end;
    keep_comment(start, end);
  }

  void block_comment() {
    const auto start = at_;
    const auto end = source_.find("*/", at_ + 2);
    if (end == std::string_view::npos) {
      at_ = source_.size();
      complain("AUR-E0102", start, start + 2, "a comment is not closed")
        .fixes.push_back({{place(at_), place(at_)}, " */", 0.5});
      return;
    }
    at_ = end + 2;
    keep_comment(start, at_);
  }

  void keep_comment(std::size_t start, std::size_t end) {
    out_.comments.push_back({std::string{source_.substr(start, end - start)},
                             {place(start), place(end)}});
  }

  void punctuation() {
    const auto rest = source_.substr(at_);
    for (const auto& x : symbols) {
      if (x.text.front() != rest.front() || !rest.starts_with(x.text))
        continue;
      emit(x.kind, at_, at_ + x.text.size());
      at_ += x.text.size();
      return;
    }
    static constexpr auto hex = std::string_view{"0123456789abcdef"};
    const auto c = static_cast<unsigned char>(source_[at_]);
    const auto shown = c > 0x20 && c < 0x7f
                         ? std::string{"`"} + source_[at_] + "`"
                         : std::string{"byte 0x"} + hex[c >> 4] + hex[c & 15u];
    const auto start = at_++;
    while (at_ < source_.size() && source_[at_] == source_[start])
      ++at_;
    complain("AUR-E0104", start, at_, "nothing begins with " + shown);
  }

  // One diagnostic for each stretch of bytes that is not UTF-8.
  void check_encoding() {
    for (std::size_t i = 0; i < source_.size();) {
      if (static_cast<unsigned char>(source_[i]) < 0x80) {
        ++i;
        continue;
      }
      auto n = character_length(source_.substr(i));
      if (n > 0) {
        i += n;
        continue;
      }
      const auto start = i;
      while (i < source_.size() && character_length(source_.substr(i)) == 0)
        ++i;
      complain("AUR-E0105", start, i, "these bytes are not UTF-8");
    }
  }

  static std::uint32_t place(std::size_t x) {
    return static_cast<std::uint32_t>(x);
  }

  void emit(token_kind kind, std::size_t start, std::size_t end,
            bool faulty = false) {
    out_.tokens.push_back({kind, {place(start), place(end)}, faulty});
  }

  diagnostic& complain(const char* code, std::size_t start, std::size_t end,
                       std::string message) {
    if (out_.diagnostics.size() >= 100) {
      scrap_ = {};
      return scrap_;
    }
    auto& d = out_.diagnostics.emplace_back();
    d.code = code;
    d.where = {place(start), place(end)};
    d.message = std::move(message);
    return d;
  }

  std::string_view source_;
  std::size_t at_ = 0;
  token_list out_;
  diagnostic scrap_; // what is said beyond the hundredth
};

} // namespace

token_list tokenize(std::string_view source) {
  return lexer{source}.run();
}

} // namespace aura::dsl
