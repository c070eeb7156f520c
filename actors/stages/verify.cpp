#include "actors/stages/verify.hpp"

#include "actors/stages/domain.hpp"
#include "kernels/dsl/compile.hpp"

namespace aura::stages {

namespace {

void verify(sample& row, const domain& context,
            const dsl::compile_options& how) {
  const auto made = dsl::compile(row.query, *context.schema, how);
  if (!made.compiled) {
    row.reject(errc::resolve_error, made.diagnostics.empty()
                                      ? "does not compile"
                                      : made.diagnostics.front().message);
    return;
  }
  if (auto good = context.suite->probe(*made.compiled); !good)
    row.reject(good.error().code, good.error().message);
}

} // namespace

std::string plan_of(const verify_options& options) {
  return std::to_string(options.workers) + " workers";
}

expected<flow::stage_spec> make_stage(const verify_options& options,
                                      const flow::environment& at) {
  auto how = dsl::compile_options{};
  how.now = at.now;
  how.deterministic = true;
  return flow::map_stage(at, options.workers, [how] {
    return expected<flow::step>{flow::for_each_row(
      [how](sample& row, const batch& x) { verify(row, *x.context, how); })};
  });
}

} // namespace aura::stages
