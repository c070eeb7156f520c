#include "kernels/dsl/editor/rename.hpp"

#include "kernels/dsl/editor/bindings.hpp"
#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/resolve.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>
#include <map>

namespace aura::dsl::editor {

namespace {

using name_of = std::map<std::uint32_t, std::string>;

bool is_declared(const symbol& x) {
  return x.kind == symbol_kind::table || x.kind == symbol_kind::table_column
         || x.kind == symbol_kind::relation;
}

fault refusal(std::string message) {
  return {errc::resolve_error, std::move(message)};
}

fault declared_by_schema(const symbol& x) {
  auto text = "`" + x.name + "` is a ";
  text += x.kind == symbol_kind::table      ? "table"
          : x.kind == symbol_kind::relation ? "relation"
                                            : "column";
  if (x.kind != symbol_kind::table)
    text += " of `" + x.table->name + "`";
  return refusal(text + " in the schema; AS gives it another name");
}

// The name that an expression without AS takes when its base is renamed.
std::string derived_name(const unnamed_column& u, const bindings& b,
                         const name_of& changed) {
  const auto base = changed.find(u.base);
  if (base == changed.end())
    return u.name;
  const auto& before = b.symbols[u.base].name;
  if (u.name.size() < before.size())
    return u.name;
  return u.name.substr(0, u.name.size() - before.size()) + base->second;
}

// `symbol` and the names that are made of its name.
name_of all_changes(std::uint32_t symbol, const std::string& new_name,
                    const bindings& b) {
  auto changed = name_of{{symbol, new_name}};
  for (auto again = true; again;) {
    again = false;
    for (const auto& u : b.unnamed) {
      if (u.base == no_symbol || changed.contains(u.symbol)
          || !changed.contains(u.base) || is_declared(b.symbols[u.symbol]))
        continue;
      changed[u.symbol] = derived_name(u, b, changed);
      again = true;
    }
  }
  return changed;
}

struct outcome {
  std::vector<edit> edits;
  std::size_t inserted = 0; // names that were not there
};

outcome edits_of(const name_of& changed, const bindings& b) {
  auto result = outcome{};
  for (const auto& o : b.occurrences)
    if (const auto i = changed.find(o.symbol); i != changed.end())
      result.edits.push_back({o.where, spell_name(i->second)});
  for (const auto& u : b.unnamed) {
    const auto i = changed.find(u.symbol);
    if (i == changed.end() || u.name.empty()
        || derived_name(u, b, changed) == i->second)
      continue;
    result.edits.push_back(
      {{u.where.end, u.where.end}, " AS " + spell_name(i->second)});
    ++result.inserted;
  }
  std::stable_sort(
    result.edits.begin(), result.edits.end(),
    [](const edit& x, const edit& y) { return x.where.start < y.where.start; });
  return result;
}

// Where `at` has gone.
std::size_t moved(std::size_t at, const std::vector<edit>& edits) {
  auto result = at;
  for (const auto& e : edits) {
    if (e.where.start >= at)
      break;
    result += e.replacement.size();
    result -= e.where.end - e.where.start;
  }
  return result;
}

// Whether each name means in `after` what it meant in `before`.
bool means_the_same(const bindings& before, const bindings& after,
                    const outcome& made) {
  if (after.occurrences.size() != before.occurrences.size() + made.inserted)
    return false;
  auto there = std::map<std::uint32_t, std::uint32_t>{};
  auto back = there;
  for (const auto& o : before.occurrences) {
    const auto at = moved(o.where.start, made.edits);
    const auto i = std::lower_bound(
      after.occurrences.begin(), after.occurrences.end(), at,
      [](const occurrence& x, std::size_t y) { return x.where.start < y; });
    if (i == after.occurrences.end() || i->where.start != at)
      return false;
    if (there.try_emplace(o.symbol, i->symbol).first->second != i->symbol
        || back.try_emplace(i->symbol, o.symbol).first->second != o.symbol)
      return false;
  }
  return true;
}

// What is wrong with `text`, errors alone.
diagnostics errors_in(std::string_view text, const schema::schema* s) {
  auto p = parser{text, tokenize(text)};
  const auto q = p.read_query();
  auto found = std::move(p.problems());
  if (found.empty() && s) {
    auto options = compile_options{};
    options.now = "2000-01-01 00:00:00";
    found = resolve(q, *s, options).diagnostics;
  }
  std::erase_if(
    found, [](const diagnostic& d) { return d.severity != severity::error; });
  return found;
}

// The name that a person typed, perhaps in backticks.
std::string plain(std::string_view x) {
  if (x.size() > 2 && x.front() == '`') {
    const auto list = tokenize(x);
    if (list.diagnostics.empty() && list.tokens.size() == 2
        && list.tokens[0].kind == token_kind::quoted_name)
      return value(list.tokens[0], x);
  }
  return std::string{x};
}

} // namespace

std::optional<origin> definition_at(std::string_view text, std::size_t offset,
                                    const schema::schema* s) {
  const auto b = bind(text, s);
  const auto* o = find(b, offset);
  if (!o)
    return std::nullopt;
  const auto& x = b.symbols[o->symbol];
  return origin{x.where, x.table, x.column, x.relation};
}

std::vector<reference_place> references_at(std::string_view text,
                                           std::size_t offset,
                                           const schema::schema* s) {
  const auto b = bind(text, s);
  const auto* o = find(b, offset);
  auto result = std::vector<reference_place>{};
  if (o)
    for (const auto& x : b.occurrences)
      if (x.symbol == o->symbol)
        result.push_back({x.where, x.defines});
  return result;
}

std::optional<span> renameable_at(std::string_view text, std::size_t offset,
                                  const schema::schema* s) {
  const auto b = bind(text, s);
  const auto* o = find(b, offset);
  if (!o || is_declared(b.symbols[o->symbol]))
    return std::nullopt;
  return o->where;
}

expected<std::vector<edit>> rename_at(std::string_view text, std::size_t offset,
                                      std::string_view new_name,
                                      const schema::schema* s) {
  const auto b = bind(text, s);
  const auto* o = find(b, offset);
  if (!o)
    return refusal("there is no name here");
  const auto& x = b.symbols[o->symbol];
  if (is_declared(x))
    return declared_by_schema(x);
  const auto wanted = plain(new_name);
  if (wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20;
      }))
    return refusal("a name has letters, and no line breaks");
  auto made = edits_of(all_changes(o->symbol, wanted, b), b);
  const auto after = applied(text, made.edits);
  const auto clash = "`" + x.name + "` cannot be called `" + wanted + "`: ";
  const auto errors = errors_in(after, s);
  if (errors.size() > errors_in(text, s).size())
    return refusal(clash + errors.front().message);
  if (!means_the_same(b, bind(after, s), made))
    return refusal(clash + "a name would mean something else");
  return std::move(made.edits);
}

std::string applied(std::string_view text, std::vector<edit> edits) {
  std::stable_sort(
    edits.begin(), edits.end(),
    [](const edit& x, const edit& y) { return x.where.start < y.where.start; });
  auto result = std::string{};
  auto done = std::size_t{0};
  for (const auto& e : edits) {
    if (e.where.start < done || e.where.end > text.size())
      continue;
    result += text.substr(done, e.where.start - done);
    result += e.replacement;
    done = e.where.end;
  }
  result += text.substr(done);
  return result;
}

} // namespace aura::dsl::editor
