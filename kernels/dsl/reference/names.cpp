#include "kernels/dsl/reference/binder.hpp"

namespace aura::dsl::interpreter {

namespace {

std::string spelled(std::span<const name> path) {
  auto result = std::string{};
  for (const auto& part : path)
    result += (result.empty() ? "" : ".") + part.text;
  return result;
}

std::size_t index_of(const schema::table& t, std::string_view column_name) {
  return static_cast<std::size_t>(t.find_column(column_name)
                                  - t.columns.data());
}

// Where a relation leads: rows of `to` whose columns equal those here.
struct step {
  std::vector<std::pair<std::size_t, std::size_t>> match;
  const std::vector<cells>* to = nullptr;
};

const cells* follow(const cells* from, const step& x) {
  if (!from)
    return nullptr;
  for (const auto& candidate : *x.to) {
    auto same = true;
    for (const auto& [here, there] : x.match)
      same = same && !is_null((*from)[here])
             && compare((*from)[here], candidate[there]) == 0;
    if (same)
      return &candidate;
  }
  return nullptr;
}

} // namespace

bound binder::broken(std::string message) const {
  context_.fail(errc::resolve_error, std::move(message));
  return constant(std::nullopt, {});
}

// A bare name, or alias.name. Columns come before relations.
std::optional<std::size_t>
binder::find_column(std::span<const name> path) const {
  if (path.size() > 2)
    return std::nullopt;
  auto found = std::optional<std::size_t>{};
  for (std::size_t i = 0; i < over_.columns.size(); ++i) {
    const auto& c = over_.columns[i];
    if (!schema::same_name(c.name, path.back().text)
        || (path.size() == 2 && !schema::same_name(c.alias, path[0].text)))
      continue;
    if (found) {
      context_.fail(errc::resolve_error,
                    "column `" + spelled(path) + "` is ambiguous");
      return std::nullopt;
    }
    found = i;
  }
  return found;
}

bound binder::column(const expr& x) const {
  if (keys_ && x.path.size() == 1)
    for (const auto& key : *keys_)
      if (schema::same_name(key.name, x.path[0].text))
        return key.what;
  if (const auto i = find_column(x.path)) {
    auto result = bound{};
    result.type = over_.columns[*i].type;
    result.run = [at = *i](const moment& m) {
      return m.row ? m.row->cells[at] : value{};
    };
    return result;
  }
  if (auto found = path(x))
    return *found;
  return broken("there is no column `" + spelled(x.path) + "` here");
}

// alias.relation.column, or relation.column of the one table that has it.
std::optional<bound> binder::path(const expr& x) const {
  const auto steps = std::span{x.path};
  if (steps.size() < 2)
    return std::nullopt;
  auto is_alias = false;
  for (const auto& c : over_.columns)
    is_alias = is_alias || schema::same_name(c.alias, steps[0].text);
  for (const auto& o : over_.origins)
    is_alias = is_alias || schema::same_name(o.alias, steps[0].text);
  if (is_alias && steps.size() < 3)
    return std::nullopt;
  auto found = std::optional<std::size_t>{};
  for (std::size_t i = 0; i < over_.origins.size(); ++i) {
    const auto& o = over_.origins[i];
    if (is_alias && !schema::same_name(o.alias, steps[0].text))
      continue;
    if (!o.table->find_relation(steps[is_alias ? 1 : 0].text))
      continue;
    if (found)
      return broken("relation `" + spelled(steps) + "` is ambiguous");
    found = i;
  }
  if (!found)
    return std::nullopt;
  return walk(*found, is_alias ? steps.subspan(1) : steps, nullptr);
}

bound binder::walk(std::size_t origin, std::span<const name> steps,
                   std::string* found_name) const {
  const auto* table = over_.origins[origin].table;
  auto way = std::vector<step>{};
  for (const auto& part : steps.first(steps.size() - 1)) {
    const auto* relation = table->find_relation(part.text);
    if (!relation)
      return broken("`" + table->name + "` has no relation `" + part.text
                    + "`");
    const auto* next = context_.schema.find_table(relation->to);
    auto one = step{};
    for (const auto& [here, there] : relation->match)
      one.match.emplace_back(index_of(*table, here), index_of(*next, there));
    one.to = &context_.tables[next->name];
    way.push_back(std::move(one));
    table = next;
  }
  const auto* last = table->find_column(steps.back().text);
  if (!last)
    return broken("`" + table->name + "` has no column `" + steps.back().text
                  + "`");
  if (found_name)
    *found_name = last->name;
  auto result = bound{};
  result.type = last->type;
  result.run
    = [origin, way, at = index_of(*table, last->name)](const moment& m) {
        const auto* here = m.row ? m.row->origins[origin] : nullptr;
        for (const auto& one : way)
          here = follow(here, one);
        return here ? (*here)[at] : value{};
      };
  return result;
}

std::string binder::default_name(const expr& x) const {
  if (x.kind == expr_kind::call) {
    auto result = lowered(x.text);
    if (!x.arguments.empty() && x.arguments[0].kind == expr_kind::column)
      result += "_" + default_name(x.arguments[0]);
    return result;
  }
  if (x.kind != expr_kind::column)
    return {};
  if (const auto i = find_column(x.path))
    return over_.columns[*i].name;
  // The spelling of the schema, whichever way the path begins.
  for (std::size_t i = 0; i < over_.origins.size(); ++i)
    for (std::size_t skipped = 0; skipped < 2; ++skipped) {
      const auto steps = std::span{x.path};
      if (steps.size() < skipped + 2
          || !over_.origins[i].table->find_relation(steps[skipped].text)
          || (skipped == 1
              && !schema::same_name(over_.origins[i].alias, steps[0].text)))
        continue;
      auto found = std::string{};
      walk(i, steps.subspan(skipped), &found);
      return found;
    }
  return x.path.back().text;
}

} // namespace aura::dsl::interpreter
