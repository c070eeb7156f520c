#include "kernels/retrieval/schema_retriever.hpp"

#include "kernels/retrieval/words.hpp"

#include <algorithm>
#include <utility>

namespace aura::retrieval {

namespace {

// Shares of the rankers in the fused score, tuned on questions of the built-in
// verbaliser; the name of a table counts most when it is said.
constexpr auto table_share = 1.0;
constexpr auto column_share = 0.7;
constexpr auto vector_share = 0.5;
constexpr auto value_share = 0.4;
constexpr std::size_t vector_neighbours = 32;

void add(std::string& text, std::string_view more, int times = 1) {
  for (int i = 0; i < times; ++i)
    text.append(" ").append(more);
}

std::string document_of(const schema::table& x) {
  auto text = std::string{};
  add(text, x.name, 3);
  for (const auto& synonym : x.synonyms)
    add(text, synonym, 3);
  add(text, x.description, 2);
  for (const auto& column : x.columns)
    add(text, column.name);
  return text;
}

std::string document_of(const schema::table& parent, const schema::column& x) {
  auto text = std::string{};
  add(text, x.name, 3);
  for (const auto& synonym : x.synonyms)
    add(text, synonym, 2);
  add(text, x.description);
  add(text, x.unit);
  add(text, parent.name);
  return text;
}

std::string joined(const std::vector<std::string>& terms, std::size_t from,
                   std::size_t count) {
  auto text = terms[from];
  for (std::size_t i = 1; i < count; ++i)
    text += ' ' + terms[from + i];
  return text;
}

/// Scales to [0, 1] by the best, so that rankers can be added.
void normalise(std::vector<double>& scores) {
  const auto best
    = scores.empty() ? 0.0 : *std::max_element(scores.begin(), scores.end());
  if (best > 0)
    for (auto& x : scores)
      x /= best;
}

std::vector<bm25::terms> terms_of(const std::vector<std::string>& documents) {
  std::vector<bm25::terms> result;
  for (const auto& x : documents)
    result.push_back(words(x));
  return result;
}

} // namespace

expected<schema_retriever>
schema_retriever::build(std::shared_ptr<const schema::schema> s) {
  std::vector<std::string> documents;
  std::vector<std::size_t> table_of;
  for (std::size_t i = 0; i < s->tables.size(); ++i) {
    documents.push_back(document_of(s->tables[i]));
    table_of.push_back(i);
  }
  for (std::size_t i = 0; i < s->tables.size(); ++i)
    for (const auto& column : s->tables[i].columns) {
      documents.push_back(document_of(s->tables[i], column));
      table_of.push_back(i);
    }
  auto embedder = hashed_embedder{documents};
  std::vector<std::vector<float>> vectors;
  for (auto& x : documents) {
    auto vector = embedder.embed(x);
    if (std::all_of(vector.begin(), vector.end(),
                    [](float v) { return v == 0; }))
      vector[0] = 1; // nothing to embed, such as a table named `_`
    vectors.push_back(std::move(vector));
  }
  auto index = vector_index::build(std::move(vectors));
  if (!index)
    return index.error();
  return schema_retriever{std::move(s), std::move(table_of), documents,
                          std::move(*index), std::move(embedder)};
}

schema_retriever::schema_retriever(std::shared_ptr<const schema::schema> s,
                                   std::vector<std::size_t> table_of,
                                   const std::vector<std::string>& documents,
                                   vector_index index, hashed_embedder embedder)
  : schema_{std::move(s)}, table_of_{std::move(table_of)}, lexical_{terms_of(
                                                             documents)},
    embedder_{std::move(embedder)}, index_{std::move(index)} {
  index_values();
}

void schema_retriever::index_values() {
  for (std::size_t i = 0; i < schema_->tables.size(); ++i)
    for (const auto& column : schema_->tables[i].columns)
      for (const auto& x : column.values) {
        const auto* text = std::get_if<std::string>(&x.stored);
        const auto terms = text ? words(*text) : bm25::terms{};
        if (terms.empty())
          continue;
        longest_value_ = std::max(longest_value_, terms.size());
        auto& tables = values_[joined(terms, 0, terms.size())];
        if (tables.empty() || tables.back() != i)
          tables.push_back(i);
      }
}

std::vector<ranked_table>
schema_retriever::rank(std::string_view question) const {
  const auto count = schema_->tables.size();
  const auto terms = words(question);
  auto by_table = std::vector<double>(count);
  auto by_column = std::vector<double>(count);
  auto by_vector = std::vector<double>(count);
  auto by_value = std::vector<double>(count);

  const auto lexical = lexical_.scores(terms);
  for (std::size_t i = 0; i < lexical.size(); ++i) {
    auto& best = (i < count ? by_table : by_column)[table_of_[i]];
    best = std::max(best, lexical[i]);
  }
  for (const auto& x :
       index_.search(embedder_.embed(question), vector_neighbours)) {
    auto& best = by_vector[table_of_[x.id]];
    best = std::max(best, static_cast<double>(x.similarity));
  }
  for (std::size_t i = 0; i < terms.size(); ++i)
    for (std::size_t n = 1; n <= longest_value_ && i + n <= terms.size(); ++n) {
      const auto found = values_.find(joined(terms, i, n));
      if (found == values_.end())
        continue;
      for (auto table : found->second)
        by_value[table]
          += static_cast<double>(n) / static_cast<double>(found->second.size());
    }
  for (auto* scores : {&by_table, &by_column, &by_vector, &by_value})
    normalise(*scores);

  std::vector<ranked_table> result;
  for (std::size_t i = 0; i < count; ++i)
    result.push_back({i, table_share * by_table[i] + column_share * by_column[i]
                           + vector_share * by_vector[i]
                           + value_share * by_value[i]});
  std::stable_sort(
    result.begin(), result.end(),
    [](const auto& a, const auto& b) { return a.score > b.score; });
  return result;
}

std::vector<std::string>
schema_retriever::tables(std::string_view question,
                         const retriever_options& options) const {
  const auto& all = schema_->tables;
  auto chosen = std::vector<bool>(all.size());
  const auto whole = options.mode == retrieval_mode::all
                     || (options.mode == retrieval_mode::automatic
                         && all.size() <= options.tables);
  if (whole)
    chosen.assign(all.size(), true);
  else
    for (const auto& x : rank(question)) {
      if (options.tables
          == static_cast<std::size_t>(
            std::count(chosen.begin(), chosen.end(), true)))
        break;
      chosen[x.table] = true;
    }
  // Two chosen tables joined through a third need that one too.
  auto closed = chosen;
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const auto& first : all[i].relations) {
      const auto* middle = schema_->find_table(first.to);
      if (!chosen[i] || !middle)
        continue;
      for (const auto& second : middle->relations) {
        const auto* end = schema_->find_table(second.to);
        if (end && chosen[static_cast<std::size_t>(end - all.data())])
          closed[static_cast<std::size_t>(middle - all.data())] = true;
      }
    }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (closed[i])
      names.push_back(all[i].name);
  return names;
}

} // namespace aura::retrieval
