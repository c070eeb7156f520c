#include "tools/aura/lsp/answers.hpp"

#include "kernels/base/json.hpp"
#include "kernels/dsl/editor/completion.hpp"
#include "kernels/dsl/editor/hover.hpp"
#include "kernels/dsl/editor/outline.hpp"
#include "kernels/dsl/editor/rename.hpp"
#include "kernels/dsl/fixes.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/schema/load.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace aura::tools::lsp {

namespace {

using nlohmann::json;
namespace editor = dsl::editor;

json position_at(const view& x, std::size_t offset) {
  const auto p = x.text.lines.at(offset, x.unit, x.text.text);
  return {{"line", p.line}, {"character", p.column}};
}

json range_of(const view& x, dsl::span where) {
  return {{"start", position_at(x, where.start)},
          {"end", position_at(x, where.end)}};
}

json location_of(const view& x, dsl::span where) {
  return {{"uri", x.text.uri}, {"range", range_of(x, where)}};
}

json text_edit(const view& x, dsl::span where, const std::string& text) {
  return {{"range", range_of(x, where)}, {"newText", text}};
}

json workspace_edit(const view& x, json edits) {
  return {{"changes", {{x.text.uri, std::move(edits)}}}};
}

json markdown(const std::string& text) {
  return {{"kind", "markdown"}, {"value", text}};
}

std::string_view bytes(const view& x, dsl::span where) {
  return std::string_view{x.text.text}.substr(where.start,
                                              where.end - where.start);
}

// The same span within the text, whatever it was.
dsl::span clamped(const view& x, dsl::span where) {
  const auto size = static_cast<std::uint32_t>(x.text.text.size());
  const auto start = std::min(where.start, size);
  return {start, std::clamp(where.end, start, size)};
}

json diagnostic_of(const view& x, const dsl::diagnostic& d) {
  auto message = d.message;
  for (const auto& hint : d.hints)
    message += "\nhint: " + hint;
  auto result = json{
    {"range", range_of(x, clamped(x, d.where))},
    {"severity", d.severity == dsl::severity::error ? 1 : 2},
    {"code", d.code},
    {"source", "aura"},
    {"message", std::move(message)},
  };
  if (!x.manual.empty())
    result["codeDescription"] = {{"href", x.manual + "#" + d.code}};
  for (const auto& r : d.related)
    result["relatedInformation"].push_back(
      {{"location", location_of(x, clamped(x, r.where))},
       {"message", r.message}});
  // A LET that is not used is shown faded.
  if (d.code == "AUR-W0309" || d.code == "AUR-W0307")
    result["tags"] = json::array({1});
  return result;
}

dsl::diagnostics problems_of(const view& x) {
  return editor::problems(x.text.text, x.schema(), x.options);
}

std::string title_of(const view& x, const dsl::fix& f) {
  const auto where = clamped(x, f.where);
  const auto shown = [](std::string_view text) {
    constexpr auto most = std::size_t{60};
    auto n = std::min(most, text.size());
    while (n > 0 && n < text.size()
           && (static_cast<unsigned char>(text[n]) & 0xc0u) == 0x80u)
      --n;
    return "`" + std::string{text.substr(0, n)}
           + (n < text.size() ? "…`" : "`");
  };
  if (f.replacement.empty())
    return "remove " + shown(bytes(x, where));
  if (where.start == where.end)
    return "insert " + shown(f.replacement);
  return "replace " + shown(bytes(x, where)) + " by " + shown(f.replacement);
}

// The protocol's numbers for kinds of proposals.
int item_kind(editor::proposal_kind x) {
  static constexpr auto kinds = std::to_array({
    14, // keyword
    14, // operation: keyword
    3,  // function
    5,  // column: field
    18, // relation: reference
    22, // table: struct
    7,  // let: class
    6,  // alias: variable
    12, // value
    11, // unit
    6,  // new name: variable
  });
  return kinds[static_cast<std::size_t>(x)];
}

json symbol_of(const view& x, const editor::outline_item& item) {
  using kind = editor::outline_item::kind;
  auto result = json{
    {"name", item.name},
    {"detail", item.detail},
    // A LET is like a class of rows, an operator like a function.
    {"kind", item.what == kind::let    ? 5
             : item.what == kind::main ? 2
                                       : 12},
    {"range", range_of(x, item.where)},
    {"selectionRange", range_of(x, item.name_where)},
  };
  for (const auto& c : item.children)
    result["children"].push_back(symbol_of(x, c));
  return result;
}

// The place of a table, column or relation in the schema's file.
std::optional<json> place_in_schema(const view& x, const editor::origin& o) {
  if (!o.table || x.choice.file.empty())
    return std::nullopt;
  auto in = std::ifstream{x.choice.file, std::ios::binary};
  const auto yaml = std::string{std::istreambuf_iterator<char>{in}, {}};
  const auto found = schema::locate(yaml, o.table->name,
                                    o.column     ? o.column->name
                                    : o.relation ? o.relation->name
                                                 : std::string{},
                                    o.relation ? "relations" : "columns");
  if (!found)
    return std::nullopt;
  const auto lines = editor::line_index{yaml};
  const auto start = lines.at(found->offset, x.unit, yaml);
  const auto end = lines.at(found->offset + found->size, x.unit, yaml);
  return json{{"uri", uri_of(x.choice.file)},
              {"range",
               {{"start", {{"line", start.line}, {"character", start.column}}},
                {"end", {{"line", end.line}, {"character", end.column}}}}}};
}

} // namespace

