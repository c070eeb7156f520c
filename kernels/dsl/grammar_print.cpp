#include "kernels/dsl/grammar.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>

/// A grammar in the two notations.
namespace aura::dsl {

namespace {

enum class piece_kind : std::uint8_t { terminal, name, set, space, sign };

struct piece {
  piece_kind kind = piece_kind::sign;
  std::string text; // of a terminal its content
};

// The pieces of a rule's body.
std::vector<piece> pieces_of(std::string_view body) {
  auto result = std::vector<piece>{};
  const auto is_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  for (std::size_t i = 0; i < body.size();) {
    const auto c = body[i];
    if (c == ' ' || c == '\n') {
      ++i;
    } else if (c == '"') {
      auto text = std::string{};
      for (++i; i < body.size() && body[i] != '"'; ++i) {
        if (body[i] == '\\')
          ++i;
        text += body[i];
      }
      ++i;
      result.push_back({piece_kind::terminal, std::move(text)});
    } else if (c == '[' || c == '{') {
      const auto end = body.find(c == '[' ? ']' : '}', i) + 1;
      result.push_back({c == '[' ? piece_kind::set : piece_kind::sign,
                        std::string{body.substr(i, end - i)}});
      i = end;
    } else if (c == '_') {
      result.push_back({piece_kind::space, " "});
      ++i;
    } else if (c >= 'a' && c <= 'z') {
      auto end = i;
      while (end < body.size() && is_name(body[end]))
        ++end;
      result.push_back(
        {piece_kind::name, std::string{body.substr(i, end - i)}});
      i = end;
    } else {
      result.push_back({piece_kind::sign, std::string(1, c)});
      ++i;
    }
  }
  return result;
}

bool is_postfix(const piece& x) {
  return x.kind == piece_kind::sign
         && (x.text == "?" || x.text == "*" || x.text == "+"
             || x.text.starts_with('{'));
}

// The pieces with blanks between them.
template <class Spell>
std::string spelled(const std::vector<piece>& pieces, Spell spell) {
  auto result = std::string{};
  for (const auto& x : pieces) {
    const auto text = spell(x);
    if (text.empty())
      continue;
    const auto glued
      = result.empty() || result.ends_with('(') || is_postfix(x) || text == ")";
    result += (glued ? "" : " ") + text;
  }
  return result;
}

std::string with_headings(const grammar& x, const char* comment,
                          const char* end_comment, const std::string& preamble,
                          std::string (*body)(const grammar_rule&),
                          bool first_is_root) {
  auto longest = std::size_t{0};
  for (const auto& r : x.rules)
    longest = std::max(longest, r.name.size());
  longest = std::min<std::size_t>(longest, 20);
  auto result = preamble;
  for (const auto& r : x.rules) {
    if (!r.heading.empty())
      result
        += std::string{"\n"} + comment + " " + r.heading + end_comment + "\n";
    const auto name
      = first_is_root && &r == x.rules.data() ? std::string{"root"} : r.name;
    result
      += name
         + std::string(longest > name.size() ? longest - name.size() : 0, ' ')
         + " ::= " + body(r) + "\n";
  }
  return result;
}

// The words that are reserved, by their letters.
struct trie {
  std::map<char, std::unique_ptr<trie>> next;
  bool ends = false;
};

// The characters from `low` to `high` that are not in `letters`.
std::string ranges_without(const std::string& letters, char low, char high) {
  auto result = std::string{};
  for (auto c = low; c <= high; ++c) {
    if (letters.find(c) != letters.npos)
      continue;
    auto end = c;
    while (end < high
           && letters.find(static_cast<char>(end + 1)) == letters.npos)
      ++end;
    result += c;
    if (end > c + 1)
      result += '-';
    if (end > c)
      result += end;
    c = end;
  }
  return result;
}

// What may follow in a word so that it is not reserved.
std::string rest_of_word(const trie& at, bool is_first) {
  auto letters = std::string{};
  auto result = std::string{};
  const auto alternative = [&](const std::string& x) {
    result += (result.empty() ? "" : " | ") + x;
  };
  for (const auto& [c, below] : at.next) {
    const auto small = static_cast<char>(c - 'A' + 'a');
    letters += c;
    letters += small;
    alternative(std::string{"["} + c + small + "] "
                + rest_of_word(*below, false));
  }
  // A class of the letters and digits that lead out of the reserved words.
  auto others
    = ranges_without(letters, 'A', 'Z') + ranges_without(letters, 'a', 'z');
  others += std::string{is_first ? "" : "0-9"} + "_\\x80-\\U0010FFFF";
  alternative("[" + others + "] (letter | [0-9])*");
  const auto may_end = !is_first && !at.ends;
  return "(" + result + (may_end ? ")?" : ")");
}

// Words that are free, but open a clause where a column may stand.
constexpr auto misleading
  = std::to_array<std::string_view>({"WHERE", "DISTINCT", "SOURCE", "FROM"});

std::string unreserved_word(bool in_path) {
  auto root = trie{};
  auto words = std::vector<std::string_view>(reserved_words().begin(),
                                             reserved_words().end());
  if (in_path)
    words.insert(words.end(), misleading.begin(), misleading.end());
  for (auto word : words) {
    auto* at = &root;
    for (auto c : word) {
      auto& next = at->next[c];
      if (!next)
        next = std::make_unique<trie>();
      at = next.get();
    }
    at->ends = true;
  }
  return rest_of_word(root, true);
}

std::string ebnf_body(const grammar_rule& r) {
  if (r.body == "%path-word") {
    auto words = std::string{};
    for (auto word : misleading)
      words += (words.empty() ? "\"" : " | \"") + std::string{word} + "\"";
    return "word - (" + words + ")";
  }
  if (r.body == "%word") {
    auto reserved = std::string{};
    for (auto word : reserved_words())
      reserved
        += (reserved.empty() ? "\"" : " | \"") + std::string{word} + "\"";
    return "(letter (letter | [0-9])*) - (" + reserved + ")";
  }
  auto pieces = pieces_of(r.body);
  std::erase_if(pieces,
                [](const piece& x) { return x.kind == piece_kind::space; });
  // Without spaces some groups are of one piece.
  for (std::size_t i = 0; i + 2 < pieces.size(); ++i)
    if (pieces[i].kind == piece_kind::sign && pieces[i].text == "("
        && pieces[i + 2].kind == piece_kind::sign
        && pieces[i + 2].text == ")") {
      pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(i + 2));
      pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(i));
    }
  return spelled(pieces, [](const piece& x) -> std::string {
    switch (x.kind) {
    case piece_kind::terminal:
      return x.text.find('"') == x.text.npos ? "\"" + x.text + "\""
                                             : "'" + x.text + "'";
    case piece_kind::set: {
      // \xNN is written #xNN.
      auto text = x.text;
      for (const auto& [from, to] :
           {std::pair{"\\x80", "#x80"}, std::pair{"\\U0010FFFF", "#x10FFFF"}})
        if (const auto at = text.find(from); at != text.npos)
          text.replace(at, std::string_view{from}.size(), to);
      return text;
    }
    default:
      // Which numbers are too long is a matter of meaning.
      return x.text.starts_with('{') ? "*" : x.text;
    }
  });
}

std::string gbnf_body(const grammar_rule& r) {
  if (r.body == "%word" || r.body == "%path-word")
    return unreserved_word(r.body == "%path-word");
  return spelled(pieces_of(r.body), [](const piece& x) -> std::string {
    if (x.kind != piece_kind::terminal && x.kind != piece_kind::space)
      return x.text;
    auto result = std::string{"\""};
    for (auto c : x.text) {
      if (c == '\n') {
        result += "\\n";
        continue;
      }
      if (c == '"' || c == '\\')
        result += '\\';
      result += c;
    }
    return result + '"';
  });
}

} // namespace

std::string to_ebnf(const grammar& x) {
  return with_headings(
    x, "/*", " */",
    "/* AuraDSL in the EBNF of the W3C. Any blanks, `-- comments` and\n"
    "   C-style comments may stand between tokens. Keywords and the words\n"
    "   below are read in any case; INNER JOIN, ASC in SORT and a `;` at the\n"
    "   end are read, too. */\n",
    ebnf_body, false);
}

std::string to_gbnf(const grammar& x) {
  return with_headings(
    x, "#", "",
    "# AuraDSL in its canonical form, for llama.cpp and engines like it.\n",
    gbnf_body, true);
}

} // namespace aura::dsl
