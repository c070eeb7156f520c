#include "kernels/dsl/spelling.hpp"

#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/resolver.hpp"
#include "kernels/dsl/tokens.hpp"

#include <algorithm>

namespace aura::dsl {

namespace {

// A pass may make room for another; few queries need a third.
constexpr auto most_passes = 8;

/// Once over `source`; returns it unchanged where nothing is to be done.
std::string pass(std::string_view source, const query& x,
                 const schema::schema& s) {
  auto options = compile_options{};
  options.now = "2000-01-01 00:00:00";
  // Values do not matter: NULL fits wherever a parameter may stand.
  for (const auto& token : tokenize(source).tokens)
    if (token.kind == token_kind::parameter)
      options.parameters[value(token, source)] = datum{};
  auto plan = plan::query{};
  auto found = diagnostics{};
  auto notes = spelling_notes{};
  auto r = resolver{s, options, plan, found};
  r.note_spellings(notes);
  r.run(x);
  if (has_errors(found))
    return std::string{source};
  const auto text = [&](const span& at) {
    return source.substr(at.start, at.end - at.start);
  };
  // Comments within what goes away stay behind it.
  const auto with_comments = [&](fix f) {
    for (const auto& c : x.comments)
      if (c.where.start < f.where.end && c.where.end > f.where.start)
        f.replacement += " " + c.text + (c.text.starts_with("--") ? "\n" : " ");
    return f;
  };
  auto chosen = std::vector<fix>{};
  const auto free = [&](const fix& f) {
    return std::none_of(chosen.begin(), chosen.end(), [&](const auto& other) {
      return f.where.start < other.where.end && other.where.start < f.where.end;
    });
  };
  for (const auto& join : notes.joins) {
    if (!join.possible || !join.ended
        || !std::all_of(join.edits.begin(), join.edits.end(), free))
      continue;
    // One at a time: what one leaves over may change what the next means.
    for (const auto& edit : join.edits)
      chosen.push_back(with_comments(edit));
    break;
  }
  for (const auto& f : notes.names)
    if (f.where.end <= source.size() && text(f.where) != f.replacement
        && free(f))
      chosen.push_back(with_comments(f));
  std::sort(chosen.begin(), chosen.end(), [](const auto& a, const auto& b) {
    return a.where.start < b.where.start;
  });
  auto result = std::string{};
  auto done = std::size_t{0};
  for (const auto& f : chosen) {
    result += source.substr(done, f.where.start - done);
    result += f.replacement;
    done = f.where.end;
  }
  result += source.substr(done);
  return result;
}

} // namespace

std::string respelled(std::string_view source, const query& x,
                      const schema::schema& s) {
  auto result = std::string{source};
  auto current = x;
  for (auto i = 0; i < most_passes; ++i) {
    auto next = pass(result, current, s);
    if (next == result)
      break;
    auto read = parse(next);
    if (!read.query)
      break;
    result = std::move(next);
    current = std::move(*read.query);
  }
  return result;
}

} // namespace aura::dsl
