#include "kernels/dsl/complete.hpp"

#include "kernels/base/utf8_prefix.hpp"
#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/judge.hpp"
#include "kernels/dsl/milestones.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/spacing.hpp"

#include <algorithm>
#include <utility>

namespace aura::dsl {

struct constraint::state {
  state(const schema::schema& s, vocabulary_in_scope w)
    : views{s, w.now}, words{std::move(w)} {
  }

  view_cache views;
  vocabulary_in_scope words;
  mutable milestones beginnings;
};

namespace {

// Where the last word of `source` begins, if it is still being written.
std::size_t last_word(const token_list& x, std::string_view source) {
  // A text or name that is not closed is the last word with all it holds.
  for (const auto& d : x.diagnostics)
    if (d.code == "AUR-E0101" || d.code == "AUR-E0103")
      return d.where.start;
  if (x.tokens.size() < 2)
    return source.size();
  const auto& last = x.tokens[x.tokens.size() - 2];
  if (last.where.end != source.size())
    return source.size();
  // So is `1e+`, whose `1e` runs into a letter.
  if ((last.kind == token_kind::plus || last.kind == token_kind::minus)
      && x.tokens.size() >= 3) {
    const auto& before = x.tokens[x.tokens.size() - 3];
    const auto text = raw(before, source);
    if (before.faulty && before.where.end == last.where.start
        && (before.kind == token_kind::integer
            || before.kind == token_kind::real)
        && text.ends_with('e'))
      return before.where.start;
  }
  // `3.` is a number on its way.
  if (last.kind == token_kind::dot && x.tokens.size() >= 3) {
    const auto& before = x.tokens[x.tokens.size() - 3];
    if (before.kind == token_kind::integer
        && before.where.end == last.where.start)
      return before.where.start;
  }
  return last.where.start;
}

std::string_view piece(span x, std::string_view source) {
  return source.substr(x.start, x.end - x.start);
}

// Whether all gaps between the tokens, and to those before `mark`, are as the
// printer leaves them.
bool is_spaced(const std::vector<token>& tokens, std::string_view source,
               const parser_mark& mark = {}) {
  auto earlier = piece(mark.earlier, source);
  auto before = piece(mark.before, source);
  auto end = std::size_t{mark.before.end};
  for (const auto& t : tokens) {
    if (t.kind == token_kind::end)
      break;
    const auto text = raw(t, source);
    const auto between = source.substr(end, t.where.start - end);
    const auto due = gap_between(earlier, before, text);
    if (!between.empty() && between != " ")
      return false;
    if ((due == gap::space) == between.empty())
      return false;
    earlier = before;
    before = text;
    end = t.where.end;
  }
  return true;
}

} // namespace

constraint::constraint(const schema::schema& s, vocabulary_in_scope scope)
  : state_{std::make_shared<const state>(s, std::move(scope))} {
}

bool constraint::viable(std::string_view prefix) const {
  if (prefix.empty())
    return true;
  if (prefix.size() > max_source_bytes)
    return false;
  auto tokens = tokenize(prefix);
  const auto start = last_word(tokens, prefix);
  for (const auto& d : tokens.diagnostics)
    if (d.where.start < start)
      return false;
  if (!tokens.comments.empty())
    return false;
  std::erase_if(tokens.tokens,
                [&](const token& t) { return t.where.start >= start; });
  auto what = unfinished{};
  what.source = prefix;
  what.word = prefix.substr(start);
  if (!tokens.tokens.empty()) {
    what.read = tokens.tokens.back().where.end;
    what.before = raw(tokens.tokens.back(), prefix);
    if (tokens.tokens.size() > 1)
      what.earlier = raw(tokens.tokens[tokens.tokens.size() - 2], prefix);
  }
  const auto between = prefix.substr(what.read, start - what.read);
  if (!between.empty() && between != " ")
    return false;
  what.spaced = !between.empty();
  if (!is_spaced(tokens.tokens, prefix) || !unfinished_character(what.word))
    return false;
  const auto end = static_cast<std::uint32_t>(what.read);
  tokens.tokens.push_back({token_kind::end, {end, end}, false});
  tokens.diagnostics.clear();
  auto watch = judge{state_->views, state_->words, what};
  auto p = parser{prefix, std::move(tokens), &watch};
  p.read_query();
  return watch.found();
}

continuations constraint::after(std::string_view text) const {
  auto result = continuations{};
  if (text.size() > max_source_bytes)
    return result;
  const auto past = state_->beginnings.last(text);
  const auto mark = past ? past->read : parser_mark{};
  auto tokens = tokenize(text.substr(mark.at));
  for (auto& t : tokens.tokens) {
    t.where.start += mark.at;
    t.where.end += mark.at;
  }
  if (!tokens.diagnostics.empty() || !tokens.comments.empty()
      || !is_spaced(tokens.tokens, text, mark))
    return result;
  auto what = unfinished{};
  what.source = text;
  what.read = text.size();
  what.word = text.substr(text.size());
  const auto n = tokens.tokens.size() - 1;
  if (n > 0)
    what.before = raw(tokens.tokens[n - 1], text);
  what.earlier
    = n > 1 ? raw(tokens.tokens[n - 2], text) : piece(mark.before, text);
  auto watch = judge{state_->views, state_->words, what};
  watch.collect(result);
  auto p = parser{text, std::move(tokens), &watch};
  if (past) {
    watch.go_on(past->judged);
    p.read_rest_of_query(mark);
  } else {
    p.read_query();
  }
  if (const auto& reached = p.mark())
    state_->beginnings.add(text.substr(0, reached->at),
                           {*reached, watch.mark()});
  std::sort(result.words.begin(), result.words.end());
  result.words.erase(std::unique(result.words.begin(), result.words.end()),
                     result.words.end());
  return result;
}

const schema::schema& constraint::domain() const {
  return state_->views.domain();
}

bool constraint::complete(std::string_view text) const {
  const auto parsed = parse(text);
  auto options = compile_options{};
  options.now = state_->words.now;
  return parsed.query
         && compile(*parsed.query, state_->views.domain(), options).compiled;
}

} // namespace aura::dsl
