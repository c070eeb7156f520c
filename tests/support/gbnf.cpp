#include "tests/support/gbnf.hpp"

#include <algorithm>

namespace aura::testing {

namespace {

constexpr auto endless = static_cast<std::size_t>(-1);
constexpr auto too_high = 1 << 20;

// The next character, and its bytes; a byte that is not UTF-8 is one.
std::uint32_t next_character(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const auto bytes = first < 0x80   ? 1u
                     : first < 0xe0 ? 2u
                     : first < 0xf0 ? 3u
                                    : 4u;
  const auto is_well_formed
    = bytes == 1
      || (first >= 0xc2 && first <= 0xf4 && at + bytes <= text.size());
  if (!is_well_formed) {
    ++at;
    return 0x110000u + first;
  }
  auto result = bytes == 1 ? std::uint32_t{first}
                           : std::uint32_t{first} & (0xffu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i)
    result = result << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3fu);
  at += bytes;
  return result;
}

void append(std::string& out, std::uint32_t c) {
  const auto byte = [&](std::uint32_t x) { out += static_cast<char>(x); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xc0 | c >> 6);
    byte(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    byte(0xe0 | c >> 12);
    byte(0x80 | (c >> 6 & 0x3f));
    byte(0x80 | (c & 0x3f));
  } else {
    byte(0xf0 | c >> 18);
    byte(0x80 | (c >> 12 & 0x3f));
    byte(0x80 | (c >> 6 & 0x3f));
    byte(0x80 | (c & 0x3f));
  }
}

} // namespace

// Recursive descent over the text of a grammar.
class gbnf::reader {
public:
  reader(std::string_view text, gbnf& out) : text_{text}, out_{out} {
  }

  bool run() {
    skip(true);
    while (at_ < text_.size()) {
      const auto name = word();
      skip(false);
      if (name.empty() || !text_.substr(at_).starts_with("::="))
        return fail("expected `name ::=`");
      at_ += 3;
      skip(true);
      const auto rule = number_of(name);
      if (defined_.size() <= rule)
        defined_.resize(rule + 1);
      if (defined_[rule])
        return fail("a rule is defined twice: " + name);
      defined_[rule] = true;
      auto body = choice(false);
      if (!trouble.empty())
        return false;
      out_.bodies_[rule] = std::move(body);
      if (at_ < text_.size() && text_[at_] != '\n')
        return fail("expected the end of the rule");
      skip(true);
    }
    defined_.resize(out_.names_.size());
    for (std::size_t i = 0; i < defined_.size(); ++i)
      if (!defined_[i])
        return fail("a rule is not defined: " + out_.names_[i]);
    return true;
  }

  std::string trouble;

private:
  bool fail(std::string why) {
    if (trouble.empty())
      trouble = std::move(why) + " at byte " + std::to_string(at_);
    return false;
  }

  // Blanks and comments; ends of lines where they mean nothing.
  void skip(bool lines) {
    while (at_ < text_.size()) {
      const auto c = text_[at_];
      if (c == '#')
        at_ = std::min(text_.find('\n', at_), text_.size());
      else if (c == ' ' || c == '\t' || (lines && (c == '\n' || c == '\r')))
        ++at_;
      else
        return;
    }
  }

  std::string word() {
    const auto start = at_;
    while (at_ < text_.size()
           && ((text_[at_] >= 'a' && text_[at_] <= 'z')
               || (text_[at_] >= 'A' && text_[at_] <= 'Z')
               || (text_[at_] >= '0' && text_[at_] <= '9')
               || text_[at_] == '-'))
      ++at_;
    return std::string{text_.substr(start, at_ - start)};
  }

  std::size_t number_of(const std::string& name) {
    const auto found = std::find(out_.names_.begin(), out_.names_.end(), name);
    if (found != out_.names_.end())
      return static_cast<std::size_t>(found - out_.names_.begin());
    out_.names_.push_back(name);
    out_.bodies_.emplace_back();
    return out_.names_.size() - 1;
  }

  node choice(bool nested) {
    auto result = node{};
    result.what = kind::choice;
    for (;;) {
      result.inner.push_back(sequence(nested));
      skip(nested);
      if (at_ >= text_.size() || text_[at_] != '|')
        return result;
      ++at_;
      skip(true);
    }
  }

