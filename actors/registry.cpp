#include "actors/registry.hpp"

#include "actors/stages/context.hpp"
#include "actors/stages/dedupe.hpp"
#include "actors/stages/evaluate.hpp"
#include "actors/stages/finetune.hpp"
#include "actors/stages/infill.hpp"
#include "actors/stages/report.hpp"
#include "actors/stages/rows.hpp"
#include "actors/stages/schema.hpp"
#include "actors/stages/skeletons.hpp"
#include "actors/stages/split.hpp"
#include "actors/stages/states.hpp"
#include "actors/stages/tokenize.hpp"
#include "actors/stages/train.hpp"
#include "actors/stages/verify.hpp"

#include <algorithm>

namespace aura {

namespace {

using prepare_function
  = prepared_stage (*)(const flow::setting&, flow::problems&,
                       const std::vector<std::filesystem::path>&);

// What named the environment is shown as it was written, never as it reads.
void hide_environment(std::vector<flow::option_info>& options,
                      const flow::setting& written) {
  for (auto& x : options)
    for (const auto& entry : written.entries) {
      if (flow::kebab(entry.key) != x.key)
        continue;
      if (!entry.value.source.empty())
        x.value = flow::yaml_scalar(entry.value.source);
      for (const auto& item : entry.value.items)
        if (!item.source.empty())
          x.value = "'${…}'";
    }
}

/// `make` turns options into a stage. Where a stage has them, `check` tells
/// whether its options fit together, `plan_of` what it will do, `cost_of` what
/// a row costs, `most_rows` and `target_of` how many there will be, `forecast`
/// what it will need, `ready` whether that is there.
template <class Options>
prepared_stage prepare(const flow::setting& from, flow::problems& trouble,
                       const std::vector<std::filesystem::path>& roots) {
  auto result = prepared_stage{};
  auto options = flow::read_options<Options>(from, trouble, roots);
  result.options = flow::list_options(options);
  hide_environment(result.options, from);
  if constexpr (requires { check(options); })
    if (auto good = check(options); !good)
      trouble.push_back({from.where, good.error().message, {}});
  if constexpr (requires { plan_of(options); })
    result.plan = plan_of(options);
  if constexpr (requires { cost_of(options); })
    result.cost = cost_of(options);
  if constexpr (requires { most_rows(options); })
    result.most_rows = most_rows(options);
  if constexpr (requires { target_of(options); })
    result.target = target_of(options);
  if constexpr (requires { forecast(options); })
    result.forecast = [options] { return forecast(options); };
  if constexpr (requires { ready(options); })
    result.ready = [options] { return ready(options); };
  result.make = [options = std::move(options)](const flow::environment& at) {
    return make_stage(options, at);
  };
  return result;
}

// What stages hand to those after them, one bit for each.
enum thing : unsigned {
  no_thing = 0,
  domain_schema = 1,
  states = 2,
  rows = 4,
  vocabulary = 8,
  model = 16,
};

struct named_thing {
  thing what;
  const char* name;
};

constexpr named_thing things[] = {{domain_schema, "a schema"},
                                  {states, "database states"},
                                  {rows, "rows"},
                                  {vocabulary, "a vocabulary"},
                                  {model, "a model"}};

struct entry {
  const char* name;
  const char* summary;
  prepare_function prepare;
  unsigned needs;
  thing gives;
};

// One row per stage.
constexpr entry entries[] = {
  {"rows", "Reads questions and queries that somebody has written.",
   prepare<stages::rows_options>, 0, rows},
  {"schema", "Reads the domain: schema files, or a database to import.",
   prepare<stages::schema_options>, 0, domain_schema},
  {"states", "Makes the database states that queries are judged on.",
   prepare<stages::states_options>, domain_schema, states},
  {"skeletons", "Samples queries from the grammar over the schema.",
   prepare<stages::skeletons_options>, domain_schema, rows},
  {"infill", "Asks a question for each query.", prepare<stages::infill_options>,
   domain_schema | rows, no_thing},
  {"verify", "Runs each query on all states and keeps what tells something.",
   prepare<stages::verify_options>, domain_schema | states | rows, no_thing},
  {"dedupe", "Drops rows that are there already, by row id.",
   prepare<stages::dedupe_options>, rows, no_thing},
  {"split", "Divides the rows and writes the dataset.",
   prepare<stages::split_options>, domain_schema | states | rows, no_thing},
  {"context", "Chooses the tables that each prompt shows.",
   prepare<stages::context_options>, domain_schema | rows, no_thing},
  {"tokenize", "Learns a vocabulary.", prepare<stages::tokenize_options>,
   domain_schema | rows, vocabulary},
  {"train", "Trains a small decoder from scratch.",
   prepare<stages::train_options>, domain_schema | rows | vocabulary, model},
  {"finetune", "Trains an adapter beside a pretrained decoder.",
   prepare<stages::finetune_options>, rows, model},
  {"evaluate", "Measures execution match on the test splits.",
   prepare<stages::evaluate_options>, domain_schema | states | rows | model,
   no_thing},
  {"report", "Measures coverage and contamination for the report.",
   prepare<stages::report_options>, domain_schema | states | rows, no_thing},
};

const entry* find_entry(std::string_view name) {
  for (const auto& x : entries)
    if (x.name == name)
      return &x;
  return nullptr;
}

std::string comment_lines(const std::string& text, const std::string& indent) {
  auto result = std::string{};
  auto line = std::string{};
  const auto width = 78 - indent.size();
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(' ', at), text.size());
    const auto word = text.substr(at, end - at);
    if (!line.empty() && line.size() + 1 + word.size() > width) {
      result += indent + "# " + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    at = end + 1;
  }
  return result + indent + "# " + line + "\n";
}

std::string option_lines(const std::vector<flow::option_info>& options,
                         const std::string& indent) {
  auto text = std::string{};
  for (const auto& x : options) {
    auto comment = x.comment;
    if (!x.allowed.empty() && x.allowed.size() < 60)
      comment += " (" + x.allowed + ")";
    text += comment_lines(comment, indent) + indent + x.key + ": " + x.value
            + "\n";
  }
  return text;
}

} // namespace

