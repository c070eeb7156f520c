#pragma once

#include "kernels/dsl/compile.hpp"
#include "kernels/dsl/plan.hpp"
#include "kernels/dsl/sql_block.hpp"
#include "kernels/dsl/sql_expressions.hpp"
#include "kernels/schema/schema.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace aura::dsl {

/// Writes pipelines as blocks and CTEs. Behind sql_writer.hpp; the steps with
/// one operand are in sql_writer.cpp, those with two in sql_operands.cpp,
/// WINDOW and UNPIVOT in sql_windows.cpp.
class pipeline_writer {
public:
  pipeline_writer(const plan::query& plan, const schema::schema& s,
                  const compile_options& options);

  /// The main pipeline and all it needs.
  std::string run();

  std::vector<datum> take_parameters();
  std::size_t order_columns() const;
  bool too_long() const;

private:
  /// One pipeline while its steps are written.
  struct progress {
    const plan::pipeline* pipeline = nullptr;
    sql_block block;
    /// For each column, the last step that uses it; steps.size() is the end.
    std::vector<std::size_t> last_use;
    std::vector<std::uint32_t> uses;
  };

  progress run_steps(const plan::pipeline& x);
  void count_uses(const plan::pipeline& x, progress& p) const;

  void write(const plan::scan& x, progress& p, std::size_t at);
  void write(const plan::derived& x, progress& p, std::size_t at);
  void write(const plan::filter& x, progress& p, std::size_t at);
  void write(const plan::compute& x, progress& p, std::size_t at);
  void write(const plan::project& x, progress& p, std::size_t at);
  void write(const plan::aggregate& x, progress& p, std::size_t at);
  void write(const plan::sort& x, progress& p, std::size_t at);
  void write(const plan::limit& x, progress& p, std::size_t at);
  void write(const plan::distinct& x, progress& p, std::size_t at);
  void write(const plan::top& x, progress& p, std::size_t at);
  void write(const plan::join& x, progress& p, std::size_t at);
  void write(const plan::set_operation& x, progress& p, std::size_t at);
  void write(const plan::window& x, progress& p, std::size_t at);
  void write(const plan::unpivot& x, progress& p, std::size_t at);

  /// Ends the block as a CTE and begins one that reads from it.
  void close(progress& p, std::size_t at);
  void define(progress& p, plan::column_id id, std::string text,
              binding strength);
  /// What stands in FROM for an operand: `first`, and behind its ON `paths`.
  struct source_text {
    std::string first;
    std::string paths;
  };

  /// Defines the columns of a table and its paths.
  source_text from(const plan::scan& x, sql_block& block);
  source_text from(const plan::derived& x, sql_block& block);
  std::string add_cte(std::string body, const char* hint = "");
  const char* united_hint() const;
  /// A whole pipeline as one SELECT of some of its output columns. With
  /// `compound` it may stand beside UNION, hence ends in no LIMIT.
  std::string select_of(const plan::pipeline& x,
                        const std::vector<std::size_t>& outputs, bool compound);
  std::string select_of(const plan::pipeline& x);
  void write_subqueries();
  std::string over(const plan::window& x, const plan::function_call& call);
  std::vector<sql_column> named(const std::vector<plan::column_id>& ids) const;

  const plan::query& plan_;
  const schema::schema& schema_;
  const compile_options& options_;
  expression_writer expressions_;
  std::vector<std::pair<std::string, std::string>> ctes_;
  /// The CTE of each LET once it is written.
  std::vector<std::string> let_names_;
  std::uint32_t tables_ = 0;
  std::size_t order_columns_ = 0;
};

} // namespace aura::dsl
