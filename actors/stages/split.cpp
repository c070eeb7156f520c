#include "actors/stages/split.hpp"

#include "actors/flow/files.hpp"
#include "actors/stages/domain.hpp"
#include "actors/stages/parallel.hpp"
#include "kernels/evaluation/judge.hpp"
#include "kernels/evaluation/splits.hpp"

#include <nlohmann/json.hpp>

namespace aura::stages {

namespace {

using json = nlohmann::ordered_json;

json to_json(const sample& row) {
  auto result = json{{"id", row.id},
                     {"question", row.question},
                     {"query", row.query},
                     {"structure", row.structure},
                     {"style", row.style}};
  if (!row.split.empty())
    result["split"] = row.split;
  if (row.rejected != errc::none) {
    result["rejected"] = to_string(row.rejected);
    result["reason"] = row.reason;
    result["stage"] = row.rejected_by;
  }
  return result;
}

/// Some more test rows than asked for, since some will not serve as gold.
std::size_t with_reserve(std::size_t rows) {
  return rows + rows / 20 + (rows > 0 ? 2 : 0);
}

/// Gives every sound row its split.
void assign(std::vector<sample>& rows, const split_options& options,
            std::uint64_t seed) {
  auto keys = std::vector<evaluation::split_key>{};
  for (const auto& row : rows)
    if (row.rejected == errc::none)
      keys.push_back({row.query, row.structure});
  const auto how = evaluation::split_options{
    seed, options.eval, with_reserve(options.l0), with_reserve(options.l1)};
  const auto where = evaluation::assign_splits(keys, how);
  auto next = where.begin();
  for (auto& row : rows)
    if (row.rejected == errc::none)
      row.split = evaluation::to_string(*next++);
}

bool is_test(const sample& row) {
  return row.rejected == errc::none && (row.split == "L0" || row.split == "L1");
}

/// Rejects test rows whose answers are not settled by their queries.
void check_gold(std::vector<sample>& rows, const split_options& options,
                const domain& context, const flow::environment& at) {
  auto how = dsl::compile_options{};
  how.now = at.now;
  how.deterministic = true;
  how.expose_order = true;
  auto tests = std::vector<sample*>{};
  for (auto& row : rows)
    if (is_test(row))
      tests.push_back(&row);
  parallel_for(tests.size(), options.workers, [&](std::size_t i) {
    if (at.stop.stop_requested())
      return;
    auto made = evaluation::translate(tests[i]->query, *context.schema, how);
    const auto good
      = made ? context.suite->check_gold(*made) : status{made.error()};
    if (!good)
      tests[i]->reject(good.error().code, "gold: " + good.error().message);
    if (i % 100 == 99)
      at.tell({at.stage, "checking test rows", i + 1, tests.size()});
  });
}

struct dataset_files {
  explicit dataset_files(const std::filesystem::path& folder)
    : train{folder / "dataset" / "train.jsonl"}, eval{folder / "dataset"
                                                      / "eval.jsonl"},
      test{folder / "dataset" / "test.jsonl"}, rejected{folder
                                                        / "rejected.jsonl"} {
  }

  flow::new_file train;
  flow::new_file eval;
  flow::new_file test;
  flow::new_file rejected;
};

struct counts {
  std::size_t train = 0;
  std::size_t eval = 0;
  std::size_t l0 = 0;
  std::size_t l1 = 0;
};

expected<std::string> write(const std::vector<sample>& rows,
                            const std::filesystem::path& folder) {
  if (auto made = flow::make_folder(folder / "dataset"); !made)
    return made.error();
  auto files = dataset_files{folder};
  for (const auto& row : rows) {
    const auto line
      = to_json(row).dump(-1, ' ', false, json::error_handler_t::replace)
        + "\n";
    if (row.rejected != errc::none)
      files.rejected.write(line);
    else if (row.split == "train")
      files.train.write(line);
    else if (row.split == "eval")
      files.eval.write(line);
    else
      files.test.write(line);
  }
  auto all = sha256{};
  for (auto* file : {&files.train, &files.eval, &files.test, &files.rejected}) {
    if (auto done = file->commit(); !done)
      return done.error();
    if (file != &files.rejected)
      all.update(file->digest());
  }
  return all.finish();
}

counts count(const std::vector<sample>& rows) {
  auto result = counts{};
  for (const auto& row : rows) {
    if (row.rejected != errc::none)
      continue;
    ++(row.split == "train"  ? result.train
       : row.split == "eval" ? result.eval
       : row.split == "L0"   ? result.l0
                             : result.l1);
  }
  return result;
}

status work(batch& x, const split_options& options,
            const flow::environment& at) {
  assign(x.samples, options, at.seed);
  check_gold(x.samples, options, *x.context, at);
  if (at.stop.stop_requested())
    return fault{errc::cancelled, "interrupted"};
  const auto n = count(x.samples);
  if (n.train == 0)
    return fault{errc::invalid_option,
                 "no rows are left to train on; ask for more rows"};
  auto result = std::make_shared<domain>(*x.context);
  if (!at.directory.empty()) {
    auto digest = write(x.samples, at.directory);
    if (!digest)
      return digest.error();
    result->dataset_hash = std::move(*digest);
  }
  const auto accepted = n.train + n.eval + n.l0 + n.l1;
  at.publish("dataset", json{{"train", n.train},
                             {"eval", n.eval},
                             {"test", n.l0 + n.l1},
                             {"L0", n.l0},
                             {"L1", n.l1},
                             {"wanted", options.rows},
                             {"sha256", result->dataset_hash}}
                          .dump());
  at.tell({at.stage,
           std::to_string(n.train) + " train, " + std::to_string(n.eval)
             + " eval, " + std::to_string(n.l0) + " L0, " + std::to_string(n.l1)
             + " L1",
           accepted, options.rows});
  x.context = std::move(result);
  return ok;
}

} // namespace

std::string plan_of(const split_options& options) {
  return std::to_string(options.rows) + " accepted rows: at least "
         + std::to_string(options.eval) + " eval, " + std::to_string(options.l0)
         + " L0, " + std::to_string(options.l1) + " L1, the rest train";
}

expected<flow::stage_spec> make_stage(const split_options& options,
                                      const flow::environment& at) {
  auto spec
    = flow::collect_stage(at, [=](batch& x) { return work(x, options, at); });
  spec.target = options.rows;
  return spec;
}

} // namespace aura::stages
