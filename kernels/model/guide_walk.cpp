#include "kernels/base/utf8_prefix.hpp"
#include "kernels/dsl/words.hpp"
#include "kernels/model/guide.hpp"

#include <algorithm>
#include <utility>

/// The mask: the trie of the vocabulary walked against what may come next.
namespace aura::model {

namespace {

// Whether open words are already in the mask, up to where they end.
struct covered {
  bool is = false;
  open_word kind = open_word::name;
};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains(std::string_view text, std::string_view word) {
  return std::search(text.begin(), text.end(), word.begin(), word.end(),
                     [](char a, char b) { return lower(a) == lower(b); })
         != text.end();
}

} // namespace

class guide::walk {
public:
  using node = text::token_trie::node;

  walk(const guide& owner, text::token_set& out)
    : owner_{owner}, trie_{owner.classes_->trie()}, out_{out} {
  }

  void run(const position& x, std::string word) {
    word_ = std::move(word);
    go(text::token_trie::root, x);
  }

private:
  void go(node from, const position& x) {
    if (trie_.labels(from).empty())
      return;
    if (x.low < x.high)
      go_listed(from, x);
    if (x.open != writing::nothing)
      go_open(from, x, cover(from, x));
  }

  // Follows the words of the list, each from where it leaves the one before.
  void go_listed(node from, const position& x) {
    const auto& words = x.at->next.words;
    const auto start = word_.size();
    const auto first = path_.size();
    path_.push_back(from);
    auto reached = start;
    for (auto i = x.low; i < x.high; ++i) {
      const auto& word = words[i];
      auto depth = start;
      if (i > x.low) {
        const auto& before = words[i - 1];
        const auto end = std::min(word.size(), before.size());
        while (depth < end && word[depth] == before[depth])
          ++depth;
        // No token goes so far.
        if (depth > reached)
          continue;
      }
      path_.resize(first + depth - start + 1);
      for (; depth < word.size(); ++depth) {
        const auto to
          = trie_.step(path_.back(), static_cast<unsigned char>(word[depth]));
        if (to == text::token_trie::none)
          break;
        trie_.collect(to, out_);
        path_.push_back(to);
      }
      reached = depth;
      if (depth == word.size())
        go_beyond(path_.back(), *x.at, word, nullptr);
    }
    path_.resize(first);
  }

  void go_open(node from, const position& x, covered done) {
    const auto labels = trie_.labels(from);
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const auto to = trie_.first_child(from) + static_cast<node>(i);
      auto next = x;
      next.low = next.high = 0;
      next.open = step_open(x.open, labels[i], word_, x.at->next);
      if (next.open == writing::nothing)
        continue;
      const auto is_done = done.is && is_covered(next.open, done.kind);
      if (is_done && !owner_.classes_->may_end(done.kind, to))
        continue;
      trie_.collect(to, out_);
      word_ += static_cast<char>(labels[i]);
      go_open(to, next, is_done ? done : covered{});
      word_.pop_back();
    }
    auto alone = x;
    alone.low = alone.high = 0;
    if (is_whole(alone, word_))
      go_beyond(from, *x.at, word_,
                x.open == writing::name       ? &x.at->behind_name
                : x.open == writing::text_end ? &x.at->behind_text
                                              : nullptr);
  }

  // Whether the words that are in the mask already have come to `x`.
  static bool is_covered(writing x, open_word kind) {
    switch (kind) {
    case open_word::name:
      return x == writing::name || x == writing::start;
    case open_word::quoted_name:
      return x == writing::quoted;
    case open_word::text:
      return x == writing::quoted_text;
    }
    return false;
  }

  // What lies behind the end of `word`. What no list holds and is like nothing
  // else that the query speaks of leads where all such words do, `usual`.
  void go_beyond(node from, place& at, const std::string& word, place** usual) {
    const auto last = word.back();
    const auto opens = last == '(' || last == '.' || last == '-';
    const auto labels = trie_.labels(from);
    if (opens ? labels.empty()
              : std::none_of(labels.begin(), labels.end(), may_follow_name))
      return;
    if (from == text::token_trie::root || (usual && !is_usual(at, word)))
      usual = nullptr;
    auto* beyond = usual && *usual ? *usual : &owner_.find(at.before + word);
    if (beyond->next.empty())
      return;
    if (usual)
      *usual = beyond;
    const auto kept = std::exchange(word_, {});
    go(from, begin(*beyond));
    word_ = kept;
  }

  // Whether nothing depends on what `word`, a name or text, says.
  bool is_usual(const place& at, std::string_view word) const {
    word.remove_prefix(word.front() == ' ' ? 1 : 0);
    if (word.front() == '\'')
      return at.next.plain_text && !(word[1] >= '0' && word[1] <= '9');
    return !dsl::is_reserved(word) && !contains(at.before, word)
           && !owner_.memory_->is_known(word);
  }

  // Adds what begins or goes on with an open word, whatever it is.
  covered cover(node from, const position& x) {
    if (from != text::token_trie::root || x.open == writing::nothing)
      return {};
    const auto& classes = *owner_.classes_;
    if (x.open == writing::start || x.open == writing::blank) {
      if (!x.at->next.name)
        return {};
      out_ |= x.open == writing::start ? classes.name() : classes.spaced_name();
      return {true, open_word::name};
    }
    const auto inside = x.open == writing::name || x.open == writing::quoted
                        || x.open == writing::quoted_text;
    if (!inside || within_character())
      return {};
    const auto kind = x.open == writing::name     ? open_word::name
                      : x.open == writing::quoted ? open_word::quoted_name
                                                  : open_word::text;
    out_ |= classes.inside(kind);
    return {true, kind};
  }

  // Whether the word ends in the beginning of a character.
  bool within_character() const {
    return unfinished_character(last_character(word_)) != std::size_t{0};
  }

  const guide& owner_;
  const text::token_trie& trie_;
  text::token_set& out_;
  std::string word_;
  /// Where the listed words at hand have come to, byte by byte.
  std::vector<node> path_;
};

void guide::fill(text::token_set& out) const {
  out.clear();
  walk{*this, out}.run(now_, word_);
}

} // namespace aura::model
