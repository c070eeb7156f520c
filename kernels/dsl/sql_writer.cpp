#include "kernels/dsl/sql_writer.hpp"

#include "kernels/dsl/plan_visit.hpp"
#include "kernels/dsl/sql_pipelines.hpp"

#include <algorithm>

namespace aura::dsl {

using plan::column_id;

namespace {

// A text longer than this is named in a CTE before it is used twice.
constexpr std::size_t worth_naming = 240;
constexpr std::size_t too_deep = 2000;

/// Numbers the parameters in the order of the text, so that those of columns
/// that nobody reads are not asked for.
void renumber(std::string& sql, std::vector<datum>& parameters) {
  if (parameters.empty())
    return;
  auto text = std::string{};
  text.reserve(sql.size());
  auto kept = std::vector<datum>{};
  auto numbers = std::vector<std::size_t>(parameters.size(), 0);
  auto copied = std::size_t{0};
  for (std::size_t i = 0; i < sql.size(); ++i) {
    const auto c = sql[i];
    if (c == '\'' || c == '"') {
      // A doubled quote ends one text and begins the next.
      i = sql.find(c, i + 1);
      continue;
    }
    if (c != '?')
      continue;
    text.append(sql, copied, i + 1 - copied);
    auto number = std::size_t{0};
    while (i + 1 < sql.size() && sql[i + 1] >= '0' && sql[i + 1] <= '9')
      number = number * 10 + static_cast<std::size_t>(sql[++i] - '0');
    copied = i + 1;
    auto& known = numbers[number - 1];
    if (known == 0) {
      kept.push_back(std::move(parameters[number - 1]));
      known = kept.size();
    }
    text += std::to_string(known);
  }
  text.append(sql, copied);
  sql = std::move(text);
  parameters = std::move(kept);
}

bool same_text(std::string_view a, std::string_view b) {
  return schema::same_name(a, b);
}

} // namespace

pipeline_writer::pipeline_writer(const plan::query& plan,
                                 const schema::schema& s,
                                 const compile_options& options)
  : plan_{plan}, schema_{s}, options_{options}, expressions_{plan, options},
    let_names_(plan.pipelines.size()) {
  expressions_.subqueries.resize(plan.pipelines.size());
}

std::vector<datum> pipeline_writer::take_parameters() {
  return expressions_.take_parameters();
}

std::size_t pipeline_writer::order_columns() const {
  return order_columns_;
}

bool pipeline_writer::too_long() const {
  return expressions_.too_long();
}

std::string pipeline_writer::run() {
  const auto& main = plan_.pipelines.back();
  write_subqueries();
  auto p = run_steps(main);
  const auto& order = p.block.limited ? p.block.order : main.order;
  auto columns = std::vector<sql_column>{};
  for (const auto& column : main.columns)
    columns.push_back(
      {column.name,
       expressions_.dialect().readable(plan_.columns[column.id],
                                       expressions_.of(column.id).text),
       column.id});
  if (options_.expose_order) {
    for (const auto& key : order)
      columns.push_back({"order_" + std::to_string(++order_columns_),
                         expressions_.of(key.id).text, key.id});
  }
  auto body = select_text(p.block, columns, order_by(order, expressions_));
  if (ctes_.empty())
    return body;
  auto result = std::string{"WITH "};
  for (std::size_t i = 0; i < ctes_.size(); ++i)
    result += (i > 0 ? ", " : "") + ctes_[i].first + ctes_[i].second;
  return result + " " + body;
}

void pipeline_writer::count_uses(const plan::pipeline& x, progress& p) const {
  p.last_use.assign(plan_.columns.size(), 0);
  p.uses.assign(plan_.columns.size(), 0);
  auto at = std::size_t{0};
  const auto use = [&](column_id id) {
    p.last_use[id] = at;
    ++p.uses[id];
  };
  for (; at < x.steps.size(); ++at)
    plan::visit_columns(x.steps[at], use);
  for (const auto& column : x.columns)
    use(column.id);
  for (const auto& key : x.order)
    use(key.id);
}

pipeline_writer::progress pipeline_writer::run_steps(const plan::pipeline& x) {
  auto p = progress{};
  p.pipeline = &x;
  count_uses(x, p);
  for (std::size_t at = 0; at < x.steps.size() && !too_long(); ++at)
    std::visit([&](const auto& step) { write(step, p, at); }, x.steps[at].what);
  return p;
}

std::string pipeline_writer::add_cte(std::string body, const char* hint) {
  // A CTE must not hide a table of the schema.
  auto name = "q" + std::to_string(ctes_.size() + 1);
  while (schema_.find_table(name))
    name += '_';
  ctes_.emplace_back(name, std::string{" AS "} + hint + "(" + body + ")");
  return name;
}

std::vector<sql_column>
pipeline_writer::named(const std::vector<column_id>& ids) const {
  auto result = std::vector<sql_column>{};
  result.reserve(ids.size());
  for (auto id : ids) {
    const auto base
      = id < plan_.columns.size() && !plan_.columns[id].name.empty()
          ? inner_name(plan_.columns[id].name)
          : "place";
    auto name = base;
    for (auto n = 2; std::any_of(
           result.begin(), result.end(),
           [&](const auto& other) { return same_text(other.name, name); });
         ++n)
      name = base + "_" + std::to_string(n);
    result.push_back({std::move(name), expressions_.of(id).text, id});
  }
  return result;
}

void pipeline_writer::define(progress& p, column_id id, std::string text,
                             binding strength) {
  expressions_.mean(id, std::move(text), strength);
  p.block.defined.push_back(id);
}

void pipeline_writer::close(progress& p, std::size_t at) {
  auto ids = std::vector<column_id>{};
  for (auto id : p.block.defined)
    // All columns of a DISTINCT take part in telling rows apart.
    if (p.block.distinct || id >= p.last_use.size()
        || (p.uses[id] > 0 && p.last_use[id] >= at))
      if (std::find(ids.begin(), ids.end(), id) == ids.end())
        ids.push_back(id);
  if (p.block.grouped && p.block.group.empty()
      && std::none_of(ids.begin(), ids.end(),
                      [&](auto id) { return p.block.aggregates_in(id); }))
    ids.push_back(p.block.aggregates.front());
  const auto columns = named(ids);
  const auto name = add_cte(
    select_text(p.block, columns,
                p.block.limited ? order_by(p.block.order, expressions_) : ""));
  p.block = {};
  p.block.from = name;
  for (const auto& column : columns)
    define(p, column.id, name + "." + quoted_name(column.name), binding::atom);
}

void pipeline_writer::write(const plan::scan& x, progress& p, std::size_t) {
  auto text = from(x, p.block);
  p.block.from = text.first + text.paths;
}

void pipeline_writer::write(const plan::derived& x, progress& p, std::size_t) {
  p.block.from = from(x, p.block).first;
}

void pipeline_writer::write(const plan::filter& x, progress& p,
                            std::size_t at) {
  if (p.block.windowed || p.block.distinct || p.block.limited)
    close(p, at);
  auto& clause = p.block.grouped ? p.block.having : p.block.where;
  // What stands there already and the new condition are parts of one AND.
  auto text = std::string{};
  if (clause.empty()) {
    const auto strength = expressions_.write(text, x.predicate);
    clause = strength < binding::conjunction ? "(" + text + ")" : text;
    return;
  }
  expressions_.operand(text, x.predicate, binding::conjunction);
  clause += " AND " + text;
}

void pipeline_writer::write(const plan::compute& x, progress& p,
                            std::size_t at) {
  for (const auto& d : x.definitions) {
    if (p.uses[d.id] == 0)
      continue;
    if (p.block.distinct)
      close(p, at);
    auto text = std::string{};
    const auto strength = expressions_.write(text, d.expression);
    const auto size = text.size();
    define(p, d.id, std::move(text), strength);
    p.block.computed = true;
    auto aggregates = false;
    plan::visit_columns(d.expression, [&](auto id) {
      aggregates = aggregates || p.block.aggregates_in(id);
    });
    if (aggregates)
      p.block.aggregates.push_back(d.id);
    if (size > too_deep || (size > worth_naming && p.uses[d.id] > 1))
      close(p, at);
  }
}

void pipeline_writer::write(const plan::project& x, progress& p,
                            std::size_t at) {
  // Without a key it is the aggregates among the columns that make one row.
  if (p.block.grouped && p.block.group.empty()
      && std::none_of(x.columns.begin(), x.columns.end(), [&](const auto& k) {
           return p.block.aggregates_in(k.id);
         }))
    close(p, at);
  // To show fewer columns than were told apart is a matter of another SELECT.
  if (p.block.distinct
      && std::any_of(
        p.block.defined.begin(), p.block.defined.end(), [&](auto id) {
          return std::none_of(x.columns.begin(), x.columns.end(),
                              [&](const auto& k) { return k.id == id; });
        }))
    close(p, at);
}

void pipeline_writer::write(const plan::aggregate& x, progress& p,
                            std::size_t at) {
  if (!p.block.filters())
    close(p, at);
  auto keys = std::vector<std::pair<std::string, binding>>{};
  for (const auto& key : x.keys) {
    auto text = std::string{};
    const auto strength = expressions_.write(text, key.expression);
    keys.emplace_back(std::move(text), strength);
  }
  auto calls = std::vector<std::pair<std::string, binding>>{};
  for (const auto& call : x.calls) {
    auto text = std::string{};
    const auto strength
      = expressions_.dialect().aggregate(expressions_, text, call, {});
    calls.emplace_back(std::move(text), strength);
  }
  p.block.defined.clear();
  p.block.grouped = true;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    p.block.group
      += (i > 0 ? ", " : "") + expressions_.dialect().group_key(keys[i].first);
    define(p, x.keys[i].id, std::move(keys[i].first), keys[i].second);
  }
  for (std::size_t i = 0; i < calls.size(); ++i) {
    p.block.aggregates.push_back(x.calls[i].id);
    define(p, x.calls[i].id, std::move(calls[i].first), calls[i].second);
  }
}

