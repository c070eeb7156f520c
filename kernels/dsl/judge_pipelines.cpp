#include "kernels/dsl/judge.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>

/// Where pipelines and their operators begin and end, and what is in scope
/// there.
namespace aura::dsl {

void judge::pipeline_begins(std::size_t at) {
  if (pipelines_.empty())
    outermost_ = at;
  auto fresh = open_pipeline{};
  fresh.start = fresh.stage = at;
  fresh.frames = frames.size();
  pipelines_.push_back(std::move(fresh));
}

bool judge::stage_begins(std::size_t at) {
  auto& here = pipelines_.back();
  const auto start = here.start;
  const auto first = here.frames;
  here = open_pipeline{};
  here.start = start;
  here.frames = first;
  here.stage = at;
  here.names = views_.after(text_of(start, at));
  // The operator, by its first word.
  auto rest = what_.source.substr(at);
  rest.remove_prefix(std::min<std::size_t>(rest.size(), 3));
  here.word = rest.substr(0, rest.find(' '));
  return here.names != nullptr;
}

void judge::go_on(const judge_mark& mark) {
  lets_ = mark.lets;
  lets_end_ = mark.lets_end;
  pipeline_begins(mark.start);
}

bool judge::joins(const join& x) {
  auto& here = pipelines_.back();
  here.left_columns = here.names ? here.names->names.columns.size() : 0;
  here.names = views_.after(
    text_of(here.start, here.stage) + " |> CROSS JOIN "
    + std::string{what_.source.substr(
      x.other.where.start, x.other.where.end - x.other.where.start)});
  return here.names != nullptr;
}

bool judge::pipeline_ends(std::size_t at) {
  ended_start_ = pipelines_.back().start;
  ended_at_ = at;
  ended_is_operand_ = false;
  pipelines_.pop_back();
  // At the end of the input, symbol() asks when it has to know.
  return at == what_.read || resolves(ended_start_, at);
}

bool judge::operand_pipeline_ends() {
  ended_is_operand_ = true;
  return ended_at_ == what_.read || ended_fits();
}

// Whether the pipeline that ended last can be closed.
bool judge::ended_fits() const {
  const auto text = text_of(ended_start_, ended_at_);
  const auto inner = views_.after(text);
  if (!inner)
    return false;
  if (!ended_is_operand_) {
    if (has_duplicates(*inner))
      return false;
    // A pipeline in parentheses is what its operator takes.
    if (pipelines_.empty() || ended_start_ <= pipelines_.back().start)
      return true;
    const auto& here = pipelines_.back();
    return here.stage == here.start
           || (here.word != "UNION" && here.word != "INTERSECT"
               && here.word != "EXCEPT")
           || views_.after(text_of(here.start, ended_at_) + ")") != nullptr;
  }
  if (inner->names.columns.size() != 1)
    return false;
  const auto type = class_of(inner->names.columns.front().type);
  const auto* f = top();
  if (f && f->what == slot::member)
    return fits(type, wanted());
  // One row by construction: the resolver knows.
  const auto& tables = views_.domain().tables;
  if (tables.empty() || !fits(type, wanted_operand()))
    return false;
  const auto lets = std::string{what_.source.substr(0, lets_end_)};
  return views_.after(lets + "SOURCE " + spell_name(tables.front().name)
                      + " |> SELECT ("
                      + std::string{what_.source.substr(
                        ended_start_, ended_at_ - ended_start_)}
                      + ") AS one")
         != nullptr;
}

void judge::let_ends(const let& x, std::size_t at) {
  lets_.push_back(x.name.text);
  lets_end_ = at;
}

} // namespace aura::dsl
