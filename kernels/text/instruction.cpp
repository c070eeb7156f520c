#include "kernels/text/instruction.hpp"

#include <algorithm>

namespace aura::text {

namespace {

constexpr auto system_turn
  = "You translate questions into AuraDSL queries over the given tables.";

/// `climate_stats(room, humidity, device -> devices)`
void describe(const schema::table& t, std::string& out) {
  auto separator = "(";
  out += t.name;
  for (const auto& c : t.columns) {
    out.append(separator).append(c.name);
    separator = ", ";
  }
  for (const auto& r : t.relations) {
    out.append(separator).append(r.name).append(" -> ").append(r.to);
    separator = ", ";
  }
  out += ')';
}

} // namespace

std::vector<message> instruct(std::string_view context,
                              std::string_view question) {
  auto asked = std::string{context};
  if (!asked.empty())
    asked += "\n\n";
  asked += question;
  return {{role::system, system_turn}, {role::user, std::move(asked)}};
}

std::string instruction_context(const schema::schema& s,
                                const std::vector<std::string>& tables) {
  auto out = std::string{};
  for (const auto& t : s.tables) {
    const auto shown
      = tables.empty()
        || std::any_of(tables.begin(), tables.end(), [&](const auto& name) {
             return schema::same_name(name, t.name);
           });
    if (!shown)
      continue;
    if (!out.empty())
      out += '\n';
    describe(t, out);
  }
  return out;
}

} // namespace aura::text