void pipeline_writer::write(const plan::sort&, progress& p, std::size_t at) {
  // The rows that LIMIT cut off were chosen by the order before this one.
  if (p.block.limited)
    close(p, at);
}

void pipeline_writer::write(const plan::limit& x, progress& p, std::size_t at) {
  if (p.block.limited)
    close(p, at);
  p.block.limited = true;
  p.block.order = x.order;
  p.block.limit = expressions_.count(x.count);
  if (x.offset > 0)
    p.block.limit += " OFFSET " + expressions_.count(x.offset);
}

void pipeline_writer::write(const plan::distinct& x, progress& p,
                            std::size_t at) {
  if (p.block.limited || p.block.distinct)
    close(p, at);
  p.block.distinct = true;
  p.block.defined = x.columns;
}

void pipeline_writer::write(const plan::top& x, progress& p, std::size_t at) {
  if (p.block.windowed || p.block.distinct || p.block.limited)
    close(p, at);
  auto over = std::string{x.with_ties ? "RANK()" : "ROW_NUMBER()"};
  over += " OVER (";
  for (std::size_t i = 0; i < x.per.size(); ++i)
    over += (i > 0 ? ", " : "PARTITION BY ") + expressions_.of(x.per[i]).text;
  over += (x.per.empty() ? "ORDER BY " : " ORDER BY ")
          + order_list(x.order, expressions_) + ")";
  const auto place = expressions_.invent();
  define(p, place, std::move(over), binding::atom);
  close(p, at + 1);
  p.block.where
    = expressions_.of(place).text + " <= " + expressions_.count(x.count);
  std::erase(p.block.defined, place);
}

expected<sql_text> write_sql(const plan::query& x, const schema::schema& s,
                             const compile_options& options) {
  auto writer = pipeline_writer{x, s, options};
  auto result = sql_text{};
  result.sql = writer.run();
  if (writer.too_long())
    return fault{errc::resource_limit, "the SQL would be longer than 1 MB"};
  result.parameters = writer.take_parameters();
  renumber(result.sql, result.parameters);
  result.order_columns = writer.order_columns();
  return result;
}

} // namespace aura::dsl
