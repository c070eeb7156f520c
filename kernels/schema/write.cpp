#include "kernels/schema/write.hpp"

#include "kernels/schema/check.hpp"
#include "kernels/schema/match.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace aura::schema {

namespace {

constexpr std::size_t page_width = 100;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// Whether YAML, in any version, reads `text` as nothing but itself.
bool is_plain(std::string_view text) {
  static constexpr std::array words
    = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  if (text.empty() || !is_letter(text.front()) || text.back() == ' ')
    return false;
  for (auto c : text)
    if (!is_letter(c) && (c < '0' || c > '9') && c != ' ' && c != '-'
        && c != '.' && c != '/')
      return false;
  return std::none_of(words.begin(), words.end(),
                      [&](const char* x) { return same_name(x, text); });
}

/// Values, synonyms, key columns: `[a, b]`.
std::string listed(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& x : items)
    text += (text.empty() ? "" : ", ") + yaml_scalar(x);
  return "[" + text + "]";
}

std::string scalar(const datum& x, type t) {
  if (t == type::boolean)
    return x == datum{std::int64_t{1}} ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&x))
    return yaml_scalar(*text);
  return to_display(x);
}

const char* spelling(date_format x) {
  static constexpr std::array names = {"iso-space", "iso-t", "epoch-seconds"};
  return names[static_cast<std::size_t>(x)];
}

/// One key of a column with its value, which may take several lines when the
/// column does not fit on one.
struct field {
  std::string key;
  std::string value;
  /// The items of a list that is too long for one line, or whole lines of a
  /// map; then `value` is not used in the long form.
  std::vector<std::string> items;
  bool is_map = false;
};

std::vector<field> fields_of(const column& c) {
  std::vector<field> fields = {{"type", to_string(c.type), {}}};
  if (c.format != date_format::iso_space)
    fields.push_back({"format", spelling(c.format), {}});
  if (c.nullable)
    fields.push_back({"nullable", "true", {}});
  if (!c.description.empty())
    fields.push_back({"description", yaml_scalar(c.description), {}});
  if (!c.unit.empty())
    fields.push_back({"unit", yaml_scalar(c.unit), {}});
  if (!c.synonyms.empty())
    fields.push_back({"synonyms", listed(c.synonyms), {}});
  if (!c.values.empty()) {
    auto values = field{"values", "", {}};
    values.is_map
      = std::any_of(c.values.begin(), c.values.end(),
                    [](const auto& x) { return !x.description.empty(); });
    for (const auto& x : c.values) {
      const auto text = scalar(x.stored, c.type);
      values.value += (values.value.empty() ? "" : ", ") + text;
      if (!values.is_map)
        values.items.push_back(text);
      else
        values.items.push_back(
          text + ":"
          + (x.description.empty() ? "" : " " + yaml_scalar(x.description)));
    }
    values.value = "[" + values.value + "]";
    fields.push_back(std::move(values));
  }
  if (c.range)
    fields.push_back({"range",
                      "[" + scalar(c.range->low, c.type) + ", "
                        + scalar(c.range->high, c.type) + "]",
                      {}});
  return fields;
}

/// Collects lines.
class page {
public:
  explicit page(const remarks& notes) : notes_{notes} {
  }

  void line(int level, const std::string& text) {
    text_.append(static_cast<std::size_t>(2 * level), ' ');
    text_ += text + "\n";
  }

  void comment(int level, const std::string& text) {
    auto rest = std::string_view{text};
    for (;;) {
      const auto end = std::min(rest.size(), rest.find('\n'));
      const auto words = rest.substr(0, end);
      line(level, words.empty() ? "#" : "# " + std::string{words});
      if (end == rest.size())
        return;
      rest.remove_prefix(end + 1);
    }
  }

  void comments(int level, const std::string& place) {
    const auto found = notes_.at.find(place);
    if (found != notes_.at.end())
      for (const auto& x : found->second)
        comment(level, x);
  }

  std::string take() {
    return std::move(text_);
  }

private:
  const remarks& notes_;
  std::string text_;
};