std::size_t offset_of(const view& x, const json& position) {
  const auto at
    = editor::position{position.at("line").get<std::uint32_t>(),
                       position.at("character").get<std::uint32_t>()};
  return x.text.lines.offset(at, x.unit, x.text.text);
}

json diagnostics_of(const view& x) {
  auto result = json::array();
  for (const auto& d : problems_of(x))
    result.push_back(diagnostic_of(x, d));
  if (!x.choice.trouble.empty())
    result.push_back({{"range", range_of(x, clamped(x, x.choice.named))},
                      {"severity", 1},
                      {"source", "aura"},
                      {"message", x.choice.trouble}});
  else if (!x.schema())
    result.push_back(
      {{"range", range_of(x, {0, 0})},
       {"severity", 3},
       {"source", "aura"},
       {"message", "no schema is known, so that names are not checked; a "
                   "comment `-- schema: path` names one"}});
  return result;
}

json hover(const view& x, std::size_t offset) {
  const auto found = editor::explain(x.text.text, offset, x.schema());
  if (!found)
    return nullptr;
  return {{"contents", markdown(found->markdown)},
          {"range", range_of(x, found->where)}};
}

json completion(const view& x, std::size_t offset) {
  const auto found = editor::complete_at(x.text.text, offset, x.schema());
  auto items = json::array();
  for (std::size_t i = 0; i < found.proposals.size(); ++i) {
    const auto& p = found.proposals[i];
    auto text = p.text;
    auto is_snippet = false;
    if (p.takes_arguments) {
      is_snippet = x.snippets;
      text += is_snippet ? "($0)" : "(";
    }
    // Sorted as it is, and not by its label.
    auto order = std::to_string(i);
    order.insert(0, 6 - std::min<std::size_t>(order.size(), 6), '0');
    auto item = json{{"label", p.label},
                     {"kind", item_kind(p.kind)},
                     {"sortText", order},
                     {"filterText", p.label},
                     {"textEdit", text_edit(x, found.where, text)}};
    if (is_snippet)
      item["insertTextFormat"] = 2;
    if (!p.detail.empty())
      item["detail"] = p.detail;
    if (!p.description.empty())
      item["documentation"] = markdown(p.description);
    items.push_back(std::move(item));
  }
  return {{"isIncomplete", false}, {"items", std::move(items)}};
}

json signature_help(const view& x, std::size_t offset) {
  const auto found = editor::signature_at(x.text.text, offset);
  if (!found)
    return nullptr;
  auto parameters = json::array();
  for (const auto& p : found->parameters)
    parameters.push_back(
      {{"label", found->form.substr(p.start, p.end - p.start)}});
  return {{"signatures", json::array({{{"label", found->form},
                                       {"documentation", markdown(found->text)},
                                       {"parameters", parameters}}})},
          {"activeSignature", 0},
          {"activeParameter", found->active}};
}

