#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aura::schema {

/// `InvoiceLine`, `invoice_line` and `INVOICE-LINE` give `invoice line`.
std::string spoken(std::string_view name);

/// `spoken`, or nothing where that is the name itself but for underscores.
std::string description_of(std::string_view name);

/// `name` without what marks it as a key: `_id`, `_key`, `_no`, `id`, `key`, in
/// whatever case. Short words such as `paid` stay whole.
std::string without_key_suffix(std::string_view name);

/// Whether AuraDSL reserves `name`.
bool is_reserved(std::string_view name);

/// What a relation over `columns` to `table` is called: after its column, or
/// what its columns begin with, without the mark of a key; `<table>_by_
/// <columns>` where that is taken, reserved or empty.
std::string relation_name(const std::vector<std::string>& columns,
                          std::string_view table,
                          const std::vector<std::string>& taken);

/// `text` with a question mark for every control character and every byte that
/// is not UTF-8, so that it can stand in a comment.
std::string printable(std::string_view text);

/// Whether `name` can stand in a schema file and, in backticks, in a query.
bool is_usable(std::string_view name);

/// Whether `wanted` is among `names`, letter case aside.
bool holds_name(const std::vector<std::string>& names, std::string_view wanted);

/// Whether both name the same columns, in whatever order. @pre each name stands
/// once
bool same_columns(const std::vector<std::string>& a,
                  const std::vector<std::string>& b);

/// `a, b`.
std::string listed_names(const std::vector<std::string>& names);

} // namespace aura::schema
