#include "kernels/schema/sample.hpp"

#include "kernels/base/random.hpp"
#include "kernels/schema/seed.hpp"
#include "kernels/sql/catalog.hpp"
#include "kernels/sql/connection.hpp"
#include "kernels/sql/writer.hpp"

#include <algorithm>
#include <deque>
#include <set>

namespace aura::schema {

namespace {

/// Rows are drawn from so many at the beginning of a table.
constexpr std::size_t window = 5000;

/// A relation with its names resolved.
struct way {
  std::size_t to = 0;
  std::vector<std::size_t> here;
  std::vector<std::size_t> there;
  std::string sql; // finds the row it leads to
};

/// A table on its way from the database to the sample.
struct sampled_table {
  const table* from = nullptr;
  std::vector<way> ways;
  std::vector<std::vector<std::size_t>> keys;
  bool referenced = false;
  std::vector<record> candidates;
  std::vector<record> rows;
  std::vector<std::set<record>> keys_seen;
};

class sampler {
public:
  sampler(const schema& s, sql::catalog& database, sql::connection& connection,
          const sample_options& options)
    : schema_{s}, database_{database},
      connection_{connection}, options_{options}, tables_(s.tables.size()) {
  }

  expected<rows_by_table> run();

private:
  status resolve(std::size_t index,
                 const std::vector<sql::catalog_table>& declared);
  status read_window(std::size_t index, const sql::catalog_table& declared);
  void draw(std::size_t index);
  bool add(std::size_t index, const record& r);
  void close();
  void follow(const way& w, const record& r);
  status invent();

  std::string select(const table& t) const {
    std::string columns;
    for (const auto& c : t.columns)
      columns += (columns.empty() ? "" : ", ") + sql::quote(c.name);
    return "SELECT " + columns + " FROM " + sql::quote(t.name);
  }

