#include "kernels/infill/prompt.hpp"

#include "kernels/base/json.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/skeleton/walk.hpp"

#include <algorithm>

namespace aura::infill {

namespace {

constexpr auto task
  = R"(You write training data for a system that translates questions into AuraDSL,
a pipe-based query language. Given a query, you write the question that a person would ask to get exactly its answer.

The language in short: SOURCE names the table. FILTER keeps rows (after AGGREGATE: groups). AGGREGATE computes
figures, one row for each combination of the BY keys. SORT is ascending unless DESC follows. TOP n BY x DESC PER k
keeps the n first rows of each k. device.room is the column room of the related device. DURING asks for a
calendar period ('2024-03') or one relative to today (LAST 7 DAYS). COUNT() counts rows.

Rules:
- The question asks for all that the query does, and for nothing else: every condition, key, figure, order and limit.
- Each value of the query appears in the question: numbers as digits, texts as they are spelled, dates in words or ISO.
- "more than" is >, "at least" is >=; keep them apart.
- Call columns by words a person would use, not by their identifiers.
- You may replace values by more realistic ones of the same kind. Change nothing else in the query.
Reply with one JSON object: {"question": "...", "query": "..."}, the query on one line.)";

const char* description(register_kind style) {
  switch (style) {
  case register_kind::formal:
    return "formal and complete, as in a business letter";
  case register_kind::casual:
    return "casual, as to a colleague";
  case register_kind::imperative:
    return "a short order";
  case register_kind::concise:
    return "as few words as possible, no verb needed";
  case register_kind::indirect:
    return "indirect, a polite wish";
  case register_kind::vague:
    return "relaxed and loosely worded, yet exact in every detail";
  }
  return "";
}

constexpr auto fence = std::string_view{"```auradsl\n"};
constexpr auto style_label = std::string_view{"Register: "};

void add_table(const schema::table* t,
               std::vector<const schema::table*>& tables) {
  if (t && std::ranges::find(tables, t) == tables.end())
    tables.push_back(t);
}

// The tables that the sources and paths of `x` touch.
std::vector<const schema::table*> tables_of(const dsl::query& x,
                                            const schema::schema& s) {
  auto result = std::vector<const schema::table*>{};
  if (const auto* name = std::get_if<dsl::name>(&x.main.source.source))
    add_table(s.find_table(name->text), result);
  skeleton::walk(x, skeleton::visitor{
                      [&](const dsl::expr& y) {
                        const auto* at = result.empty() ? nullptr : result[0];
                        for (std::size_t i = 0; at && i + 1 < y.path.size();
                             ++i) {
                          const auto* r = at->find_relation(y.path[i].text);
                          at = r ? s.find_table(r->to) : nullptr;
                          add_table(at, result);
                        }
                      },
                      [](const auto&) {}});
  return result;
}

std::string describe(const schema::column& c) {
  auto result = "  " + c.name + " (" + schema::to_string(c.type);
  if (!c.unit.empty())
    result += ", " + c.unit;
  result += ")";
  if (!c.description.empty())
    result += ": " + c.description;
  if (!c.values.empty()) {
    result += "; one of";
    for (std::size_t i = 0; i < c.values.size() && i < 20; ++i)
      result += (i == 0 ? " " : ", ") + to_literal(c.values[i].stored);
  }
  if (c.range)
    result += "; from " + to_literal(c.range->low) + " to "
              + to_literal(c.range->high);
  return result + "\n";
}

std::string describe(const schema::table& t) {
  auto result = "table " + t.name;
  if (!t.description.empty())
    result += ": " + t.description;
  result += "\n";
  for (const auto& c : t.columns)
    result += describe(c);
  for (const auto& r : t.relations)
    result += "  " + r.name + ": the row of " + r.to + " it belongs to\n";
  return result;
}

std::string reply_schema() {
  const auto text = nlohmann::json{{"type", "string"}};
  return nlohmann::json{{"type", "object"},
                        {"properties", {{"question", text}, {"query", text}}},
                        {"required", {"question", "query"}},
                        {"additionalProperties", false}}
    .dump();
}

} // namespace

chat prompt(const dsl::query& skeleton, const schema::schema& s,
            register_kind style) {
  auto user = std::string{};
  for (const auto* t : tables_of(skeleton, s))
    user += describe(*t);
  user += std::string{"\n"} + std::string{style_label} + to_string(style) + " ("
          + description(style) + ")\n\n" + std::string{fence}
          + dsl::print(skeleton) + "\n```\n";
  return {{{"system", task}, {"user", std::move(user)}}, reply_schema()};
}

std::optional<std::string> query_of(std::string_view user_message) {
  const auto start = user_message.rfind(fence);
  if (start == std::string_view::npos)
    return std::nullopt;
  const auto rest = user_message.substr(start + fence.size());
  const auto end = rest.find("\n```");
  if (end == std::string_view::npos)
    return std::nullopt;
  return std::string{rest.substr(0, end)};
}

std::optional<register_kind> register_of(std::string_view user_message) {
  const auto start = user_message.rfind(style_label);
  if (start == std::string_view::npos)
    return std::nullopt;
  const auto rest = user_message.substr(start + style_label.size());
  for (auto style : registers)
    if (rest.starts_with(to_string(style)))
      return style;
  return std::nullopt;
}

} // namespace aura::infill
