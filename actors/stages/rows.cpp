#include "actors/stages/rows.hpp"

#include "actors/flow/files.hpp"
#include "actors/stages/domain.hpp"
#include "kernels/base/random.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/printer.hpp"
#include "kernels/model/pretrained/tuning_rows.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

namespace aura::stages {

namespace {

struct line {
  /// What it says, or why that cannot be read.
  expected<model::tuning_row> row;
  bool eval = false;
};

/// All lines of both files, in the order of their rows.
struct reading {
  std::vector<line> lines;
  std::shared_ptr<const domain> context;
};

expected<model::tuning_row> read_row(const std::string& text, bool canonical) {
  auto row = model::read_tuning_row(text);
  if (!row || !canonical)
    return row;
  const auto parsed = dsl::parse(row->query);
  for (const auto& x : parsed.diagnostics)
    if (!parsed.query && x.severity == dsl::severity::error)
      return fault{errc::syntax_error, "query does not parse: " + x.message};
  row->query = dsl::print(*parsed.query);
  return row;
}

status read_file(const std::string& file, const rows_options& options,
                 bool eval, std::vector<line>& out, written_rows& written) {
  const auto text = flow::read_file(file);
  if (!text)
    return text.error();
  const auto name = std::filesystem::path{file}.filename().string() + ":";
  auto number = std::size_t{0};
  for (std::size_t at = 0; at < text->size();) {
    const auto end = std::min(text->find('\n', at), text->size());
    const auto one = text->substr(at, end - at);
    at = end + 1;
    ++number;
    if (one.find_first_not_of(" \t\r") == std::string::npos)
      continue;
    auto row = read_row(one, options.canonical);
    written.places.push_back(name + std::to_string(number));
    written.contexts.push_back(row ? std::move(row->context) : std::string{});
    if (!row) {
      auto why = fault{row.error().code,
                       written.places.back() + ": " + row.error().message};
      if (options.bad_rows == "refuse")
        return why;
      row = std::move(why);
    }
    out.push_back({std::move(row), eval});
  }
  return ok;
}

expected<reading> read_all(const rows_options& options,
                           const flow::environment& at) {
  auto result = reading{};
  auto& lines = result.lines;
  auto written = written_rows{};
  if (auto done = read_file(options.file, options, false, lines, written);
      !done)
    return done.error();
  const auto own = lines.size();
  if (!options.eval_file.empty()) {
    if (auto done = read_file(options.eval_file, options, true, lines, written);
        !done)
      return done.error();
  } else {
    auto order = std::vector<std::size_t>(own);
    std::iota(order.begin(), order.end(), std::size_t{0});
    auto random = random_stream{at.seed, at.stage};
    random.shuffle(order);
    order.resize(std::min(options.eval, own / 10));
    for (auto i : order)
      lines[i].eval = true;
  }
  auto context = domain{};
  context.written = std::make_shared<const written_rows>(std::move(written));
  result.context = std::make_shared<const domain>(std::move(context));
  return result;
}

void fill(batch& x, const reading& from, const flow::environment& at) {
  x.context = from.context;
  const auto first = x.sequence * at.batch_rows;
  const auto end
    = std::min<std::uint64_t>(first + at.batch_rows, from.lines.size());
  for (auto id = first; id < end; ++id) {
    const auto& [read, eval] = from.lines[static_cast<std::size_t>(id)];
    auto row = sample{};
    row.id = row.family = id;
    if (read) {
      row.question = read->question;
      row.query = read->query;
      row.split = eval ? "eval" : "train";
    } else {
      row.reject(read.error().code, read.error().message);
    }
    x.samples.push_back(std::move(row));
  }
}

} // namespace

status check(const rows_options& options) {
  if (options.file.empty())
    return fault{errc::invalid_option, "give a 'file' under 'rows'"};
  return ok;
}

std::string plan_of(const rows_options& options) {
  return "read " + options.file
         + (options.eval_file.empty() ? "" : " and " + options.eval_file);
}

expected<flow::stage_spec> make_stage(const rows_options& options,
                                      const flow::environment& at) {
  return flow::source_stage(at, 1, [=]() -> expected<flow::step> {
    auto read = read_all(options, at);
    if (!read)
      return read.error();
    const auto all = std::make_shared<const reading>(std::move(*read));
    return flow::step{[=](batch& x) -> status {
      fill(x, *all, at);
      return ok;
    }};
  });
}

} // namespace aura::stages
