#pragma once

#include "kernels/dsl/syntax.hpp"
#include "kernels/infill/narrator.hpp"
#include "kernels/infill/phrases.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace aura::infill {

/// Puts one pipeline into a question. As many stages as go well together make
/// the first sentence; each further one becomes a sentence that begins with
/// "Then". A value for one use.
class question {
public:
  /// `speaker` has entered the source of `x`; both must outlive this.
  question(narrator& speaker, const dsl::pipeline& x);

  std::string ask();

private:
  template <class Stage>
  const Stage* next() const {
    return at_ < stages_.size() ? std::get_if<Stage>(&stages_[at_].what)
                                : nullptr;
  }

  template <class Stage>
  const Stage* take() {
    const auto* x = next<Stage>();
    if (x)
      ++at_;
    return x;
  }

  // sentence.cpp
  std::string figures(const dsl::aggregate& x, const std::string& where);
  std::string rows(const std::string& where);
  std::string group_phrase(const std::vector<std::string>& keys);
  void steps(std::string& text);
  std::string step(const dsl::stage& x);

  // tails.cpp: what follows after a comma.
  std::string restrictions();
  std::string extension(const dsl::extend& x);
  std::string order_and_cut();
  std::string sorting(const dsl::sort& x);
  std::string sort_key(const dsl::sort_key& x, bool first);
  std::string cut(const dsl::limit& x);
  std::string best(const dsl::top& x);

  std::vector<std::string> nouns(const std::vector<dsl::item>& items);
  void remember(const std::vector<dsl::item>& items,
                const std::vector<std::string>& names,
                const std::vector<flavour>& kinds);
  std::vector<flavour> kinds(const std::vector<dsl::item>& items) const;

  narrator& n_;
  const std::vector<dsl::stage>& stages_;
  std::size_t at_ = 0;
};

/// `a`, `a and b`, `a, b and c`; an item that holds an "and" itself is put in
/// parentheses unless it is alone.
std::string listed(const std::vector<std::string>& items);

} // namespace aura::infill
