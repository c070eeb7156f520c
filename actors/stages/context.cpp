#include "actors/stages/context.hpp"

#include "actors/stages/domain.hpp"
#include "kernels/base/json.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/resolve.hpp"

#include <algorithm>
#include <atomic>

namespace aura::stages {

namespace {

using json = nlohmann::ordered_json;

/// How often retrieval gave every table that a query needs.
struct recall {
  std::atomic<std::uint64_t> rows{0};
  std::atomic<std::uint64_t> missed{0};
  std::atomic<std::uint64_t> tests{0};
  std::atomic<std::uint64_t> tests_missed{0};
  std::atomic<std::uint64_t> shown{0};
};

retrieval::retriever_options read(const context_options& options) {
  using retrieval::retrieval_mode;
  auto how = retrieval::retriever_options{};
  how.mode = options.mode == "all"   ? retrieval_mode::all
             : options.mode == "top" ? retrieval_mode::top
                                     : retrieval_mode::automatic;
  how.tables = options.tables;
  return how;
}

/// The tables that `query` reads, in the order of the schema.
std::vector<std::string> tables_of(const std::string& query,
                                   const schema::schema& s,
                                   const std::string& now) {
  const auto parsed = dsl::parse(query);
  if (!parsed.query)
    return {};
  auto how = dsl::compile_options{};
  how.now = now;
  const auto meant = dsl::resolve(*parsed.query, s, how);
  auto result = std::vector<std::string>{};
  if (meant.query)
    for (const auto& table : s.tables)
      for (const auto& use : meant.query->instances)
        if (use.table && use.table->name == table.name) {
          result.push_back(table.name);
          break;
        }
  return result;
}

void choose(sample& row, const domain& context,
            const retrieval::retriever_options& how, const std::string& now,
            recall& seen) {
  row.tables = context.retriever->tables(row.question, how);
  const auto needed = tables_of(row.query, *context.schema, now);
  const auto shows = [&](const std::string& name) {
    return std::find(row.tables.begin(), row.tables.end(), name)
           != row.tables.end();
  };
  const auto missed = !std::all_of(needed.begin(), needed.end(), shows);
  const auto test = row.split == "L0" || row.split == "L1";
  ++seen.rows;
  seen.missed += missed;
  seen.tests += test;
  seen.tests_missed += test && missed;
  if (missed && !test) {
    auto all = std::vector<std::string>{};
    for (const auto& table : context.schema->tables)
      if (shows(table.name)
          || std::find(needed.begin(), needed.end(), table.name)
               != needed.end())
        all.push_back(table.name);
    row.tables = std::move(all);
  }
  seen.shown += row.tables.size();
}

void publish(const recall& seen, const flow::environment& at) {
  const auto rows = seen.rows.load();
  at.publish("retrieval",
             json{{"rows", rows},
                  {"missed", seen.missed.load()},
                  {"test_rows", seen.tests.load()},
                  {"test_missed", seen.tests_missed.load()},
                  {"tables_shown", rows ? static_cast<double>(seen.shown.load())
                                            / static_cast<double>(rows)
                                        : 0.0}}
               .dump());
}

} // namespace

expected<flow::stage_spec> make_stage(const context_options& options,
                                      const flow::environment& at) {
  const auto how = read(options);
  auto seen = std::make_shared<recall>();
  return flow::map_stage(at, options.workers, [=] {
    return expected<flow::step>{[=](batch& x) -> status {
      for (auto& row : x.samples)
        if (row.rejected == errc::none)
          choose(row, *x.context, how, at.now, *seen);
      publish(*seen, at);
      return ok;
    }};
  });
}

} // namespace aura::stages