const std::vector<std::string>& stage_names() {
  static const auto names = [] {
    auto result = std::vector<std::string>{};
    for (const auto& x : entries)
      result.emplace_back(x.name);
    return result;
  }();
  return names;
}

prepared_stage prepare_stage(std::string_view name,
                             const flow::setting& options,
                             flow::problems& trouble,
                             const std::vector<std::filesystem::path>& roots) {
  if (const auto* x = find_entry(name)) {
    auto result = x->prepare(options, trouble, roots);
    result.name = x->name;
    return result;
  }
  trouble.push_back(
    {options.where, "no stage '" + std::string{name} + "'", {}});
  return {};
}

void check_needs(const std::vector<flow::stage_entry>& stages,
                 flow::problems& trouble) {
  auto there = 0u;
  for (const auto& stage : stages) {
    const auto* found = find_entry(stage.name);
    if (!found)
      continue;
    for (const auto& [what, name] : things) {
      if ((found->needs & ~there & what) == 0)
        continue;
      auto givers = std::string{};
      for (const auto& x : entries)
        if (x.gives == what)
          givers
            += (givers.empty() ? "'" : " or '") + std::string{x.name} + "'";
      trouble.push_back({stage.options.where,
                         "'" + stage.name + "' needs " + name
                           + ", which no stage before it makes",
                         "put " + givers + " before it"});
    }
    // What is missing once is not missed again.
    there |= found->needs | found->gives;
  }
}

std::vector<stage_description> describe_stages() {
  auto result = std::vector<stage_description>{};
  for (const auto& x : entries) {
    auto trouble = flow::problems{};
    result.push_back({x.name, x.summary, x.prepare({}, trouble, {}).options});
  }
  return result;
}

std::string reference() {
  auto text = std::string{
    "# Every option of a pipeline file with its default. Written by\n"
    "# `aura-run --reference`; a test compares it with the program.\n\n"};
  text += option_lines(flow::list_options<flow::run_options>(), "");
  text += "\n# What ${name} stands for elsewhere in the file; name=value on "
          "the command\n# line sets it. A parameter without a value must be "
          "set there.\nparameters: {}\n\n# Files whose keys come below those "
          "of this one.\ninclude: []\n\nstages:\n";
  for (const auto& x : describe_stages())
    text += "\n  # " + x.summary + "\n  " + x.name + ":\n"
            + option_lines(x.options, "    ");
  text += "\n# Who sends to whom, from the first stage to the last.\nedges: "
          "[]\n";
  return text;
}

} // namespace aura
