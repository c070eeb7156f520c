#include "actors/stages/states.hpp"

#include "actors/stages/domain.hpp"
#include "kernels/base/nearest.hpp"
#include "kernels/schema/sample.hpp"
#include "kernels/schema/seed.hpp"

#include <algorithm>
#include <chrono>

namespace aura::stages {

namespace {

// Rows of one query come close together, if at all.
constexpr std::size_t remembered_probes = 4096;

std::string snake(std::string text) {
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

expected<std::string> make_image(const states_options& options,
                                 const flow::environment& at,
                                 const domain& context, schema::state_kind kind,
                                 std::uint64_t variant) {
  if (kind == schema::state_kind::realistic && !context.database.empty()) {
    auto how = schema::sample_options{};
    how.seed = at.seed;
    return schema::sample_database(context.database, *context.schema, how);
  }
  auto how = schema::state_options{};
  how.seed = at.seed;
  how.kind = kind;
  how.variant = variant;
  how.rows = options.rows;
  how.now = at.now;
  return schema::seed(*context.schema, how);
}

expected<std::shared_ptr<const domain>>
with_states(const states_options& options, const flow::environment& at,
            const domain& before) {
  auto result = std::make_shared<domain>(before);
  auto images = std::vector<std::string>{};
  for (std::size_t i = 0; i < options.kinds.size(); ++i) {
    const auto& name = options.kinds[i];
    const auto kind = schema::state_kind_named(snake(name));
    if (!kind)
      return fault{errc::invalid_option, "no kind of state '" + name + "'"};
    const auto variant = static_cast<std::uint64_t>(
      std::count(options.kinds.begin(),
                 options.kinds.begin() + static_cast<std::ptrdiff_t>(i), name));
    auto image = make_image(options, at, before, *kind, variant);
    if (!image)
      return image.error();
    result->state_names.push_back(
      variant ? name + "-" + std::to_string(variant + 1) : name);
    images.push_back(std::move(*image));
    at.tell({at.stage, "made " + result->state_names.back(), i + 1,
             options.kinds.size()});
  }
  auto how = evaluation::suite_options{};
  how.remembered = remembered_probes;
  // Steps decide what takes too long, since they are the same on any machine
  // under any load. The deadline only ends what hangs.
  how.bounds.deadline = std::chrono::minutes{5};
  auto suite = evaluation::state_suite::make(std::move(images), how);
  if (!suite)
    return suite.error();
  result->suite = std::make_shared<evaluation::state_suite>(std::move(*suite));
  return std::shared_ptr<const domain>{std::move(result)};
}

} // namespace

status check(const states_options& options) {
  if (options.kinds.size() < 2)
    return fault{errc::invalid_option,
                 "'kinds' must name at least two states: one alone tells "
                 "too little"};
  auto known = std::vector<std::string>{};
  for (std::size_t i = 0; i < schema::state_kinds; ++i)
    known.push_back(schema::to_string(static_cast<schema::state_kind>(i)));
  for (const auto& x : options.kinds)
    if (!schema::state_kind_named(snake(x))) {
      const auto near = nearest(snake(x), known);
      return fault{errc::invalid_option,
                   "no kind of state '" + x + "'"
                     + (near.empty() ? "" : ", did you mean '" + near + "'?")};
    }
  return ok;
}

std::string plan_of(const states_options& options) {
  return std::to_string(options.kinds.size()) + " database states";
}

expected<flow::stage_spec> make_stage(const states_options& options,
                                      const flow::environment& at) {
  return flow::map_stage(at, 1, [=] {
    return expected<flow::step>{[=](batch& x) -> status {
      auto made = with_states(options, at, *x.context);
      if (!made)
        return made.error();
      x.context = std::move(*made);
      return ok;
    }};
  });
}

} // namespace aura::stages
