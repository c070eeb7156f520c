#include "kernels/dsl/explain.hpp"

#include "kernels/base/json.hpp"
#include "kernels/dsl/parser.hpp"
#include "kernels/dsl/print_expression.hpp"
#include "kernels/dsl/resolve.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace aura::dsl {

namespace {

/// Turns what the resolver noted after each operator into words.
class explainer {
public:
  explainer(const query& q, const plan::query& p, std::string_view source)
    : query_{q}, plan_{p}, source_{source} {
  }

  std::vector<explained_pipeline> run(const std::vector<stage_scope>& stages) {
    // A pipeline is finished before the one that uses it.
    auto finished = std::vector<std::uint32_t>{};
    for (const auto& x : stages) {
      std::erase(finished, x.pipeline.start);
      finished.push_back(x.pipeline.start);
    }
    auto result = std::vector<explained_pipeline>{};
    for (auto start : finished) {
      auto& made = result.emplace_back();
      made.title = title(start);
      for (const auto& x : stages) {
        // What a PIVOT resolves for each of its cells is read once.
        const auto again
          = !made.stages.empty()
            && place_of(x).start <= made.stages.back().where.start;
        if (x.pipeline.start == start && !again)
          made.stages.push_back(stage(x, made.stages));
      }
      ends_[start] = made.stages.back().at_most;
    }
    return result;
  }

private:
  std::string title(std::uint32_t start) const {
    if (query_.main.where.start == start)
      return "query";
    for (const auto& let : query_.lets)
      if (let.value.where.start == start)
        return "LET " + let.name.text;
    const auto place = locate(source_, start);
    return "pipeline at " + std::to_string(place.line) + ':'
           + std::to_string(place.column);
  }

  static span place_of(const stage_scope& x) {
    return std::visit([](const auto& what) { return what.where; }, x.what);
  }

  /// The operator alone, as the printer writes it.
  static std::string text_of(const stage_scope& x) {
    auto out = std::string{};
    if (const auto* source = std::get_if<reference>(&x.what)) {
      print_pipeline(out, pipeline{*source, {}, {}});
      return out;
    }
    auto alone = pipeline{};
    alone.source.source = name{"t", {}};
    alone.stages.push_back(std::get<dsl::stage>(x.what));
    print_pipeline(out, alone);
    return out.substr(std::string_view{"SOURCE t |> "}.size());
  }

  explained_stage stage(const stage_scope& x,
                        const std::vector<explained_stage>& before) const {
    auto made = explained_stage{};
    made.text = text_of(x);
    made.where = place_of(x);
    for (const auto& column : x.scope.columns) {
      const auto& known = plan_.columns[column.id];
      made.columns.push_back(
        {column.name,
         column.alias == no_alias ? "" : x.scope.aliases[column.alias].name,
         known.type, known.nullable, known.origin ? known.origin->unit : ""});
    }
    for (const auto& key : x.scope.order)
      made.order.push_back(
        {name_of(key.id, x.scope), key.descending, key.nulls_first});
    for (const auto& key : x.scope.keys)
      add_key(made.unique, key, x.scope);
    drop_wider(made.unique);
    if (const auto* source = std::get_if<reference>(&x.what))
      made.at_most = rows_of(*source);
    else if (!before.empty())
      made.at_most
        = rows_after(std::get<dsl::stage>(x.what), before.back().at_most);
    if (x.scope.one_row)
      made.at_most = std::min<std::int64_t>(1, made.at_most.value_or(1));
    return made;
  }

  static const scope_column* visible(plan::column_id id, const scope& s) {
    const auto i
      = std::find_if(s.columns.begin(), s.columns.end(),
                     [id](const scope_column& x) { return x.id == id; });
    return i == s.columns.end() ? nullptr : &*i;
  }

  /// With its alias where others share its name.
  static std::string spelled(const scope_column& x, const scope& s) {
    const auto shared
      = std::count_if(s.columns.begin(), s.columns.end(), [&](const auto& c) {
          return schema::same_name(c.name, x.name);
        });
    return shared > 1 && x.alias != no_alias
             ? s.aliases[x.alias].name + '.' + x.name
             : x.name;
  }