  node sequence(bool nested) {
    auto result = node{};
    while (trouble.empty()) {
      skip(nested);
      if (at_ >= text_.size())
        return result;
      auto item = node{};
      const auto c = text_[at_];
      if (c == '"') {
        item = literal();
      } else if (c == '[') {
        item = characters();
      } else if (c == '(') {
        ++at_;
        item = choice(true);
        if (at_ >= text_.size() || text_[at_] != ')')
          fail("expected `)`");
        ++at_;
      } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        item.what = kind::rule;
        item.rule = number_of(word());
      } else {
        return result;
      }
      result.inner.push_back(repeated(std::move(item)));
    }
    return result;
  }

  node repeated(node item) {
    if (at_ >= text_.size())
      return item;
    auto result = node{};
    result.what = kind::repeat;
    switch (text_[at_]) {
    case '?':
      result.most = 1;
      break;
    case '*':
      result.most = endless;
      break;
    case '+':
      result.least = 1;
      result.most = endless;
      break;
    case '{': {
      ++at_;
      result.least = result.most = number();
      if (text_[at_] == ',') {
        ++at_;
        result.most = text_[at_] == '}' ? endless : number();
      }
      if (text_[at_] != '}')
        fail("expected `}`");
      break;
    }
    default:
      return item;
    }
    ++at_;
    result.inner.push_back(std::move(item));
    return result;
  }

  std::size_t number() {
    auto result = std::size_t{0};
    if (text_[at_] < '0' || text_[at_] > '9')
      fail("expected a number");
    while (text_[at_] >= '0' && text_[at_] <= '9')
      result = result * 10 + static_cast<std::size_t>(text_[at_++] - '0');
    return result;
  }

  // One character of a literal or class, with escapes.
  std::uint32_t character() {
    if (text_[at_] != '\\')
      return next_character(text_, at_);
    ++at_;
    const auto c = text_[at_++];
    const auto hex = [&](std::size_t n) {
      auto result = std::uint32_t{0};
      for (std::size_t i = 0; i < n; ++i, ++at_) {
        const auto d = text_[at_];
        const auto digit = d >= '0' && d <= '9'   ? d - '0'
                           : d >= 'a' && d <= 'f' ? d - 'a' + 10
                           : d >= 'A' && d <= 'F' ? d - 'A' + 10
                                                  : -1;
        if (digit < 0)
          fail("expected a hexadecimal digit");
        result = result << 4 | static_cast<std::uint32_t>(digit & 15);
      }
      return result;
    };
    switch (c) {
    case 'x':
      return hex(2);
    case 'u':
      return hex(4);
    case 'U':
      return hex(8);
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '"':
    case '\\':
    case '[':
    case ']':
      return static_cast<std::uint32_t>(c);
    default:
      fail("an unknown escape");
      return 0;
    }
  }

  node literal() {
    auto result = node{};
    ++at_;
    while (at_ < text_.size() && text_[at_] != '"' && trouble.empty()) {
      auto one = node{};
      one.what = kind::characters;
      const auto c = character();
      one.ranges = {{c, c}};
      result.inner.push_back(std::move(one));
    }
    if (at_ >= text_.size())
      fail("a literal is not closed");
    ++at_;
    return result;
  }

  node characters() {
    auto result = node{};
    result.what = kind::characters;
    ++at_;
    if (at_ < text_.size() && text_[at_] == '^') {
      result.is_negated = true;
      ++at_;
    }
    while (at_ < text_.size() && text_[at_] != ']' && trouble.empty()) {
      const auto low = character();
      auto high = low;
      if (at_ + 1 < text_.size() && text_[at_] == '-'
          && text_[at_ + 1] != ']') {
        ++at_;
        high = character();
      }
      if (high < low)
        fail("a range the wrong way round");
      result.ranges.emplace_back(low, high);
    }
    if (at_ >= text_.size())
      fail("a class is not closed");
    ++at_;
    return result;
  }

  std::string_view text_;
  gbnf& out_;
  std::size_t at_ = 0;
  std::vector<bool> defined_;
};

// Finds all places where what begins somewhere may end. Complete, since no
// rule begins with itself.
class gbnf::matcher {
public:
  matcher(const gbnf& grammar, std::string_view text) : grammar_{grammar} {
    for (std::size_t at = 0; at < text.size();)
      text_.push_back(next_character(text, at));
    known_.resize(grammar.names_.size());
  }

  bool run() {
    const auto& ends = rule(grammar_.root_, 0);
    return std::binary_search(ends.begin(), ends.end(), text_.size());
  }

private:
  using places = std::vector<std::size_t>; // in order

