#include "actors/stages/split.hpp"

#include "actors/flow/files.hpp"
#include "actors/flow/row_store.hpp"
#include "actors/stages/domain.hpp"
#include "actors/stages/parallel.hpp"
#include "kernels/base/json.hpp"
#include "kernels/evaluation/judge.hpp"
#include "kernels/evaluation/splits.hpp"

#include <array>
#include <bit>
#include <mutex>
#include <optional>
#include <unordered_map>

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

/// The split of every sound row, in order. Rows are known by the hashes of
/// their query and structure: a million rows share one by accident with a
/// probability of 3e-8.
expected<std::vector<evaluation::split>> assign(const flow::row_store& rows,
                                                const split_options& options,
                                                std::uint64_t seed) {
  struct hashes {
    std::array<char, 8> query{};
    std::array<char, 8> structure{};
  };
  const auto bytes_of = [](const std::string& text) {
    return std::bit_cast<std::array<char, 8>>(hash64(text));
  };
  auto texts = std::vector<hashes>{};
  texts.reserve(rows.size());
  const auto read = flow::for_each(rows, [&](const sample& row) -> status {
    if (row.rejected == errc::none)
      texts.push_back({bytes_of(row.query), bytes_of(row.structure)});
    return ok;
  });
  if (!read)
    return read.error();
  const auto view = [](const std::array<char, 8>& x) {
    return std::string_view{x.data(), x.size()};
  };
  auto keys = std::vector<evaluation::split_key>{};
  keys.reserve(texts.size());
  for (const auto& x : texts)
    keys.push_back({view(x.query), view(x.structure)});
  const auto how = evaluation::split_options{
    seed, options.eval, with_reserve(options.l0), with_reserve(options.l1)};
  return evaluation::assign_splits(keys, how);
}

bool is_test(evaluation::split x) {
  return x == evaluation::split::l0 || x == evaluation::split::l1;
}

using rejections = std::unordered_map<std::uint64_t, fault>;

/// The test rows, by id, whose answers are not settled by their queries.
expected<rejections> check_gold(const flow::row_store& rows,
                                const std::vector<evaluation::split>& where,
                                const split_options& options,
                                const domain& context,
                                const flow::environment& at) {
  auto how = dsl::compile_options{};
  how.now = at.now;
  how.deterministic = true;
  how.expose_order = true;
  auto tests = std::vector<std::pair<std::uint64_t, std::string>>{};
  auto next = where.begin();
  const auto read = flow::for_each(rows, [&](const sample& row) -> status {
    if (row.rejected == errc::none && is_test(*next++))
      tests.emplace_back(row.id, row.query);
    return ok;
  });
  if (!read)
    return read.error();
  auto mutex = std::mutex{};
  auto result = rejections{};
  parallel_for(tests.size(), options.workers, [&](std::size_t i) {
    if (at.stop.stop_requested())
      return;
    const auto& [id, query] = tests[i];
    auto made = evaluation::translate(query, *context.schema, how);
    const auto good
      = made ? context.suite->check_gold(*made) : status{made.error()};
    if (!good) {
      const auto guard = std::lock_guard{mutex};
      result.emplace(id,
                     fault{good.error().code, "gold: " + good.error().message});
    }
    if (i % 100 == 99)
      at.tell({at.stage, "checking test rows", i + 1, tests.size()});
  });
  return result;
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

void count(counts& x, evaluation::split where) {
  using evaluation::split;
  ++(where == split::train  ? x.train
     : where == split::eval ? x.eval
     : where == split::l0   ? x.l0
                            : x.l1);
}

/// Writes rows as they pass. Without a folder it only counts.
class dataset_writer {
public:
  explicit dataset_writer(const std::filesystem::path& folder) {
    if (!folder.empty())
      files_.emplace(folder);
  }

  void write(const sample& row, evaluation::split where) {
    const auto sound = row.rejected == errc::none;
    if (sound)
      count(numbers, where);
    if (!files_)
      return;
    const auto line
      = to_json(row).dump(-1, ' ', false, json::error_handler_t::replace)
        + "\n";
    auto& file = !sound                              ? files_->rejected
                 : where == evaluation::split::train ? files_->train
                 : where == evaluation::split::eval  ? files_->eval
                                                     : files_->test;
    file.write(line);
  }

  /// The digest of the dataset, once it stands.
  expected<std::string> commit() {
    if (!files_)
      return std::string{};
    auto all = sha256{};
    for (auto* file :
         {&files_->train, &files_->eval, &files_->test, &files_->rejected}) {
      if (auto done = file->commit(); !done)
        return done.error();
      if (file != &files_->rejected)
        all.update(file->digest());
    }
    return all.finish();
  }

  counts numbers;

private:
  std::optional<dataset_files> files_;
};

/// Rewrites the rows with their splits, and writes the dataset on the way.
status divide(flow::row_store& rows,
              const std::vector<evaluation::split>& where, rejections bad,
              dataset_writer& out) {
  auto divided = rows.another();
  auto next = where.begin();
  auto done = flow::for_each(rows, [&](sample& row) -> status {
    auto split = evaluation::split::train;
    if (row.rejected == errc::none) {
      split = *next++;
      row.split = evaluation::to_string(split);
      if (const auto found = bad.find(row.id); found != bad.end())
        row.reject(found->second.code, std::move(found->second.message));
    }
    out.write(row, split);
    return divided.add(row);
  });
  if (done)
    rows = std::move(divided);
  return done;
}

status work(batch& x, flow::row_store& rows, const split_options& options,
            const flow::environment& at) {
  if (!at.directory.empty())
    if (auto made = flow::make_folder(at.directory / "dataset"); !made)
      return made;
  auto where = assign(rows, options, at.seed);
  if (!where)
    return where.error();
  auto bad = check_gold(rows, *where, options, *x.context, at);
  if (!bad)
    return bad.error();
  if (at.stop.stop_requested())
    return fault{errc::cancelled, "interrupted"};
  auto out = dataset_writer{at.directory};
  if (auto divided = divide(rows, *where, *std::move(bad), out); !divided)
    return divided;
  const auto n = out.numbers;
  if (n.train == 0)
    return fault{errc::invalid_option,
                 "no rows are left to train on; ask for more rows"};
  auto digest = out.commit();
  if (!digest)
    return digest.error();
  auto result = std::make_shared<domain>(*x.context);
  result->dataset_hash = std::move(*digest);
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

std::uint64_t target_of(const split_options& options) {
  return options.rows;
}

expected<flow::stage_spec> make_stage(const split_options& options,
                                      const flow::environment& at) {
  auto spec = flow::store_stage(at, [=](batch& x, flow::row_store& rows) {
    return work(x, rows, options, at);
  });
  spec.target = options.rows;
  return spec;
}

} // namespace aura::stages