  static void add_key(std::vector<std::vector<std::string>>& keys,
                      const std::vector<plan::column_id>& ids, const scope& s) {
    auto names = std::vector<std::string>{};
    for (auto id : ids) {
      const auto* column = visible(id, s);
      if (!column)
        return;
      names.push_back(spelled(*column, s));
    }
    if (!names.empty()
        && std::find(keys.begin(), keys.end(), names) == keys.end())
      keys.push_back(std::move(names));
  }

  /// A set that holds another one says nothing more.
  static void drop_wider(std::vector<std::vector<std::string>>& keys) {
    const auto all = keys;
    std::erase_if(keys, [&](const auto& wide) {
      return std::any_of(all.begin(), all.end(), [&](const auto& narrow) {
        return narrow.size() < wide.size()
               && std::all_of(narrow.begin(), narrow.end(),
                              [&](const auto& name) {
                                return std::find(wide.begin(), wide.end(), name)
                                       != wide.end();
                              });
      });
    });
  }

  std::string name_of(plan::column_id id, const scope& s) const {
    if (const auto* column = visible(id, s))
      return spelled(*column, s);
    // The key of a SORT by an expression: as it was written.
    for (const auto& pipeline : plan_.pipelines)
      for (const auto& step : pipeline.steps)
        if (const auto* made = std::get_if<plan::compute>(&step.what))
          for (const auto& d : made->definitions)
            if (d.id == id && d.expression.where.end <= source_.size())
              return std::string{source_.substr(d.expression.where.start,
                                                d.expression.where.end
                                                  - d.expression.where.start)};
    return plan_.columns[id].name;
  }

  std::optional<std::int64_t> rows_of(const reference& x) const {
    const auto* inner = std::get_if<box<pipeline>>(&x.source);
    if (inner)
      return known_end((*inner)->where.start);
    for (const auto& let : query_.lets)
      if (schema::same_name(let.name.text, std::get<name>(x.source).text))
        return known_end(let.value.where.start);
    return std::nullopt;
  }

  std::optional<std::int64_t> known_end(std::uint32_t start) const {
    const auto i = ends_.find(start);
    return i == ends_.end() ? std::nullopt : i->second;
  }

  /// How many rows there are at most after an operator.
  std::optional<std::int64_t>
  rows_after(const dsl::stage& x, std::optional<std::int64_t> before) const {
    const auto at_most
      = [&](std::int64_t n) { return before ? std::min(*before, n) : n; };
    if (const auto* cut = std::get_if<limit>(&x.what))
      return at_most(cut->count);
    if (const auto* cut = std::get_if<top>(&x.what))
      return cut->per.empty() && !cut->with_ties ? at_most(cut->count) : before;
    if (const auto* joined = std::get_if<join>(&x.what))
      return joined->how == join::kind::semi || joined->how == join::kind::anti
               ? before
               : std::nullopt;
    if (const auto* other = std::get_if<set_operation>(&x.what)) {
      if (other->how != set_operation::kind::union_rows)
        return before;
      const auto more = rows_of(other->other);
      auto sum = std::int64_t{0};
      if (!before || !more || __builtin_add_overflow(*before, *more, &sum))
        return std::nullopt;
      return sum;
    }
    if (const auto* spread = std::get_if<unpivot>(&x.what)) {
      auto product = std::int64_t{0};
      if (!before
          || __builtin_mul_overflow(
            *before, static_cast<std::int64_t>(spread->columns.size()),
            &product))
        return std::nullopt;
      return product;
    }
    return before;
  }

