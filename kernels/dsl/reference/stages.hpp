#pragma once

#include "kernels/dsl/reference/binder.hpp"

/// The operators, one function each: they change a relation in place. Trouble
/// goes to the context; the relation is then of no use.
namespace aura::dsl::interpreter {

void run(context& shared, relation& in, const filter& x);
void run(context& shared, relation& in, const select& x);
void run(context& shared, relation& in, const extend& x);
void run(context& shared, relation& in, const drop& x);
void run(context& shared, relation& in, const rename& x);
void run(context& shared, relation& in, const set& x);
void run(context& shared, relation& in, const aggregate& x);
void run(context& shared, relation& in, const sort& x);
void run(context& shared, relation& in, const limit& x);
void run(context& shared, relation& in, const distinct& x);
void run(context& shared, relation& in, const top& x);
void run(context& shared, relation& in, const rename_rows& x);
void run(context& shared, relation& in, const join& x);
void run(context& shared, relation& in, const set_operation& x);
void run(context& shared, relation& in, const window& x);
void run(context& shared, relation& in, const pivot& x);
void run(context& shared, relation& in, const unpivot& x);

/// The rows that a table, a LET or a pipeline gives.
relation rows_of(context& shared, const reference& x);

/// Rows that agree in what `keys` give; without keys all rows, even if there
/// are none.
struct group {
  cells key;
  std::vector<const row*> rows;
};
std::vector<group> grouped(const relation& in,
                           const std::vector<function>& keys);

/// What an item is called, given by AS or of its own.
std::string name_of(const binder& over, const item& x);

/// Makes the cells of column `at` a wider type.
void widen(relation& in, std::size_t at, schema::type wanted);

} // namespace aura::dsl::interpreter
