#pragma once

#include "kernels/base/random.hpp"

#include <bitset>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A reader of llama.cpp's GBNF, for tests: says which texts a grammar derives
/// and derives some. Obvious rather than fast.
namespace aura::testing {

class gbnf {
public:
  /// Reads a grammar; nothing if it is not one, with the reason in `trouble`.
  /// Left recursion, which llama.cpp refuses, is refused.
  static std::optional<gbnf> read(std::string_view text, std::string& trouble);

  /// Whether `root` derives `text`.
  bool accepts(std::string_view text) const;

  /// A text that `root` derives; beyond `depth` rules the shortest way out.
  std::string derive(random_stream& random, int depth) const;

  std::size_t rules() const {
    return names_.size();
  }

private:
  enum class kind : std::uint8_t { characters, rule, sequence, choice, repeat };
  struct node {
    kind what = kind::sequence;
    // Of characters.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges;
    bool is_negated = false;
    std::size_t rule = 0;
    std::vector<node> inner;
    std::size_t least = 0;
    std::size_t most = 0; // of repeat
    /// The ASCII characters, and at the end all others, that it may begin with,
    /// and whether it may be empty.
    std::bitset<129> starts;
    bool is_empty = false;
  };
  class reader;
  class matcher;

  bool check(std::string& trouble);
  bool may_be_empty(const node& x, const std::vector<bool>& empty) const;
  void firsts(const node& x, const std::vector<bool>& empty,
              std::vector<bool>& out) const;
  int height_of(const node& x, const std::vector<int>& heights) const;
  void note_starts(node& x) const;
  void derive(const node& x, random_stream& random, int depth,
              std::string& out) const;

  std::vector<std::string> names_;
  std::vector<node> bodies_;
  std::vector<int> heights_;
  std::size_t root_ = 0;
};

} // namespace aura::testing
