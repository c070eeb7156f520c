#pragma once

#include "kernels/evaluation/suite.hpp"
#include "kernels/retrieval/schema_retriever.hpp"
#include "kernels/schema/schema.hpp"
#include "kernels/text/bpe.hpp"

#include <memory>
#include <string>
#include <vector>

namespace aura {

/// What grows as a run proceeds. A stage that adds to it copies it, which costs
/// little, and hands the copy on: nothing behind a pointer ever changes.
struct domain {
  std::shared_ptr<const schema::schema> schema;
  /// The schema as its file would say it.
  std::shared_ptr<const std::string> schema_text;
  /// The database that the schema was imported from; may be empty.
  std::string database;
  /// The database states that queries are judged on, and their names.
  std::shared_ptr<const evaluation::state_suite> suite;
  std::vector<std::string> state_names;
  std::shared_ptr<const retrieval::schema_retriever> retriever;
  /// SHA-256 over the dataset files.
  std::string dataset_hash;
  std::shared_ptr<const text::bpe> vocabulary;
  /// The folder of the trained model, and what it was made from.
  std::string model;
  std::string model_key;
};

} // namespace aura
