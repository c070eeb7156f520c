#include "kernels/base/nearest.hpp"
#include "kernels/dsl/resolver.hpp"
#include "kernels/dsl/words.hpp"

#include <algorithm>

/// Where rows come from: tables, LETs and pipelines in parentheses.
namespace aura::dsl {

using schema::same_name;

namespace {

std::string quoted(std::string_view name) {
  return "`" + std::string{name} + "`";
}

} // namespace

std::uint32_t resolver::add_alias(const std::string& name,
                                  std::uint32_t instance, span where,
                                  building& b) {
  for (const auto& alias : b.scope.aliases)
    if (same_name(alias.name, name)) {
      auto& d = error("AUR-E0210", where,
                      quoted(name) + " is in scope already; add AS");
      d.fixes.push_back(
        {{where.end, where.end}, " AS " + spell_name(name + "2"), 0.7});
    }
  b.scope.aliases.push_back({name, instance});
  return static_cast<std::uint32_t>(b.scope.aliases.size() - 1);
}

// A LET that stands further down, or around the name.
bool resolver::complain_about_later_let(const name& wanted) {
  for (auto i = lets_.size(); i < all_lets_.size(); ++i) {
    if (!same_name(all_lets_[i].text, wanted.text))
      continue;
    if (i == lets_.size()) {
      error("AUR-E0240", wanted.where,
            "LET " + quoted(wanted.text)
              + " refers to itself; recursion is not in version 1");
      return true;
    }
    auto& d = error("AUR-E0233", wanted.where,
                    "LET " + quoted(wanted.text) + " is defined further down");
    d.related.push_back({all_lets_[i].where, "here"});
    return true;
  }
  return false;
}

std::variant<plan::scan, plan::derived>
resolver::open(const reference& x, building& b, uniqueness& known) {
  auto pipeline = plan::instance::none;
  auto name = std::string{};
  if (const auto* inner = std::get_if<box<dsl::pipeline>>(&x.source)) {
    pipeline = add_pipeline(**inner, "");
  } else {
    const auto& wanted = std::get<dsl::name>(x.source);
    for (auto& let : lets_)
      if (same_name(let.name, wanted.text)) {
        let.used = true;
        pipeline = let.pipeline;
        name = let.name;
        note(wanted.where, spell_name(let.name));
      }
    const auto* table
      = name.empty() ? schema_.find_table(wanted.text) : nullptr;
    if (spellings_ && (table || !name.empty()))
      spellings_->names.push_back(
        {wanted.where, spell_name(table ? table->name : name), 1});
    if (table) {
      auto made = plan::instance{table, plan::instance::none, nullptr, {}};
      made.columns.assign(table->columns.size(), plan::no_column);
      out_.instances.push_back(std::move(made));
      const auto instance
        = static_cast<std::uint32_t>(out_.instances.size() - 1);
      const auto alias = add_alias(x.alias ? x.alias->text : table->name,
                                   instance, x.where, b);
      b.scope.columns.reserve(b.scope.columns.size() + table->columns.size()
                              + 4);
      for (std::size_t i = 0; i < table->columns.size(); ++i)
        b.scope.columns.push_back(
          {table->columns[i].name, instance_column(instance, i), alias});
      const auto add_key
        = [&](const std::vector<std::string>& columns, auto& to) {
            auto ids = std::vector<plan::column_id>{};
            for (const auto& column : columns)
              if (const auto* found = table->find_column(column))
                ids.push_back(instance_column(
                  instance,
                  static_cast<std::size_t>(found - table->columns.data())));
            if (!ids.empty() && ids.size() == columns.size())
              to.push_back(std::move(ids));
          };
      add_key(table->primary_key, known.keys);
      for (const auto& unique : table->unique) {
        const auto whole
          = std::all_of(unique.begin(), unique.end(), [&](const auto& column) {
              const auto* found = table->find_column(column);
              return found && !found->nullable;
            });
        add_key(unique, whole ? known.keys : known.loose_keys);
      }
      note(wanted.where, spell_name(table->name));
      return plan::scan{instance};
    }
    if (name.empty()) {
      auto names = std::vector<std::string>{};
      for (const auto& t : schema_.tables)
        names.push_back(t.name);
      for (const auto& let : lets_)
        names.push_back(let.name);
      if (complain_about_later_let(wanted)) {
        b.scope.lost = true;
        return plan::scan{};
      }
      const auto near = nearest(wanted.text, names);
      auto& d = error("AUR-E0201", wanted.where,
                      "there is no table " + quoted(wanted.text) + " in "
                        + quoted(schema_.name)
                        + (near.empty() ? "" : "; nearest is " + quoted(near)));
      if (!near.empty())
        d.fixes.push_back({wanted.where, spell_name(near), 0.8});
      d.candidates = std::move(names);
      b.scope.lost = true;
      return plan::scan{};
    }
  }
  // The columns of a pipeline get numbers of their own at each use.
  const auto& inner = ends_[pipeline];
  if (inner.lost)
    b.scope.lost = true;
  auto result = plan::derived{pipeline, {}};
  auto alias = no_alias;
  if (x.alias)
    alias = add_alias(x.alias->text, plan::instance::none, x.where, b);
  else if (!name.empty())
    alias = add_alias(name, plan::instance::none, x.where, b);
  const auto outputs = out_.pipelines[pipeline].columns;
  for (const auto& column : outputs) {
    auto copy = out_.columns[column.id];
    copy.name = column.name;
    out_.columns.push_back(std::move(copy));
    const auto id = static_cast<plan::column_id>(out_.columns.size() - 1);
    result.columns.push_back(id);
    b.scope.columns.push_back({column.name, id, alias});
  }
  const auto carry = [&](const auto& keys, auto& to) {
    for (const auto& key : keys) {
      auto ids = std::vector<plan::column_id>{};
      for (auto id : key)
        for (std::size_t i = 0; i < outputs.size(); ++i)
          if (outputs[i].id == id) {
            ids.push_back(result.columns[i]);
            break;
          }
      if (ids.size() == key.size())
        to.push_back(std::move(ids));
    }
  };
  carry(inner.keys, known.keys);
  carry(inner.loose_keys, known.loose_keys);
  known.one_row = inner.one_row;
  return result;
}

void resolver::begin(const reference& x, building& b) {
  // Rows in parentheses go on as they are, their order included.
  if (const auto* inner = std::get_if<box<dsl::pipeline>>(&x.source)) {
    run_stages(**inner, b);
    const auto& stages = (*inner)->stages;
    check_end(b.scope,
              stages.empty() ? (*inner)->source.where : stages.back().where);
    b.scope.end_aliases();
    b.scope.former.clear();
    if (!x.alias)
      return;
    const auto alias
      = add_alias(x.alias->text, plan::instance::none, x.where, b);
    for (auto& column : b.scope.columns)
      column.alias = alias;
    return;
  }
  auto known = uniqueness{};
  const auto source = open(x, b, known);
  b.scope.keys = std::move(known.keys);
  b.scope.loose_keys = std::move(known.loose_keys);
  b.scope.one_row = known.one_row;
  std::visit([&](const auto& s) { add_step(b, s, x.where); }, source);
}

} // namespace aura::dsl