/// A list in brackets that breaks where a line is full.
void write_items(page& out, const std::string& key,
                 const std::vector<std::string>& items) {
  auto row = key + ": [";
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto next = items[i] + (i + 1 < items.size() ? "," : "]");
    if (row.size() + next.size() + 10 > page_width && row.back() == ',') {
      out.line(4, row);
      row = "  ";
    } else if (row.back() == ',') {
      row += ' ';
    }
    row += next;
  }
  out.line(4, row);
}

void write_column(page& out, const column& c) {
  const auto fields = fields_of(c);
  auto all = yaml_scalar(c.name) + ": {";
  auto fits = true;
  for (const auto& x : fields) {
    all += (all.back() == '{' ? "" : ", ") + x.key + ": " + x.value;
    fits = fits && !x.is_map;
  }
  all += "}";
  if (fits && all.size() + 6 <= page_width)
    return out.line(3, all);
  out.line(3, yaml_scalar(c.name) + ":");
  for (const auto& x : fields) {
    if (x.is_map) {
      out.line(4, x.key + ":");
      for (const auto& item : x.items)
        out.line(5, item);
    } else if (!x.items.empty()) {
      write_items(out, x.key, x.items);
    } else {
      out.line(4, x.key + ": " + x.value);
    }
  }
}

void write_table(page& out, const table& t, std::size_t index) {
  out.comments(1, place_of(index));
  out.line(1, yaml_scalar(t.name) + ":");
  if (!t.description.empty())
    out.line(2, "description: " + yaml_scalar(t.description));
  if (!t.synonyms.empty())
    out.line(2, "synonyms: " + listed(t.synonyms));
  out.comments(2, place_of(index, "primary-key"));
  if (!t.primary_key.empty())
    out.line(2,
             "primary-key: "
               + (t.primary_key.size() == 1 ? yaml_scalar(t.primary_key.front())
                                            : listed(t.primary_key)));
  if (!t.unique.empty()) {
    std::string keys;
    for (const auto& x : t.unique)
      keys += (keys.empty() ? "" : ", ") + listed(x);
    out.line(2, "unique: [" + keys + "]");
  }
  out.line(2, "columns:");
  for (std::size_t i = 0; i < t.columns.size(); ++i) {
    out.comments(3, place_of(index, "column", i));
    write_column(out, t.columns[i]);
  }
  if (!t.relations.empty())
    out.line(2, "relations:");
  for (std::size_t i = 0; i < t.relations.size(); ++i) {
    const auto& r = t.relations[i];
    out.comments(3, place_of(index, "relation", i));
    out.line(3, relation_entry(r));
  }
  out.comments(2, place_of(index, "end"));
}

} // namespace

std::string yaml_scalar(std::string_view text) {
  if (is_plain(text))
    return std::string{text};
  const auto control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  auto quoted = std::string{control ? '"' : '\''};
  for (auto c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      std::array<char, 8> escape;
      std::snprintf(escape.data(), escape.size(), "\\x%02x", byte);
      quoted += escape.data();
      continue;
    }
    if (control && (c == '"' || c == '\\'))
      quoted += '\\';
    if (!control && c == '\'')
      quoted += '\'';
    quoted += c;
  }
  return quoted + quoted.front();
}

std::string relation_entry(const relation& r) {
  auto match = match_text(r);
  // Words and equals signs mean nothing to YAML behind a letter.
  const auto plain = is_letter(match.front())
                     && std::all_of(match.begin(), match.end(), [](char c) {
                          return is_letter(c) || (c >= '0' && c <= '9')
                                 || c == ' ' || c == '=';
                        });
  if (!plain)
    match = yaml_scalar(match);
  return yaml_scalar(r.name) + ": {to: " + yaml_scalar(r.to)
         + ", match: " + match + "}";
}

std::string write(const schema& s, const remarks& notes) {
  auto out = page{notes};
  for (const auto& x : notes.head)
    out.comment(0, x);
  out.line(0, "schema: " + yaml_scalar(s.name));
  if (!s.description.empty())
    out.line(0, "description: " + yaml_scalar(s.description));
  out.comments(0, "tables");
  out.line(0, "tables:");
  for (std::size_t i = 0; i < s.tables.size(); ++i) {
    if (i > 0)
      out.line(0, "");
    write_table(out, s.tables[i], i);
  }
  for (const auto& x : notes.tail)
    out.comment(0, x);
  return out.take();
}

} // namespace aura::schema