  const places& rule(std::size_t number, std::size_t at) {
    const auto found = known_[number].find(at);
    if (found != known_[number].end())
      return found->second;
    auto result = ends(grammar_.bodies_[number], at);
    return known_[number].emplace(at, std::move(result)).first->second;
  }

  static void merge(places& into, const places& more) {
    auto result = places{};
    std::set_union(into.begin(), into.end(), more.begin(), more.end(),
                   std::back_inserter(result));
    into = std::move(result);
  }

  // Whether `x` may begin here at all.
  bool begins(const node& x, std::size_t at) const {
    return x.is_empty
           || (at < text_.size()
               && x.starts[std::min<std::uint32_t>(text_[at], 128)]);
  }

  places ends(const node& x, std::size_t at) {
    if (!begins(x, at))
      return {};
    switch (x.what) {
    case kind::characters: {
      if (at >= text_.size())
        return {};
      const auto c = text_[at];
      const auto is_in
        = std::any_of(x.ranges.begin(), x.ranges.end(), [c](const auto& r) {
            return r.first <= c && c <= r.second;
          });
      return is_in != x.is_negated && c < 0x110000 ? places{at + 1} : places{};
    }
    case kind::rule:
      return rule(x.rule, at);
    case kind::sequence: {
      auto here = places{at};
      for (const auto& item : x.inner) {
        auto next = places{};
        for (auto p : here)
          merge(next, ends(item, p));
        here = std::move(next);
        if (here.empty())
          break;
      }
      return here;
    }
    case kind::choice: {
      auto result = places{};
      for (const auto& item : x.inner)
        merge(result, ends(item, at));
      return result;
    }
    case kind::repeat: {
      auto result = x.least == 0 ? places{at} : places{};
      auto here = places{at};
      for (std::size_t n = 1; n <= x.most && !here.empty(); ++n) {
        auto next = places{};
        for (auto p : here)
          merge(next, ends(x.inner.front(), p));
        // Only what is new goes on.
        auto fresh = places{};
        std::set_difference(next.begin(), next.end(), result.begin(),
                            result.end(), std::back_inserter(fresh));
        if (n >= x.least)
          merge(result, next);
        here = n >= x.least ? std::move(fresh) : std::move(next);
      }
      return result;
    }
    }
    return {};
  }

  const gbnf& grammar_;
  std::vector<std::uint32_t> text_;
  std::vector<std::map<std::size_t, places>> known_;
};

std::optional<gbnf> gbnf::read(std::string_view text, std::string& trouble) {
  auto result = gbnf{};
  auto r = reader{text, result};
  if (!r.run()) {
    trouble = r.trouble;
    return std::nullopt;
  }
  if (!result.check(trouble))
    return std::nullopt;
  return result;
}

bool gbnf::may_be_empty(const node& x, const std::vector<bool>& empty) const {
  const auto inner = [&](const node& y) { return may_be_empty(y, empty); };
  switch (x.what) {
  case kind::characters:
    return false;
  case kind::rule:
    return empty[x.rule];
  case kind::sequence:
    return std::all_of(x.inner.begin(), x.inner.end(), inner);
  case kind::choice:
    return std::any_of(x.inner.begin(), x.inner.end(), inner);
  case kind::repeat:
    return x.least == 0 || inner(x.inner.front());
  }
  return false;
}

// The rules that `x` may begin with.
void gbnf::firsts(const node& x, const std::vector<bool>& empty,
                  std::vector<bool>& out) const {
  if (x.what == kind::rule)
    out[x.rule] = true;
  for (const auto& y : x.inner) {
    firsts(y, empty, out);
    if (x.what == kind::sequence && !may_be_empty(y, empty))
      return;
  }
}

int gbnf::height_of(const node& x, const std::vector<int>& heights) const {
  switch (x.what) {
  case kind::characters:
    return 0;
  case kind::rule:
    return std::min(too_high, heights[x.rule] + 1);
  case kind::repeat:
    return x.least == 0 ? 0 : height_of(x.inner.front(), heights);
  default: {
    auto result = x.what == kind::choice ? too_high : 0;
    for (const auto& y : x.inner) {
      const auto h = height_of(y, heights);
      result
        = x.what == kind::choice ? std::min(result, h) : std::max(result, h);
    }
    return result;
  }
  }
}

