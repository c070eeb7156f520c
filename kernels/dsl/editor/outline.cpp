#include "kernels/dsl/editor/outline.hpp"

#include "kernels/dsl/editor/bindings.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/resolve.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <iterator>

namespace aura::dsl::editor {

namespace {

// `x` up to the byte `end`: its LETs, and what it goes on with.
query cut(query x, std::uint32_t end) {
  const auto keep_stages = [end](pipeline& p) {
    std::erase_if(p.stages,
                  [end](const stage& s) { return s.where.end > end; });
  };
  for (std::size_t i = 0; i < x.lets.size(); ++i)
    if (x.lets[i].value.where.end > end) {
      x.main = std::move(x.lets[i].value);
      x.lets.resize(i);
      break;
    }
  keep_stages(x.main);
  return x;
}

// The errors in what precedes the first that the parser found.
diagnostics errors_before(std::string_view text, const diagnostics& syntax,
                          const schema::schema& s) {
  auto end = static_cast<std::uint32_t>(text.size());
  for (const auto& d : syntax)
    if (d.severity == severity::error)
      end = std::min(end, d.where.start);
  auto p = parser{text, tokenize(text)};
  const auto q = cut(p.read_query(), end);
  auto found = diagnostics{};
  // A table that is missing or being written is no news.
  const auto& source = q.main.source;
  if (source.where.end == 0 || source.where.end > end)
    return found;
  visible_so_far(q, s, found);
  std::erase_if(found, [end](const diagnostic& d) {
    return d.severity != severity::error || d.where.end > end;
  });
  return found;
}

std::string one_line(std::string_view x) {
  constexpr auto most = std::size_t{60};
  auto result = std::string{};
  for (auto c : x) {
    const auto blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!blank)
      result += c;
    else if (!result.empty() && result.back() != ' ')
      result += ' ';
    if (result.size() > most)
      break;
  }
  if (result.size() > most) {
    auto n = most;
    while (n > 0 && (static_cast<unsigned char>(result[n]) & 0xc0u) == 0x80u)
      --n;
    result = result.substr(0, n) + "…";
  }
  return result;
}

// The word or text at the front of `x`.
std::size_t front_word(std::string_view x) {
  const auto end = std::find_if(x.begin(), x.end(), [](char c) {
    return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
  });
  return static_cast<std::size_t>(end - x.begin());
}

outline_item operation(std::string_view text, span where) {
  auto result = outline_item{};
  result.where = where;
  auto start = where.start;
  // Behind the `|>`.
  while (start < where.end
         && (text[start] == '|' || text[start] == '>' || text[start] == ' '
             || text[start] == '\n' || text[start] == '\r'
             || text[start] == '\t'))
    ++start;
  const auto body = text.substr(start, where.end - start);
  const auto word = front_word(body);
  result.name = upper(body.substr(0, word));
  result.detail = one_line(body.substr(word));
  if (result.detail.starts_with(' '))
    result.detail.erase(0, 1);
  if (result.name.empty())
    result.name = "|>";
  result.name_where
    = {start, word > 0 ? start + static_cast<std::uint32_t>(word) : where.end};
  return result;
}

std::vector<outline_item> stages_of(std::string_view text, const pipeline& x) {
  auto result = std::vector<outline_item>{};
  if (x.source.where.end > 0)
    result.push_back(operation(text, {x.where.start, x.source.where.end}));
  for (const auto& s : x.stages)
    result.push_back(operation(text, s.where));
  return result;
}

} // namespace

diagnostics problems(std::string_view text, const schema::schema* s,
                     const compile_options& options) {
  auto read = parse(text);
  auto result = std::move(read.diagnostics);
  if (!s)
    return result;
  auto meaning = read.query ? compile(*read.query, *s, options).diagnostics
                 : text.size() <= max_source_bytes
                   ? errors_before(text, result, *s)
                   : diagnostics{};
  std::erase_if(meaning,
                [](const diagnostic& d) { return d.code == "AUR-E0218"; });
  result.insert(result.end(), std::make_move_iterator(meaning.begin()),
                std::make_move_iterator(meaning.end()));
  std::stable_sort(result.begin(), result.end(),
                   [](const diagnostic& a, const diagnostic& b) {
                     return a.where.start < b.where.start;
                   });
  return result;
}

std::vector<outline_item> outline(std::string_view text) {
  auto result = std::vector<outline_item>{};
  if (text.size() > max_source_bytes)
    return result;
  auto p = parser{text, tokenize(text)};
  const auto q = p.read_query();
  for (const auto& let : q.lets) {
    auto& x = result.emplace_back();
    x.what = outline_item::kind::let;
    x.name = let.name.text;
    x.detail = one_line(text.substr(
      let.value.where.start, let.value.where.end - let.value.where.start));
    x.where = {let.name.where.start, let.value.where.end};
    x.name_where = let.name.where;
    x.children = stages_of(text, let.value);
  }
  if (q.main.where.end > 0) {
    auto& x = result.emplace_back();
    x.what = outline_item::kind::main;
    x.name = "query";
    x.detail = one_line(
      text.substr(q.main.where.start, q.main.where.end - q.main.where.start));
    x.where = q.main.where;
    x.name_where = {q.main.where.start, q.main.source.where.end > 0
                                          ? q.main.source.where.end
                                          : q.main.where.end};
    x.children = stages_of(text, q.main);
  }
  return result;
}

std::vector<inlay> inlays(std::string_view text, const schema::schema& s) {
  constexpr auto most_operators = std::size_t{100};
  auto result = std::vector<inlay>{};
  if (text.size() > max_source_bytes)
    return result;
  auto p = parser{text, tokenize(text)};
  const auto q = p.read_query();
  auto operators = q.main.stages.size();
  for (const auto& let : q.lets)
    operators += let.value.stages.size();
  if (operators > most_operators)
    return result;
  const auto b = bind(text, &s);
  // The columns made in `where`, looked up in what is read up to its end.
  const auto add = [&](span where) {
    auto names = std::optional<visible>{};
    for (const auto& o : b.occurrences) {
      if (!o.defines || o.where.start < where.start || o.where.end > where.end
          || b.symbols[o.symbol].kind != symbol_kind::column)
        continue;
      if (!names) {
        auto ignored = diagnostics{};
        names = visible_so_far(cut(q, where.end), s, ignored);
      }
      for (const auto& c : names->columns)
        if (c.typed && schema::same_name(c.name, b.symbols[o.symbol].name)) {
          result.push_back(
            {o.where.end,
             std::string{": "} + plan::to_string(plan::from_schema(c.type))});
          break;
        }
    }
  };
  for (const auto& let : q.lets)
    for (const auto& stage : let.value.stages)
      add(stage.where);
  for (const auto& stage : q.main.stages)
    add(stage.where);
  return result;
}

} // namespace aura::dsl::editor
