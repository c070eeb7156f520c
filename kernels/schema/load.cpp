#include "kernels/schema/load.hpp"

#include "kernels/base/nearest.hpp"
#include "kernels/base/utf8.hpp"
#include "kernels/schema/check.hpp"
#include "kernels/schema/load_documents.hpp"
#include "kernels/schema/match.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <exception>
#include <fstream>
#include <map>
#include <sstream>

namespace aura::schema {

namespace {

using names = std::vector<std::string>;

/// Walks the tree that yaml-cpp read and remembers where each part stood, so
/// that a contradiction found later can still point. The first trouble wins:
/// after it every step does nothing.
class reader {
public:
  reader(std::string_view file_name) : file_{file_name} {
  }

  expected<schema> read(const YAML::Node& root);

  fault at(const YAML::Mark& mark, const std::string& message) const {
    auto place = file_;
    if (!mark.is_null())
      place += ":" + std::to_string(mark.line + 1) + ":"
               + std::to_string(mark.column + 1);
    return {errc::invalid_schema, place + ": " + message};
  }

private:
  void fail(const YAML::Node& node, const std::string& message) {
    if (!fault_)
      fault_ = at(node.Mark(), message);
  }

  /// Calls `use(key, key node, value node)` for each entry of a map whose keys
  /// are free names. `what` says what the map is, for messages.
  template <class F>
  void each(const YAML::Node& map, const std::string& what, F use);

  /// The same where keys are known: any other is refused, and so is a key that
  /// stands twice.
  template <class F>
  void fields(const YAML::Node& map, const std::string& what,
              const names& known, F use);

  std::string text(const YAML::Node& node, const std::string& what);
  names list(const YAML::Node& node, const std::string& what);
  bool truth(const YAML::Node& node, const std::string& what);
  datum value(const YAML::Node& node, type t);

  void read_table(const YAML::Node& node, table& t, std::size_t index);
  void read_column(const YAML::Node& node, column& c, const std::string& place);
  void read_values(const YAML::Node& node, column& c, const std::string& place);
  void read_range(const YAML::Node& node, column& c);
  void read_relation(const YAML::Node& node, relation& r,
                     const std::string& place);
  void read_match(const YAML::Node& node, relation& r);

  void remember(const std::string& place, const YAML::Node& node) {
    marks_[place] = node.Mark();
  }