bool gbnf::check(std::string& trouble) {
  const auto n = names_.size();
  const auto root = std::find(names_.begin(), names_.end(), "root");
  if (root == names_.end()) {
    trouble = "there is no root";
    return false;
  }
  root_ = static_cast<std::size_t>(root - names_.begin());
  auto empty = std::vector<bool>(n);
  heights_.assign(n, too_high);
  for (auto changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < n; ++i) {
      const auto e = may_be_empty(bodies_[i], empty);
      const auto h = height_of(bodies_[i], heights_);
      changed = changed || e != empty[i] || h != heights_[i];
      empty[i] = e;
      heights_[i] = h;
    }
  }
  for (auto changed = true; changed;) {
    changed = false;
    for (auto& body : bodies_) {
      const auto before = std::pair{body.starts, body.is_empty};
      note_starts(body);
      changed = changed || before != std::pair{body.starts, body.is_empty};
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    auto reached = std::vector<bool>(n);
    firsts(bodies_[i], empty, reached);
    for (auto changed = true; changed;) {
      const auto before = reached;
      for (std::size_t k = 0; k < n; ++k)
        if (before[k])
          firsts(bodies_[k], empty, reached);
      changed = reached != before;
    }
    if (reached[i]) {
      trouble = "left recursion in " + names_[i];
      return false;
    }
    if (heights_[i] >= too_high) {
      trouble = "nothing ends " + names_[i];
      return false;
    }
  }
  return true;
}

bool gbnf::accepts(std::string_view text) const {
  return matcher{*this, text}.run();
}

std::string gbnf::derive(random_stream& random, int depth) const {
  auto result = std::string{};
  derive(bodies_[root_], random, depth, result);
  return result;
}

// What `x` may begin with, from what is known of the rules so far.
void gbnf::note_starts(node& x) const {
  for (auto& y : x.inner)
    note_starts(y);
  x.starts.reset();
  switch (x.what) {
  case kind::characters:
    for (std::size_t c = 0; c < 129; ++c) {
      const auto is_in
        = std::any_of(x.ranges.begin(), x.ranges.end(), [c](const auto& r) {
            return c < 128 ? r.first <= c && c <= r.second : r.second >= 128;
          });
      x.starts[c] = is_in != x.is_negated || (c == 128 && x.is_negated);
    }
    return;
  case kind::rule:
    x.starts = bodies_[x.rule].starts;
    x.is_empty = bodies_[x.rule].is_empty;
    return;
  case kind::sequence:
    x.is_empty = true;
    for (const auto& y : x.inner) {
      if (x.is_empty)
        x.starts |= y.starts;
      x.is_empty = x.is_empty && y.is_empty;
    }
    return;
  case kind::choice:
    x.is_empty = false;
    for (const auto& y : x.inner) {
      x.starts |= y.starts;
      x.is_empty = x.is_empty || y.is_empty;
    }
    return;
  case kind::repeat:
    x.starts = x.inner.front().starts;
    x.is_empty = x.least == 0 || x.inner.front().is_empty;
    return;
  }
}

void gbnf::derive(const node& x, random_stream& random, int depth,
                  std::string& out) const {
  switch (x.what) {
  case kind::characters: {
    if (x.is_negated) {
      for (;;) {
        const auto c = static_cast<std::uint32_t>(0x20 + random.below(0x5f));
        if (std::none_of(x.ranges.begin(), x.ranges.end(), [c](const auto& r) {
              return r.first <= c && c <= r.second;
            }))
          return append(out, c);
      }
    }
    const auto& r = x.ranges[random.below(x.ranges.size())];
    // Of the many characters beyond ASCII some.
    const auto count = std::min<std::uint64_t>(r.second - r.first + 1u, 400);
    auto c = r.first + static_cast<std::uint32_t>(random.below(count));
    if (c >= 0x80 && c < 0xa0)
      c += 0x40; // no control characters
    return append(out, c);
  }
  case kind::rule:
    return derive(bodies_[x.rule], random, depth - 1, out);
  case kind::sequence:
    for (const auto& y : x.inner)
      derive(y, random, depth, out);
    return;
  case kind::choice: {
    const auto* chosen = &x.inner[random.below(x.inner.size())];
    if (depth <= 0)
      for (const auto& y : x.inner)
        if (height_of(y, heights_) < height_of(*chosen, heights_))
          chosen = &y;
    return derive(*chosen, random, depth, out);
  }
  case kind::repeat: {
    const auto extra = depth <= 0
                         ? 0
                         : random.below(std::min<std::size_t>(
                           3, x.most == endless ? 3 : x.most - x.least + 1));
    for (std::size_t i = 0; i < x.least + extra; ++i)
      derive(x.inner.front(), random, depth, out);
    return;
  }
  }
}

} // namespace aura::testing
