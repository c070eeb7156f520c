#include "kernels/dsl/compile.hpp"

#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/resolve.hpp"
#include "kernels/dsl/sql_writer.hpp"

#include <iterator>
#include <utility>

namespace aura::dsl {

namespace {

/// The same domain in a database that has a type for moments: however they are
/// stored elsewhere, they are no text or number there.
schema::schema with_own_types(schema::schema s) {
  for (auto& table : s.tables)
    for (auto& column : table.columns)
      column.format = schema::date_format::iso_space;
  return s;
}

compile_result compile_for(const query& x, const schema::schema& s,
                           const compile_options& options) {
  auto result = compile_result{};
  auto resolution = resolve(x, s, options);
  result.diagnostics = std::move(resolution.diagnostics);
  if (!resolution.query)
    return result;
  const auto& plan = *resolution.query;
  auto written = write_sql(plan, s, options);
  if (!written) {
    result.diagnostics.push_back({"AUR-E0298",
                                  severity::error,
                                  written.error().message,
                                  x.main.where,
                                  {},
                                  {},
                                  {},
                                  {}});
    return result;
  }
  auto made = compiled{};
  made.sql = std::move(written->sql);
  made.parameters = std::move(written->parameters);
  made.order_columns = written->order_columns;
  const auto& main = plan.pipelines.back();
  made.ordered = !main.order.empty();
  for (const auto& column : main.columns) {
    const auto& known = plan.columns[column.id];
    made.columns.push_back({column.name,
                            known.type == plan::data_type::null
                              ? schema::type::text
                              : plan::to_schema(known.type),
                            known.nullable});
  }
  result.compiled = std::move(made);
  return result;
}

} // namespace

compile_result compile(const query& x, const schema::schema& s,
                       const compile_options& options) {
  return options.target == sql_target::sqlite
           ? compile_for(x, s, options)
           : compile_for(x, with_own_types(s), options);
}

compile_result compile(std::string_view source, const schema::schema& s,
                       const compile_options& options) {
  auto read = parse(source);
  if (!read.query)
    return {std::nullopt, std::move(read.diagnostics)};
  auto result = compile(*read.query, s, options);
  result.diagnostics.insert(result.diagnostics.begin(),
                            std::make_move_iterator(read.diagnostics.begin()),
                            std::make_move_iterator(read.diagnostics.end()));
  return result;
}

} // namespace aura::dsl
