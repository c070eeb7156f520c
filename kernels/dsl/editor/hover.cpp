#include "kernels/dsl/editor/hover.hpp"

#include "kernels/dsl/editor/bindings.hpp"
#include "kernels/dsl/editor/describe.hpp"
#include "kernels/dsl/parsing.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>

namespace aura::dsl::editor {

namespace {

bool is_word(const token& t) {
  return t.kind == token_kind::word || t.kind == token_kind::quoted_name;
}

// The text of a definition, on one line, for a hover.
std::string excerpt(std::string_view text, span where) {
  constexpr auto most = std::size_t{120};
  auto result = std::string{};
  for (auto c : text.substr(where.start, where.end - where.start)) {
    const auto blank = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (!blank)
      result += c;
    else if (!result.empty() && result.back() != ' ')
      result += ' ';
  }
  if (result.size() > most) {
    auto cut = most;
    while (cut > 0
           && (static_cast<unsigned char>(result[cut]) & 0xc0u) == 0x80u)
      --cut;
    result = result.substr(0, cut) + " …";
  }
  return result;
}

class explainer {
public:
  explainer(std::string_view text, const schema::schema* s)
    : text_{text}, schema_{s}, list_{tokenize(text)} {
  }

  std::optional<explanation> at(std::size_t offset) {
    const auto& all = list_.tokens;
    // The word under the cursor, or the one that ends there.
    auto i = all.size();
    for (std::size_t k = 0; k < all.size() && all[k].where.start <= offset; ++k)
      if (is_word(all[k]) && offset <= all[k].where.end)
        i = k;
      else if (all[k].kind == token_kind::text && offset > all[k].where.start
               && offset < all[k].where.end)
        return value_at(all[k]);
    if (i == all.size())
      return std::nullopt;
    const auto& t = all[i];
    const auto word = raw(t, text_);
    const auto calls
      = t.kind == token_kind::word && all[i + 1].kind == token_kind::left_paren;
    if (calls && !after_dot(i))
      if (const auto* help = find_function_help(word))
        return explanation{t.where, describe(*help)};
    // All of the path up to this word, from its first.
    auto first = i;
    while (first >= 2 && after_dot(first) && is_word(all[first - 2]))
      first -= 2;
    auto path = std::vector<name>{};
    for (auto k = first; k <= i; k += 2)
      path.push_back({value(all[k], text_), all[k].where});
    const auto here = look_at(text_, all[first].where.start, schema_);
    const auto goes_on = all[i + 1].kind == token_kind::dot;
    auto said = std::string{};
    const auto reserved
      = t.kind == token_kind::word && path.size() == 1 && is_reserved(word);
    if (here.takes_operator && path.size() == 1)
      said = operation(word);
    if (said.empty() && here.takes_table && path.size() == 1)
      said = rows(path[0].text);
    if (said.empty() && here.takes_new_name && path.size() == 1)
      said = made(t, here);
    if (said.empty() && !reserved)
      said = column_or_rows(path, here, goes_on, t);
    if (said.empty() && t.kind == token_kind::word && path.size() == 1) {
      if (const auto* help = find_keyword_help(word))
        said = describe(*help);
      else
        said = operation(word);
    }
    if (said.empty())
      return std::nullopt;
    return explanation{t.where, std::move(said)};
  }

private:
  bool after_dot(std::size_t i) const {
    return i >= 1 && list_.tokens[i - 1].kind == token_kind::dot;
  }

  static std::string operation(std::string_view word) {
    const auto* help = find_operator_help(word);
    return help ? describe(*help) : "";
  }

  std::string rows(const std::string& n) const {
    const auto& b = bound();
    for (const auto& s : b.symbols)
      if (s.kind == symbol_kind::let && schema::same_name(s.name, n))
        return let(s);
    const auto* t = schema_ ? schema_->find_table(n) : nullptr;
    return t ? describe(*t) : "";
  }

