#include "kernels/dsl/editor/describe.hpp"

#include "kernels/base/value.hpp"
#include "kernels/dsl/plan.hpp"
#include "kernels/dsl/words.hpp"

namespace aura::dsl::editor {

namespace {

// Nobody reads further in a hover.
constexpr std::size_t most_values = 24;
constexpr std::size_t most_columns = 40;

std::string type_name(schema::type x) {
  return plan::to_string(plan::from_schema(x));
}

std::string code(const std::string& text) {
  return "```auradsl\n" + text + "\n```";
}

void paragraph(std::string& to, const std::string& text) {
  if (!text.empty())
    to += "\n\n" + text;
}

std::string values_of(const schema::column& x) {
  auto result = std::string{};
  if (!x.values.empty()) {
    result = "Values: ";
    for (std::size_t i = 0; i < x.values.size() && i < most_values; ++i) {
      const auto& v = x.values[i];
      result += (i > 0 ? ", `" : "`") + to_display(v.stored) + "`";
      if (!v.description.empty())
        result += " (" + v.description + ")";
    }
    if (x.values.size() > most_values)
      result
        += " and " + std::to_string(x.values.size() - most_values) + " more";
    result += ".";
  }
  if (x.range)
    result += std::string{result.empty() ? "" : "\n\n"}
              + "Range: " + to_display(x.range->low) + " to "
              + to_display(x.range->high) + ".";
  return result;
}

std::string joined(const std::vector<std::string>& names) {
  auto result = std::string{};
  for (const auto& n : names)
    result += (result.empty() ? "`" : ", `") + n + "`";
  return result;
}

} // namespace

std::string type_line(const schema::column& x) {
  auto result = type_name(x.type);
  if (!x.unit.empty())
    result += ", " + x.unit;
  if (x.nullable)
    result += ", may be NULL";
  return result;
}

std::string type_line(const found_column& x) {
  if (!x.own)
    return x.declared ? type_line(*x.declared) : "";
  auto result = x.own->typed ? type_name(x.own->type) : "unknown type";
  if (x.own->origin && !x.own->origin->unit.empty())
    result += ", " + x.own->origin->unit;
  if (x.own->nullable)
    result += ", may be NULL";
  return result;
}

std::string describe(const found_column& x) {
  auto result = code(spell_name(x.name) + ": " + type_line(x));
  if (!x.declared)
    return result;
  paragraph(result, x.declared->description);
  if (!x.declared->synonyms.empty())
    paragraph(result, "Also called " + joined(x.declared->synonyms) + ".");
  paragraph(result, values_of(*x.declared));
  if (x.table)
    paragraph(result,
              "Column `" + x.declared->name + "` of `" + x.table->name + "`.");
  else if (!schema::same_name(x.declared->name, x.name))
    paragraph(result, "A copy of `" + x.declared->name + "`.");
  return result;
}

std::string describe(const schema::table& x) {
  auto result = code("table " + spell_name(x.name));
  paragraph(result, x.description);
  auto columns = std::string{};
  for (std::size_t i = 0; i < x.columns.size() && i < most_columns; ++i)
    columns
      += "- `" + x.columns[i].name + "` " + type_line(x.columns[i])
         + (x.columns[i].description.empty() ? ""
                                             : ": " + x.columns[i].description)
         + "\n";
  if (x.columns.size() > most_columns)
    columns
      += "- and " + std::to_string(x.columns.size() - most_columns) + " more\n";
  if (!columns.empty())
    columns.pop_back();
  paragraph(result, columns);
  if (!x.primary_key.empty())
    paragraph(result, "Key: " + joined(x.primary_key) + ".");
  for (const auto& r : x.relations)
    paragraph(result, "`" + r.name + "` leads to `" + r.to + "`.");
  return result;
}

std::string describe(const schema::table& from, const schema::relation& x) {
  auto match = std::string{};
  for (const auto& [here, there] : x.match)
    match += (match.empty() ? "" : " AND ") + from.name + "." + here
             + " == " + x.to + "." + there;
  return code("relation " + spell_name(x.name) + ": " + from.name + " → "
              + x.to)
         + "\n\nEach row of `" + from.name + "` matches at most one of `" + x.to
         + "`: `" + match + "`.";
}

std::string describe(const help_entry& x) {
  auto result = code(std::string{x.form}) + "\n\n" + std::string{x.text};
  if (!x.example.empty())
    paragraph(result, code(std::string{x.example}));
  return result;
}

std::string describe(const schema::declared_value& x) {
  return x.description;
}

} // namespace aura::dsl::editor
