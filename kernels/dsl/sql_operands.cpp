#include "kernels/dsl/sql_pipelines.hpp"

namespace aura::dsl {

std::string pipeline_writer::select_of(const plan::pipeline& x,
                                       bool keep_order) {
  auto p = run_steps(x);
  const auto& order = p.block.limited ? p.block.order : x.order;
  auto columns = std::vector<sql_column>{};
  for (const auto& column : x.columns)
    columns.push_back(
      {column.name, expressions_.of(column.id).text, column.id});
  return select_text(
    p.block, columns,
    p.block.limited || keep_order ? order_by(order, expressions_) : "");
}

std::string pipeline_writer::from_pipeline(const plan::derived& x,
                                           sql_block& block) {
  const auto& inner = plan_.pipelines[x.pipeline];
  auto& known = let_names_[x.pipeline];
  if (known.empty())
    known = add_cte(select_of(inner, false),
                    inner.name.empty() ? "" : "MATERIALIZED ");
  const auto alias = table_alias();
  for (std::size_t i = 0; i < x.columns.size(); ++i) {
    expressions_.mean(x.columns[i],
                      alias + "." + quoted_name(inner.columns[i].name));
    block.defined.push_back(x.columns[i]);
  }
  return known + " AS " + alias;
}

void pipeline_writer::write(const plan::join&, progress&, std::size_t) {
}

void pipeline_writer::write(const plan::set_operation&, progress&,
                            std::size_t) {
}

void pipeline_writer::write(const plan::window&, progress&, std::size_t) {
}

void pipeline_writer::write(const plan::unpivot&, progress&, std::size_t) {
}

} // namespace aura::dsl
