#pragma once

#include "kernels/base/expected.hpp"
#include "kernels/retrieval/bm25.hpp"
#include "kernels/retrieval/embedding.hpp"
#include "kernels/retrieval/vector_index.hpp"
#include "kernels/schema/schema.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aura::retrieval {

/// Whether a prompt gets every table, or those that a question seems to need.
enum class retrieval_mode { automatic, all, top };

struct retriever_options {
  retrieval_mode mode = retrieval_mode::automatic;
  /// Tables in a prompt, at most; the closure over join paths may add some.
  std::size_t tables = 4;
};

/// A table and how well it fits a question; scores compare within one question.
struct ranked_table {
  std::size_t table;
  double score;
};

/// Finds the tables of a schema that a question is about. Documents are tables
/// and columns with their words, declared values point to their tables; a
/// lexical and a vector ranking and the values are fused. Frozen after
/// construction, hence safe to use from any thread.
class schema_retriever {
public:
  static expected<schema_retriever>
  build(std::shared_ptr<const schema::schema> s);

  /// Every table, best first, equal ones in the order of the schema.
  std::vector<ranked_table> rank(std::string_view question) const;

  /// The names of the tables to show with `question`, in the order of the
  /// schema: the best ones and those on the join paths between them. In
  /// automatic mode a schema of at most `tables` tables is given whole.
  std::vector<std::string> tables(std::string_view question,
                                  const retriever_options& options) const;

private:
  schema_retriever(std::shared_ptr<const schema::schema> s,
                   std::vector<std::size_t> table_of,
                   const std::vector<std::string>& documents,
                   vector_index index, hashed_embedder embedder);

  void index_values();

  std::shared_ptr<const schema::schema> schema_;
  std::vector<std::size_t> table_of_; // document -> table
  bm25 lexical_;
  hashed_embedder embedder_;
  vector_index index_;
  /// Declared value, as its words joined by blanks -> tables that have it.
  std::unordered_map<std::string, std::vector<std::size_t>> values_;
  std::size_t longest_value_ = 0; // in words
};

} // namespace aura::retrieval