  const schema& schema_;
  sql::catalog& database_;
  sql::connection& connection_;
  const sample_options& options_;
  std::vector<sampled_table> tables_;
  /// Rows whose relations have not been followed yet.
  std::deque<std::pair<std::size_t, record>> open_;
};

std::size_t index_of(const table& t, std::string_view name) {
  return static_cast<std::size_t>(t.find_column(name) - t.columns.data());
}

std::vector<std::size_t> indexes_of(const table& t,
                                    const std::vector<std::string>& names) {
  std::vector<std::size_t> indexes;
  for (const auto& x : names)
    indexes.push_back(index_of(t, x));
  return indexes;
}

record part(const record& r, const std::vector<std::size_t>& indexes) {
  record values;
  for (auto i : indexes)
    values.push_back(r[i]);
  return values;
}

bool has_null(const record& r) {
  return std::any_of(r.begin(), r.end(), is_null);
}

status sampler::resolve(std::size_t index,
                        const std::vector<sql::catalog_table>& declared) {
  const auto& t = schema_.tables[index];
  auto& x = tables_[index];
  x.from = &t;
  if (!t.primary_key.empty())
    x.keys.push_back(indexes_of(t, t.primary_key));
  for (const auto& key : t.unique)
    x.keys.push_back(indexes_of(t, key));
  x.keys_seen.resize(x.keys.size());
  for (const auto& r : t.relations) {
    const auto* other = schema_.find_table(r.to);
    auto w = way{};
    w.to = static_cast<std::size_t>(other - schema_.tables.data());
    w.sql = select(*other) + " WHERE ";
    for (const auto& [here, there] : r.match) {
      w.here.push_back(index_of(t, here));
      w.there.push_back(index_of(*other, there));
      w.sql += (w.here.size() == 1 ? "" : " AND ") + sql::quote(there) + " = ?"
               + std::to_string(w.here.size());
    }
    w.sql += " LIMIT 1";
    tables_[w.to].referenced = tables_[w.to].referenced || w.to != index;
    x.ways.push_back(std::move(w));
  }
  for (const auto& d : declared)
    if (same_name(d.name, t.name))
      return read_window(index, d);
  return fault{errc::invalid_schema,
               "the database has no table '" + t.name + "'"};
}

status sampler::read_window(std::size_t index,
                            const sql::catalog_table& declared) {
  auto& x = tables_[index];
  std::vector<std::size_t> places;
  for (const auto& c : x.from->columns) {
    const auto found
      = std::find_if(declared.columns.begin(), declared.columns.end(),
                     [&](const auto& d) { return same_name(d.name, c.name); });
    if (found == declared.columns.end())
      return fault{errc::invalid_schema, "the database has no column '"
                                           + x.from->name + "." + c.name + "'"};
    places.push_back(
      static_cast<std::size_t>(found - declared.columns.begin()));
  }
  const auto rows = database_.sample_rows(declared.name, window);
  if (!rows)
    return rows.error();
  for (const auto& r : *rows)
    x.candidates.push_back(part(r, places));
  auto random = random_stream{options_.seed, "schema/sample/" + x.from->name};
  random.shuffle(x.candidates);
  return ok;
}

/// Takes a row unless it breaks what the schema declares or is there already.
bool sampler::add(std::size_t index, const record& r) {
  auto& x = tables_[index];
  if (x.rows.size() >= options_.most_rows)
    return false;
  for (std::size_t i = 0; i < r.size(); ++i)
    if (is_null(r[i]) && !x.from->columns[i].nullable)
      return false;
  for (std::size_t k = 0; k < x.keys.size(); ++k)
    if (const auto key = part(r, x.keys[k]);
        !has_null(key) && x.keys_seen[k].contains(key))
      return false;
  for (std::size_t k = 0; k < x.keys.size(); ++k)
    x.keys_seen[k].insert(part(r, x.keys[k]));
  x.rows.push_back(r);
  open_.emplace_back(index, r);
  return true;
}

/// Finds the row that `r` refers to, here or in the database.
void sampler::follow(const way& w, const record& r) {
  const auto& to = tables_[w.to];
  const auto wanted = part(r, w.here);
  if (has_null(wanted) || to.rows.size() >= options_.most_rows)
    return;
  for (std::size_t k = 0; k < to.keys.size(); ++k)
    if (to.keys[k] == w.there && to.keys_seen[k].contains(wanted))
      return;
  auto bounds = sql::limits{};
  bounds.deadline = std::chrono::seconds{10};
  // What cannot be read, such as a very long text, is left out.
  if (const auto found = connection_.run(w.sql, wanted, bounds);
      found && !found->rows.empty())
    add(w.to, found->rows.front());
}

void sampler::close() {
  while (!open_.empty()) {
    const auto [index, r] = std::move(open_.front());
    open_.pop_front();
    for (const auto& w : tables_[index].ways)
      follow(w, r);
  }
}

void sampler::draw(std::size_t index) {
  auto& x = tables_[index];
  for (const auto& r : x.candidates) {
    if (x.rows.size() >= std::min(options_.rows, options_.most_rows))
      break;
    add(index, r);
  }
  x.candidates.clear();
  close();
}

/// Gives tables without rows two that nobody stored, which refer to rows that
/// somebody did.
status sampler::invent() {
  if (std::all_of(tables_.begin(), tables_.end(),
                  [](const auto& x) { return x.rows.size() >= 2; }))
    return ok;
  auto how = state_options{};
  how.seed = options_.seed;
  how.kind = state_kind::nearly_empty;
  const auto invented = seed_rows(schema_, how);
  if (!invented)
    return invented.error();
  for (std::size_t i = 0; i < tables_.size(); ++i)
    for (const auto& row : (*invented)[i]) {
      auto& x = tables_[i];
      if (x.rows.size() >= 2)
        break;
      auto r = row;
      for (const auto& w : x.ways) {
        const auto& others = tables_[w.to].rows;
        if (others.empty() || w.to == i)
          continue;
        const auto& other = others[x.rows.size() % others.size()];
        for (std::size_t k = 0; k < w.here.size(); ++k)
          if (!is_null(other[w.there[k]]))
            r[w.here[k]] = other[w.there[k]];
      }
      if (!add(i, r))
        add(i, row);
    }
  return ok;
}

expected<rows_by_table> sampler::run() {
  const auto declared = database_.tables();
  if (!declared)
    return declared.error();
  for (std::size_t i = 0; i < tables_.size(); ++i)
    if (const auto done = resolve(i, *declared); !done)
      return done.error();
  // First the tables that nobody refers to, so that the others get the rows
  // that are asked for before any of their own.
  for (std::size_t i = 0; i < tables_.size(); ++i)
    if (!tables_[i].referenced)
      draw(i);
  for (std::size_t i = 0; i < tables_.size(); ++i)
    draw(i);
  if (const auto done = invent(); !done)
    return done.error();
  rows_by_table result;
  for (auto& x : tables_)
    result.push_back(std::move(x.rows));
  return result;
}

} // namespace

expected<std::string> sample_database(const std::filesystem::path& file,
                                      const schema& s,
                                      const sample_options& options) {
  auto database = sql::catalog::open(file);
  if (!database)
    return database.error();
  auto connection = sql::connection::open(file);
  if (!connection)
    return connection.error();
  const auto rows = sampler{s, *database, *connection, options}.run();
  if (!rows)
    return rows.error();
  return image_of(s, *rows);
}

} // namespace aura::schema
