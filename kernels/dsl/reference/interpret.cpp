#include "kernels/dsl/reference/interpret.hpp"

#include "kernels/dsl/reference/calendar.hpp"
#include "kernels/dsl/reference/stages.hpp"

#include <variant>

namespace aura::dsl::interpreter {

namespace {

// Makes values of all stored cells.
void load(context& shared, const database& state) {
  for (const auto& table : shared.schema.tables)
    shared.tables[table.name]; // empty unless the state says otherwise
  for (const auto& data : state.tables) {
    const auto* table = shared.schema.find_table(data.table);
    if (!table) {
      shared.fail(errc::invalid_schema, "no table `" + data.table + "`");
      return;
    }
    auto& rows = shared.tables[table->name];
    for (const auto& record : data.rows) {
      if (record.size() != table->columns.size()) {
        shared.fail(errc::damaged_file,
                    "a row of `" + table->name + "` of another length");
        return;
      }
      auto& row = rows.emplace_back();
      for (std::size_t i = 0; i < record.size(); ++i) {
        auto cell = from_stored(record[i], table->columns[i]);
        if (!cell) {
          shared.fail(cell.error().code, cell.error().message);
          return;
        }
        row.push_back(std::move(*cell));
      }
    }
  }
}

relation whole_table(context& shared, const schema::table& table) {
  auto result = relation{};
  for (const auto& c : table.columns)
    result.columns.push_back({table.name, c.name, c.type});
  result.origins.push_back({table.name, &table});
  for (const auto& cells : shared.tables[table.name])
    result.rows.push_back({cells, {&cells}, {}});
  return result;
}

answer finish(const context& shared, relation x) {
  auto result = answer{};
  for (auto& c : x.columns)
    result.columns.push_back({c.name, c.type.value_or(schema::type::text)});
  result.ordered = x.ordered;
  for (std::size_t i = 0; i < x.rows.size(); ++i) {
    auto& cells = result.rows.emplace_back();
    for (const auto& v : x.rows[i].cells)
      cells.push_back(to_datum(v));
    if (!x.ordered)
      continue;
    const auto rank = result.ranks.empty() ? 0 : result.ranks.back();
    const auto tied = i == 0 || same_cells(x.rows[i - 1].keys, x.rows[i].keys);
    result.ranks.push_back(tied ? rank : rank + 1);
  }
  result.open.assign(shared.open.begin(), shared.open.end());
  return result;
}

} // namespace

relation rows_of(context& shared, const reference& x) {
  auto result = relation{};
  auto alias = std::string{};
  if (const auto* nested = std::get_if<box<pipeline>>(&x.source)) {
    result = run_pipeline(shared, **nested);
  } else {
    const auto& wanted = std::get<name>(x.source).text;
    const auto let = shared.lets.find(lowered(wanted));
    if (let != shared.lets.end()) {
      result = let->second;
      alias = wanted;
    } else if (const auto* table = shared.schema.find_table(wanted)) {
      result = whole_table(shared, *table);
      alias = table->name;
    } else {
      shared.fail(errc::resolve_error, "there is no table `" + wanted + "`");
    }
  }
  if (x.alias)
    alias = x.alias->text;
  for (auto& c : result.columns)
    c.alias = alias;
  for (auto& o : result.origins)
    o.alias = alias;
  return result;
}

// Aliases end with the pipeline, the order goes on.
relation run_pipeline(context& shared, const pipeline& x) {
  auto result = rows_of(shared, x.source);
  for (const auto& stage : x.stages) {
    if (shared.trouble)
      return {};
    std::visit([&](const auto& what) { run(shared, result, what); },
               stage.what);
    if (result.rows.size() > shared.options.max_rows)
      shared.fail(errc::resource_limit, "too many rows");
  }
  result.forget_aliases();
  return result;
}

expected<answer> interpret(const query& x, const schema::schema& s,
                           const database& state,
                           const interpret_options& options) {
  auto shared = context{s, options, {}, {}, {}, {}, 0, {}};
  if (const auto now = read_iso(options.now))
    shared.now = now->seconds;
  load(shared, state);
  for (const auto& let : x.lets) {
    if (shared.trouble)
      break;
    auto rows = run_pipeline(shared, let.value);
    rows.forget_order();
    shared.lets[lowered(let.name.text)] = std::move(rows);
  }
  auto rows = shared.trouble ? relation{} : run_pipeline(shared, x.main);
  if (shared.trouble)
    return *shared.trouble;
  return finish(shared, std::move(rows));
}

} // namespace aura::dsl::interpreter