  const query& query_;
  const plan::query& plan_;
  std::string_view source_;
  /// How many rows there are at most at the end of the pipeline that begins at
  /// a byte.
  std::map<std::uint32_t, std::optional<std::int64_t>> ends_;
};

std::string render(const std::vector<explained_column>& xs) {
  auto out = std::string{};
  for (const auto& x : xs) {
    const auto shared
      = std::count_if(xs.begin(), xs.end(), [&](const auto& other) {
          return schema::same_name(other.name, x.name);
        });
    out += out.empty() ? "" : ", ";
    if (shared > 1 && !x.alias.empty())
      out += x.alias + '.';
    out += x.name + ' ' + plan::to_string(x.type) + (x.nullable ? "?" : "")
           + (x.unit.empty() ? "" : " [" + x.unit + "]");
  }
  return out;
}

std::string render(const std::vector<explained_key>& xs) {
  auto out = std::string{};
  for (const auto& x : xs)
    out += (out.empty() ? "" : ", ") + x.column + (x.descending ? " DESC" : "")
           + (x.nulls_first ? " NULLS FIRST" : "");
  return out;
}

std::string render_rows(const explained_stage& x) {
  auto out = std::string{};
  if (x.at_most)
    out = "at most " + std::to_string(*x.at_most);
  for (const auto& key : x.unique) {
    out += out.empty() ? "one for each " : ", one for each ";
    for (std::size_t i = 0; i < key.size(); ++i)
      out += (i > 0 ? " + " : "") + key[i];
  }
  return out;
}

void render(std::string& out, const explained_pipeline& x) {
  const explained_stage* before = nullptr;
  for (std::size_t i = 0; i < x.stages.size(); ++i) {
    const auto& stage = x.stages[i];
    out += std::to_string(i + 1) + "  " + stage.text + '\n';
    if (!before || before->columns != stage.columns)
      out += "     columns  " + render(stage.columns) + '\n';
    if (const auto rows = render_rows(stage);
        !rows.empty() && (!before || render_rows(*before) != rows))
      out += "     rows     " + rows + '\n';
    if (!stage.order.empty() && (!before || before->order != stage.order))
      out += "     order    " + render(stage.order) + '\n';
    if (stage.order.empty() && before && !before->order.empty())
      out += "     order    none\n";
    before = &stage;
  }
}

nlohmann::ordered_json to_json(const explained_stage& x) {
  auto columns = nlohmann::ordered_json::array();
  for (const auto& c : x.columns)
    columns.push_back({{"name", c.name},
                       {"alias", c.alias},
                       {"type", plan::to_string(c.type)},
                       {"nullable", c.nullable},
                       {"unit", c.unit}});
  auto order = nlohmann::ordered_json::array();
  for (const auto& k : x.order)
    order.push_back({{"column", k.column},
                     {"descending", k.descending},
                     {"nulls_first", k.nulls_first}});
  auto made = nlohmann::ordered_json{
    {"operator", x.text},
    {"span", {{"start", x.where.start}, {"end", x.where.end}}},
    {"columns", std::move(columns)},
    {"order", std::move(order)},
    {"unique", x.unique},
    {"at_most", nullptr}};
  if (x.at_most)
    made["at_most"] = *x.at_most;
  return made;
}

} // namespace

explanation explain(std::string_view source, const schema::schema& s,
                    const compile_options& options) {
  auto result = explanation{};
  auto read = parse(source);
  result.diagnostics = std::move(read.diagnostics);
  if (!read.query)
    return result;
  auto notes = resolve_notes{};
  auto resolution = resolve(*read.query, s, options, &notes);
  std::move(resolution.diagnostics.begin(), resolution.diagnostics.end(),
            std::back_inserter(result.diagnostics));
  if (resolution.query)
    result.pipelines
      = explainer{*read.query, *resolution.query, source}.run(notes.stages);
  return result;
}

std::string render(const explanation& x) {
  auto out = std::string{};
  for (const auto& pipeline : x.pipelines) {
    if (x.pipelines.size() > 1)
      out += (out.empty() ? "" : "\n") + pipeline.title + '\n';
    render(out, pipeline);
  }
  return out;
}

std::string render_json(const explanation& x) {
  auto pipelines = nlohmann::ordered_json::array();
  for (const auto& p : x.pipelines) {
    auto stages = nlohmann::ordered_json::array();
    for (const auto& stage : p.stages)
      stages.push_back(to_json(stage));
    pipelines.push_back({{"title", p.title}, {"stages", std::move(stages)}});
  }
  return nlohmann::ordered_json{{"pipelines", std::move(pipelines)}}.dump(
    -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace aura::dsl