  std::string let(const symbol& s) const {
    // The pipeline goes from the name to the semicolon.
    auto end = s.where.end;
    for (const auto& t : list_.tokens)
      if (t.where.start >= s.where.end && t.kind == token_kind::semicolon) {
        end = t.where.start;
        break;
      }
    return "```auradsl\nLET " + excerpt(text_, {s.where.start, end}) + "\n```";
  }

  const bindings& bound() const {
    if (!bound_)
      bound_ = bind(text_, schema_);
    return *bound_;
  }

  // A name that the query makes up here.
  std::string made(const token& t, const place& here) const {
    const auto* o = find(bound(), t.where.start);
    if (!o || o->where.start != t.where.start)
      return "";
    const auto& s = bound().symbols[o->symbol];
    if (s.kind == symbol_kind::let)
      return let(s);
    if (s.kind == symbol_kind::alias)
      return "```auradsl\nAS " + spell_name(s.name)
             + "\n```\n\nA name for the rows.";
    // What it is is known behind the operator that makes it.
    if (const auto found = find_column(after_stage(t, here), {{s.name, {}}},
                                       schema_ ? *schema_ : schema::schema{}))
      return describe(*found) + source_of(t);
    return "";
  }

  // How the query computes the column that `t` names.
  std::string source_of(const token& t) const {
    const auto* o = find(bound(), t.where.start);
    const auto* s = o ? &bound().symbols[o->symbol] : nullptr;
    if (!s || s->kind != symbol_kind::column || s->where.end == 0)
      return "";
    const auto from = definition(*s);
    return from.empty() ? "" : "\n\nFrom `" + from + "`.";
  }

  // The scope after the operator that `t` is in.
  place after_stage(const token& t, const place& here) const {
    auto depth = 0;
    for (const auto& x : list_.tokens) {
      if (x.where.start <= t.where.start)
        continue;
      if (x.kind == token_kind::left_paren)
        ++depth;
      else if (x.kind == token_kind::right_paren)
        --depth;
      const auto ends = x.kind == token_kind::end
                        || (depth <= 0
                            && (x.kind == token_kind::pipe
                                || x.kind == token_kind::semicolon))
                        || depth < 0;
      if (!ends)
        continue;
      auto text = std::string{text_.substr(0, x.where.start)} + " |> ";
      return look_at(text, text.size(), schema_);
    }
    return here;
  }

  std::string column_or_rows(const std::vector<name>& path, const place& here,
                             bool goes_on, const token& t) const {
    if (!schema_)
      return "";
    if (!goes_on)
      if (const auto found = find_column(here, path, *schema_)) {
        return describe(*found) + source_of(t);
      }
    const auto found = find_table(here, path, *schema_);
    if (!found)
      return "";
    if (found->relation)
      return relation(path, here, *found);
    if (found->table)
      return describe(*found->table);
    return rows(path[0].text);
  }

  std::string relation(const std::vector<name>& path, const place& here,
                       const found_table& found) const {
    const schema::table* from = nullptr;
    if (path.size() > 1) {
      const auto before = find_table(
        here, std::vector<name>(path.begin(), path.end() - 1), *schema_);
      from = before ? before->table : nullptr;
    }
    for (const auto& t : here.names.tables)
      if (!from && t.table && t.table->find_relation(path.back().text))
        from = t.table;
    return from ? describe(*from, *found.relation) : "";
  }

  // The item that makes a column: its expression and its name.
  std::string definition(const symbol& s) const {
    for (const auto& u : bound().unnamed)
      if (u.where.start == s.where.start && u.where.end == s.where.end)
        return excerpt(text_, s.where);
    // Back to what separates items.
    auto depth = 0;
    auto start = s.where.start;
    for (auto i = list_.tokens.size(); i-- > 0;) {
      const auto& t = list_.tokens[i];
      if (t.where.start >= s.where.start)
        continue;
      if (t.kind == token_kind::right_paren)
        ++depth;
      else if (t.kind == token_kind::left_paren && --depth < 0)
        break;
      if (depth == 0
          && (t.kind == token_kind::comma || t.kind == token_kind::pipe
              || (t.kind == token_kind::word
                  && (find_operator_help(raw(t, text_))
                      && !is_keyword(raw(t, text_), "AS"))
                  && i > 0 && list_.tokens[i - 1].kind == token_kind::pipe)
              || is_keyword(raw(t, text_), "BY")))
        break;
      start = t.where.start;
    }
    return excerpt(text_, {start, s.where.end});
  }

