#include "kernels/dsl/diagnostic.hpp"

#include "kernels/base/json.hpp"
#include "kernels/base/utf8.hpp"

#include <algorithm>

namespace aura::dsl {

namespace {

constexpr std::size_t most_reported = 100;

// The first byte of the line that holds byte `at`.
std::size_t line_start(std::string_view source, std::size_t at) {
  const auto last = source.substr(0, at).rfind('\n');
  return last == std::string_view::npos ? 0 : last + 1;
}

const char* to_string(severity x) {
  return x == severity::error ? "error" : "warning";
}

// What a terminal may see of the source: no control characters.
std::string printable(std::string_view x) {
  auto result = std::string{};
  while (!x.empty()) {
    const auto n = character_length(x);
    const auto c = static_cast<unsigned char>(x.front());
    if (n == 0)
      result += "\xef\xbf\xbd";
    else if (n == 1 && (c < 0x20 || c == 0x7f))
      result += ' ';
    else
      result += x.substr(0, n);
    x.remove_prefix(std::max<std::size_t>(1, n));
  }
  return result;
}

std::size_t characters(std::string_view x) {
  auto n = std::size_t{0};
  for (; !x.empty(); ++n)
    x.remove_prefix(std::max<std::size_t>(1, character_length(x)));
  return n;
}

// The start of the character that byte `at` is part of.
std::size_t character_start(std::string_view source, std::size_t at) {
  while (at > 0 && at < source.size()
         && (static_cast<unsigned char>(source[at]) & 0xc0u) == 0x80u)
    --at;
  return at;
}

// The line of the source around `where`, and carets under it. A line that is
// too long is shown around the place.
std::string excerpt(std::string_view source, span where) {
  constexpr std::size_t widest = 100;
  const auto at = std::min<std::size_t>(where.start, source.size());
  const auto start = line_start(source, at);
  const auto stop = std::min(source.find('\n', at), source.size());
  auto from = start;
  auto to = stop;
  if (stop - start > widest) {
    from = at - start > widest / 2 ? at - widest / 2 : start;
    to = std::min(stop, from + widest);
    from = character_start(source, from);
    to = character_start(source, to);
  }
  const auto end = std::clamp<std::size_t>(where.end, at, std::max(at, to));
  const auto before = characters(source.substr(from, at - from));
  const auto marked
    = std::max<std::size_t>(1, characters(source.substr(at, end - at)));
  const auto left = std::string{from > start ? "..." : ""};
  return "  | " + left + printable(source.substr(from, to - from))
         + (to < stop ? "..." : "") + "\n  | "
         + std::string(left.size() + before, ' ') + std::string(marked, '^')
         + '\n';
}

void render_fix(std::string& out, const fix& x, std::string_view source) {
  const auto start = std::min<std::size_t>(x.where.start, source.size());
  const auto old = source.substr(
    start, std::clamp<std::size_t>(x.where.end, start, source.size()) - start);
  if (x.replacement.empty())
    out += "  = fix: leave out `" + printable(old) + "`\n";
  else if (old.empty())
    out += "  = fix: insert `" + printable(x.replacement) + "`\n";
  else
    out += "  = fix: write `" + printable(x.replacement) + "` instead of `"
           + printable(old) + "`\n";
}

// Text that is certain to be UTF-8, which JSON needs.
std::string clean(std::string_view x) {
  auto result = std::string{};
  while (!x.empty()) {
    const auto n = character_length(x);
    if (n == 0)
      result += "\xef\xbf\xbd";
    else
      result += x.substr(0, n);
    x.remove_prefix(std::max<std::size_t>(1, n));
  }
  return result;
}

nlohmann::ordered_json to_json(span x) {
  return {{"start", x.start}, {"end", x.end}};
}

std::vector<std::string> clean(const std::vector<std::string>& xs) {
  auto result = std::vector<std::string>{};
  for (const auto& x : xs)
    result.push_back(clean(x));
  return result;
}

nlohmann::ordered_json to_json(const diagnostic& x, std::string_view source) {
  const auto place = locate(source, x.where.start);
  auto related = nlohmann::ordered_json::array();
  for (const auto& r : x.related)
    related.push_back(
      {{"span", to_json(r.where)}, {"message", clean(r.message)}});
  auto fixes = nlohmann::ordered_json::array();
  for (const auto& f : x.fixes)
    fixes.push_back({{"span", to_json(f.where)},
                     {"replacement", clean(f.replacement)},
                     {"confidence", f.confidence}});
  return {{"code", x.code},
          {"severity", to_string(x.severity)},
          {"message", clean(x.message)},
          {"span", to_json(x.where)},
          {"line", place.line},
          {"column", place.column},
          {"related", std::move(related)},
          {"candidates", clean(x.candidates)},
          {"fixes", std::move(fixes)},
          {"hints", clean(x.hints)}};
}

} // namespace

line_column locate(std::string_view source, std::size_t at) {
  auto result = line_column{};
  at = std::min(at, source.size());
  const auto before = source.substr(0, at);
  result.line
    += static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  for (auto i = line_start(source, at); i < at; ++result.column)
    i += std::max<std::size_t>(1, character_length(source.substr(i)));
  return result;
}

bool has_errors(const diagnostics& x) {
  return std::any_of(x.begin(), x.end(), [](const diagnostic& d) {
    return d.severity == severity::error;
  });
}

std::string render(const diagnostics& x, std::string_view source,
                   std::string_view source_name) {
  auto result = std::string{};
  const auto count = std::min(x.size(), most_reported);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& d = x[i];
    const auto place = locate(source, d.where.start);
    result += std::string{source_name} + ':' + std::to_string(place.line) + ':'
              + std::to_string(place.column) + ": " + to_string(d.severity)
              + ": " + printable(d.message) + " [" + d.code + "]\n";
    result += excerpt(source, d.where);
    for (const auto& r : d.related)
      result += "  = note: " + printable(r.message) + '\n'
                + excerpt(source, r.where);
    if (!d.candidates.empty()) {
      result += "  = candidates: ";
      for (std::size_t k = 0; k < d.candidates.size(); ++k)
        result += (k > 0 ? ", " : "") + printable(d.candidates[k]);
      result += '\n';
    }
    for (const auto& f : d.fixes)
      render_fix(result, f, source);
    for (const auto& h : d.hints)
      result += "  = hint: " + printable(h) + '\n';
  }
  if (x.size() > count)
    result += std::to_string(x.size() - count) + " more\n";
  return result;
}

std::string render_json(const diagnostics& x, std::string_view source) {
  auto list = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < std::min(x.size(), most_reported); ++i)
    list.push_back(to_json(x[i], source));
  return nlohmann::ordered_json{{"diagnostics", std::move(list)}}.dump();
}

} // namespace aura::dsl