json definition(const view& x, std::size_t offset) {
  const auto found = editor::definition_at(x.text.text, offset, x.schema());
  if (!found)
    return nullptr;
  if (found->where.end > 0)
    return location_of(x, found->where);
  if (auto place = place_in_schema(x, *found))
    return *place;
  return nullptr;
}

json references(const view& x, std::size_t offset, bool defining) {
  auto result = json::array();
  for (const auto& r : editor::references_at(x.text.text, offset, x.schema()))
    if (defining || !r.defines)
      result.push_back(location_of(x, r.where));
  return result;
}

json highlights(const view& x, std::size_t offset) {
  auto result = json::array();
  for (const auto& r : editor::references_at(x.text.text, offset, x.schema()))
    result.push_back(
      {{"range", range_of(x, r.where)}, {"kind", r.defines ? 3 : 2}});
  return result;
}

json prepare_rename(const view& x, std::size_t offset) {
  const auto found = editor::renameable_at(x.text.text, offset, x.schema());
  if (!found)
    return nullptr;
  return {{"range", range_of(x, *found)},
          {"placeholder", std::string{bytes(x, *found)}}};
}

expected<json> rename(const view& x, std::size_t offset,
                      const std::string& new_name) {
  const auto edits
    = editor::rename_at(x.text.text, offset, new_name, x.schema());
  if (!edits)
    return edits.error();
  auto list = json::array();
  for (const auto& e : *edits)
    list.push_back(text_edit(x, e.where, e.replacement));
  return workspace_edit(x, std::move(list));
}

json symbols(const view& x) {
  auto result = json::array();
  for (const auto& item : editor::outline(x.text.text))
    result.push_back(symbol_of(x, item));
  return result;
}

json formatting(const view& x) {
  auto read = dsl::parse(x.text.text);
  if (!read.query)
    return nullptr;
  const auto text
    = dsl::print(dsl::canonical(std::move(*read.query)), dsl::layout::pretty)
      + "\n";
  if (text == x.text.text)
    return json::array();
  const auto whole
    = dsl::span{0, static_cast<std::uint32_t>(x.text.text.size())};
  return json::array({text_edit(x, whole, text)});
}

json inlay_hints(const view& x, std::size_t start, std::size_t end) {
  auto result = json::array();
  if (!x.schema())
    return result;
  for (const auto& hint : editor::inlays(x.text.text, *x.schema()))
    if (start <= hint.at && hint.at <= end)
      result.push_back({{"position", position_at(x, hint.at)},
                        {"label", hint.text},
                        {"kind", 1}});
  return result;
}

json code_actions(const view& x, std::size_t start, std::size_t end) {
  auto result = json::array();
  const auto found = problems_of(x);
  for (const auto& d : found) {
    if (d.where.start > end || d.where.end < start)
      continue;
    for (std::size_t i = 0; i < d.fixes.size(); ++i) {
      const auto& f = d.fixes[i];
      auto action = json{
        {"title", title_of(x, f)},
        {"kind", "quickfix"},
        {"diagnostics", json::array({diagnostic_of(x, d)})},
        {"edit", workspace_edit(x, json::array({text_edit(
                                     x, clamped(x, f.where), f.replacement)}))},
      };
      if (i == 0 && f.confidence >= 0.8)
        action["isPreferred"] = true;
      result.push_back(std::move(action));
    }
  }
  const auto fixed = dsl::apply_fixes(x.text.text, found);
  if (fixed != x.text.text) {
    const auto whole
      = dsl::span{0, static_cast<std::uint32_t>(x.text.text.size())};
    result.push_back(
      {{"title", "fix all that is certain"},
       {"kind", "source.fixAll"},
       {"edit", workspace_edit(x, json::array({text_edit(x, whole, fixed)}))}});
  }
  return result;
}

} // namespace aura::tools::lsp