  std::string file_;
  std::optional<fault> fault_;
  std::map<std::string, YAML::Mark> marks_;
};

template <class F>
void reader::each(const YAML::Node& map, const std::string& what, F use) {
  if (fault_)
    return;
  if (!map.IsMap())
    return fail(map, what + " needs names, each with a ':' after it");
  for (const auto& entry : map) {
    if (!entry.first.IsScalar())
      return fail(entry.first, "a name in " + what + " must be plain text");
    use(entry.first.Scalar(), entry.first, entry.second);
    if (fault_)
      return;
  }
}

template <class F>
void reader::fields(const YAML::Node& map, const std::string& what,
                    const names& known, F use) {
  names seen;
  each(map, what,
       [&](const std::string& key, const YAML::Node& key_node,
           const YAML::Node& node) {
         if (std::find(known.begin(), known.end(), key) == known.end()) {
           const auto near = nearest(key, known);
           return fail(
             key_node,
             "unknown key '" + key + "' in " + what
               + (near.empty() ? "" : "; did you mean '" + near + "'?"));
         }
         if (std::find(seen.begin(), seen.end(), key) != seen.end())
           return fail(key_node, "key '" + key + "' stands twice in " + what);
         seen.push_back(key);
         use(key, key_node, node);
       });
}

std::string reader::text(const YAML::Node& node, const std::string& what) {
  if (node.IsScalar())
    return node.Scalar();
  fail(node, what + " needs a text");
  return {};
}

/// A sequence of texts, or one text that stands for a sequence of one.
names reader::list(const YAML::Node& node, const std::string& what) {
  if (node.IsScalar())
    return {node.Scalar()};
  names items;
  if (!node.IsSequence())
    fail(node, what + " needs a list such as [a, b]");
  else
    for (const auto& x : node)
      items.push_back(text(x, "an item of " + what));
  return items;
}

bool reader::truth(const YAML::Node& node, const std::string& what) {
  if (!node.IsScalar() || (node.Scalar() != "true" && node.Scalar() != "false"))
    fail(node, what + " needs true or false");
  return node.IsScalar() && node.Scalar() == "true";
}

/// A scalar as a column of type `t` holds it. What does not read as a number
/// stays text; whether that fits is for the check to say.
datum reader::value(const YAML::Node& node, type t) {
  if (!node.IsScalar()) {
    fail(node, node.IsNull() ? "an empty value; a column that may be empty "
                               "says 'nullable: true', and the word null "
                               "needs quotes"
                             : "a value must be a number or a text");
    return {};
  }
  const auto& word = node.Scalar();
  const auto* end = word.data() + word.size();
  if (t == type::boolean && (word == "true" || word == "false"))
    return std::int64_t{word == "true"};
  if (t == type::integer) {
    auto number = std::int64_t{};
    const auto read = std::from_chars(word.data(), end, number);
    if (read.ec == std::errc{} && read.ptr == end)
      return number;
  }
  if (t == type::real) {
    auto number = 0.0;
    const auto read = std::from_chars(word.data(), end, number);
    if (read.ec == std::errc{} && read.ptr == end && std::isfinite(number))
      return number;
  }
  return word;
}

void reader::read_values(const YAML::Node& node, column& c,
                         const std::string& place) {
  auto add = [&](const YAML::Node& stored, std::string description) {
    remember(place + "value" + std::to_string(c.values.size()), stored);
    c.values.push_back({value(stored, c.type), std::move(description)});
  };
  remember(place + "values", node);
  if (node.IsSequence())
    for (const auto& x : node)
      add(x, "");
  else
    each(node, "'values'",
         [&](const std::string&, const YAML::Node& key, const YAML::Node& x) {
           add(key, x.IsNull() ? "" : text(x, "a description"));
         });
  if (c.values.empty())
    fail(node, "'values' is empty; leave it out");
}

void reader::read_range(const YAML::Node& node, column& c) {
  if (!node.IsSequence() || node.size() != 2)
    return fail(node, "'range' needs its two ends, such as [0, 12]");
  c.range = value_range{value(node[0], c.type), value(node[1], c.type)};
}

void reader::read_column(const YAML::Node& node, column& c,
                         const std::string& place) {
  static const names known = {"type",   "description", "unit",     "synonyms",
                              "values", "range",       "nullable", "format"};
  static const names types
    = {"integer", "real", "text", "boolean", "date", "timestamp"};
  static const names formats = {"iso-space", "iso-t", "epoch-seconds"};
  const auto what = "column '" + c.name + "'";
  auto one_of = [&](const YAML::Node& x, const names& words, const char* kind) {
    const auto word = text(x, std::string{"'"} + kind + "'");
    const auto found = std::find(words.begin(), words.end(), word);
    if (found == words.end()) {
      const auto near = nearest(word, words);
      std::string all;
      for (const auto& w : words)
        all += (all.empty() ? "" : ", ") + w;
      fail(x, std::string{"unknown "} + kind + " '" + word + "' of " + what
                + (near.empty() ? "; it is one of " + all
                                : "; did you mean '" + near + "'?"));
      return std::size_t{0};
    }
    return static_cast<std::size_t>(found - words.begin());
  };
  auto values = YAML::Node{YAML::NodeType::Undefined};
  auto range = YAML::Node{YAML::NodeType::Undefined};
  auto typed = false;
  fields(node, what, known,
         [&](const std::string& key, const YAML::Node&, const YAML::Node& x) {
           remember(place + key, x);
           if (key == "type") {
             c.type = static_cast<type>(one_of(x, types, "type"));
             typed = true;
           } else if (key == "format") {
             c.format = static_cast<date_format>(one_of(x, formats, "format"));
           } else if (key == "nullable") {
             c.nullable = truth(x, "'nullable'");
           } else if (key == "synonyms") {
             c.synonyms = list(x, "'synonyms'");
           } else if (key == "values") {
             values.reset(x);
           } else if (key == "range") {
             range.reset(x);
           } else {
             (key == "unit" ? c.unit : c.description)
               = text(x, "'" + key + "'");
           }
         });
  if (!typed)
    fail(node, what + " needs a 'type'");
  // Only now is it known of what type they must be.
  if (values.IsDefined() && !fault_)
    read_values(values, c, place);
  if (range.IsDefined() && !fault_)
    read_range(range, c);
}

void reader::read_match(const YAML::Node& node, relation& r) {
  auto pairs = parse_match(text(node, "'match'"));
  if (!pairs)
    return fail(node, "'match' needs the form 'column_here == column_there', "
                      "several joined by AND");
  r.match = *std::move(pairs);
}

void reader::read_relation(const YAML::Node& node, relation& r,
                           const std::string& place) {
  const auto what = "relation '" + r.name + "'";
  fields(node, what, {"to", "match"},
         [&](const std::string& key, const YAML::Node&, const YAML::Node& x) {
           remember(place + key, x);
           if (key == "to")
             r.to = text(x, "'to'");
           else
             read_match(x, r);
         });
  if (r.to.empty())
    fail(node, what + " needs a table to lead 'to'");
  if (r.match.empty())
    fail(node, what + " needs a 'match'");
}

void reader::read_table(const YAML::Node& node, table& t, std::size_t index) {
  const auto what = "table '" + t.name + "'";
  auto read_unique = [&](const YAML::Node& keys) {
    if (!keys.IsSequence())
      return fail(keys, "'unique' needs a list of keys, such as [[a, b], c]");
    for (const auto& x : keys) {
      remember(place_of(index, "unique", t.unique.size()), x);
      t.unique.push_back(list(x, "a key"));
    }
  };
  auto read_columns
    = [&](const std::string& name, const YAML::Node& key, const YAML::Node& x) {
        const auto place = place_of(index, "column", t.columns.size());
        remember(place, key);
        t.columns.emplace_back().name = name;
        read_column(x, t.columns.back(), place);
      };
  auto read_relations
    = [&](const std::string& name, const YAML::Node& key, const YAML::Node& x) {
        const auto place = place_of(index, "relation", t.relations.size());
        remember(place, key);
        t.relations.emplace_back().name = name;
        read_relation(x, t.relations.back(), place);
      };
  fields(node, what,
         {"description", "synonyms", "primary-key", "unique", "columns",
          "relations"},
         [&](const std::string& key, const YAML::Node&, const YAML::Node& x) {
           if (key == "description") {
             t.description = text(x, "'description'");
           } else if (key == "synonyms") {
             t.synonyms = list(x, "'synonyms'");
           } else if (key == "primary-key") {
             remember(place_of(index, "primary-key"), x);
             t.primary_key = list(x, "'primary-key'");
             if (t.primary_key.empty())
               fail(x, "'primary-key' is empty; leave it out");
           } else if (key == "unique") {
             read_unique(x);
           } else if (key == "columns") {
             each(x, "'columns'", read_columns);
           } else {
             each(x, "'relations'", read_relations);
           }
         });
  if (t.columns.empty())
    fail(node, what + " has no columns");
}

expected<schema> reader::read(const YAML::Node& root) {
  auto result = schema{};
  auto read_tables
    = [&](const std::string& name, const YAML::Node& key, const YAML::Node& x) {
        const auto index = result.tables.size();
        remember(place_of(index), key);
        result.tables.emplace_back().name = name;
        read_table(x, result.tables.back(), index);
      };
  remember("tables", root);
  fields(root, "a schema", {"schema", "description", "tables"},
         [&](const std::string& key, const YAML::Node& key_node,
             const YAML::Node& x) {
           if (key == "tables") {
             remember("tables", x.IsNull() ? key_node : x);
             if (!x.IsNull())
               each(x, "'tables'", read_tables);
           } else {
             (key == "schema" ? result.name : result.description)
               = text(x, "'" + key + "'");
           }
         });
  if (!fault_ && result.name.empty())
    fail(root, "a schema needs a name: 'schema: …'");
  if (fault_)
    return *fault_;
  if (const auto found = find_problem(result)) {
    const auto mark = marks_.find(found->place);
    return at(mark == marks_.end() ? root.Mark() : mark->second,
              found->message);
  }
  return result;
}

/// The place of the first byte that is not UTF-8, or NUL, which yaml-cpp takes
/// for an escape; nothing if all is well.
std::optional<YAML::Mark> find_bad_byte(std::string_view text) {
  const auto whole = text.substr(0, valid_utf8(text));
  const auto good = whole.substr(0, whole.find('\0'));
  if (good.size() == text.size())
    return std::nullopt;
  auto mark = YAML::Mark{};
  const auto line = good.rfind('\n');
  mark.line = static_cast<int>(std::count(good.begin(), good.end(), '\n'));
  mark.column = static_cast<int>(
    line == std::string_view::npos ? good.size() : good.size() - line - 1);
  return mark;
}

} // namespace

expected<schema> parse(std::string_view yaml, std::string_view file_name) {
  auto walk = reader{file_name};
  if (const auto bad = find_bad_byte(yaml))
    return walk.at(*bad, "this is not UTF-8 text");
  try {
    const auto text = std::string{yaml};
    const auto documents = find_documents(text);
    if (documents.size() > 1)
      return walk.at(documents[1],
                     "a second document; a file holds one schema");
    const auto root = YAML::Load(text);
    if (!root || root.IsNull())
      return walk.at(YAML::Mark::null_mark(),
                     "the file is empty; a schema needs a name and tables");
    return walk.read(root);
  } catch (const YAML::Exception& e) {
    return walk.at(e.mark, e.msg);
  } catch (const std::exception& e) {
    return walk.at(YAML::Mark::null_mark(), e.what());
  }
}

expected<schema> load(const std::filesystem::path& file) {
  auto reason = std::error_code{};
  if (!std::filesystem::is_regular_file(file, reason))
    return fault{errc::missing_file, "no schema file '" + file.string() + "'"};
  auto stream = std::ifstream{file, std::ios::binary};
  auto content = std::ostringstream{};
  // An empty file inserts nothing, which a stream takes for a failure.
  if (stream && stream.peek() != std::ifstream::traits_type::eof())
    content << stream.rdbuf();
  if (!stream || !content)
    if (!stream.eof())
      return fault{errc::io_error, "cannot read '" + file.string() + "'"};
  return parse(content.str(), file.string());
}

std::optional<text_range> locate(std::string_view yaml, std::string_view table,
                                 std::string_view entry,
                                 std::string_view section) {
  // The key of a map as it stands in the file.
  const auto key_of = [](const YAML::Node& map, std::string_view name) {
    auto result = std::pair<YAML::Node, YAML::Node>{};
    if (map.IsMap())
      for (const auto& item : map)
        if (item.first.IsScalar() && same_name(item.first.Scalar(), name))
          return std::pair<YAML::Node, YAML::Node>{item.first, item.second};
    return result;
  };
  try {
    const auto root = YAML::Load(std::string{yaml});
    auto found = key_of(key_of(root, "tables").second, table);
    if (!entry.empty())
      found = key_of(key_of(found.second, section).second, entry);
    if (!found.first.IsDefined() || !found.first.IsScalar()
        || found.first.Mark().is_null())
      return std::nullopt;
    const auto at = static_cast<std::size_t>(found.first.Mark().pos);
    return text_range{std::min(at, yaml.size()), found.first.Scalar().size()};
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

} // namespace aura::schema