  // A text: what the schema says of this value.
  std::optional<explanation> value_at(const token& t) const {
    const auto here = look_at(text_, t.where.start, schema_);
    const auto content = value(t, text_);
    for (const auto& v : here.values)
      if (const auto* stored = std::get_if<std::string>(&v.stored);
          stored && *stored == content && !v.description.empty())
        return explanation{t.where, "`" + content + "`: " + v.description};
    return std::nullopt;
  }

  std::string_view text_;
  const schema::schema* schema_;
  token_list list_;
  mutable std::optional<bindings> bound_;
};

// Where the parameters of a form such as `LAG(x[, n[, default]])` are.
std::vector<span> parameters_of(std::string_view form) {
  auto result = std::vector<span>{};
  const auto open = form.find('(');
  const auto close = form.rfind(')');
  if (open == form.npos || close == form.npos)
    return result;
  auto start = open + 1;
  const auto add = [&](std::size_t end) {
    auto from = start;
    while (from < end && (form[from] == ' ' || form[from] == '['))
      ++from;
    while (end > from && (form[end - 1] == ' ' || form[end - 1] == ']'))
      --end;
    // [DISTINCT] is part of what follows, as are [WHERE …] of what precedes.
    if (end > from)
      result.push_back(
        {static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(end)});
  };
  for (auto i = start; i < close; ++i)
    if (form[i] == ',') {
      auto end = i;
      if (end > start && form[end - 1] == '[')
        --end;
      add(end);
      start = i + 1;
    }
  add(close);
  return result;
}

} // namespace

std::optional<explanation> explain(std::string_view text, std::size_t offset,
                                   const schema::schema* s) {
  if (text.size() > max_source_bytes)
    return std::nullopt;
  return explainer{text, s}.at(std::min(offset, text.size()));
}

std::optional<signature> signature_at(std::string_view text,
                                      std::size_t offset) {
  if (text.size() > max_source_bytes)
    return std::nullopt;
  const auto list = tokenize(text);
  auto depth = 0;
  auto commas = std::size_t{0};
  // Back from the cursor to the parenthesis or operator that is open there.
  for (auto i = list.tokens.size(); i-- > 0;) {
    const auto& t = list.tokens[i];
    if (t.kind == token_kind::end || t.where.end > offset)
      continue;
    if (t.kind == token_kind::right_paren) {
      ++depth;
      continue;
    }
    if (t.kind == token_kind::left_paren) {
      if (depth > 0) {
        --depth;
        continue;
      }
      const auto* help = i > 0 && list.tokens[i - 1].kind == token_kind::word
                           ? find_function_help(raw(list.tokens[i - 1], text))
                           : nullptr;
      if (help) {
        auto result
          = signature{std::string{help->form}, std::string{help->text},
                      parameters_of(help->form), commas};
        // CONCAT(x, y, …): the last goes on.
        if (help->form.ends_with("…)") && !result.parameters.empty())
          result.active = std::min(result.active, result.parameters.size() - 1);
        return result;
      }
      commas = 0;
      continue;
    }
    if (depth > 0)
      continue;
    if (t.kind == token_kind::comma)
      ++commas;
    const auto begins
      = t.kind == token_kind::word && t.where.end < offset
        && ((i > 0 && list.tokens[i - 1].kind == token_kind::pipe)
            || is_keyword(raw(t, text), "SOURCE"));
    if (begins)
      if (const auto* help = find_operator_help(raw(t, text)))
        return signature{
          std::string{help->form}, std::string{help->text}, {}, 0};
    if (t.kind == token_kind::pipe || t.kind == token_kind::semicolon)
      return std::nullopt;
  }
  return std::nullopt;
}

} // namespace aura::dsl::editor
