#include "actors/stages/dedupe.hpp"

#include "kernels/evaluation/dedupe.hpp"

namespace aura::stages {

expected<flow::stage_spec> make_stage(const dedupe_options& options,
                                      const flow::environment& at) {
  auto how = evaluation::dedupe_options{};
  how.per_query = options.per_query;
  how.per_template = options.per_template;
  how.similarity = options.similarity;
  // One worker: rows are decided on in the order of their ids.
  return flow::map_stage(at, 1, [how] {
    auto known = std::make_shared<evaluation::deduper>(how);
    return expected<flow::step>{
      flow::for_each_row([known](sample& row, const batch&) {
        const auto found = known->add(row.question, row.query, row.structure);
        if (found != evaluation::duplicate::none)
          row.reject(errc::duplicate, evaluation::to_string(found));
      })};
  });
}

} // namespace aura::stages
