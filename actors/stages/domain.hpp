#pragma once

#include "kernels/evaluation/suite.hpp"
#include "kernels/retrieval/schema_retriever.hpp"
#include "kernels/schema/schema.hpp"
#include "kernels/text/bpe.hpp"

#include <memory>
#include <string>
#include <vector>

namespace aura {

/// A form in which a fine-tuned model lies on disk.
struct model_form {
  /// As the option `finetune.export` calls it; `base` is the model before.
  std::string name;
  std::string path;

  bool operator==(const model_form&) const = default;
};

/// What rows that somebody has written say beside question and query, by row.
struct written_rows {
  /// What the prompt shows of the tables.
  std::vector<std::string> contexts;
  /// Where the row was read: `questions.jsonl:17`.
  std::vector<std::string> places;
};

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
  /// Null where rows are made here.
  std::shared_ptr<const written_rows> written;
  /// SHA-256 over the dataset files.
  std::string dataset_hash;
  std::shared_ptr<const text::bpe> vocabulary;
  /// The folder of the trained model, and what it was made from.
  std::string model;
  std::string model_key;
  /// Every form to be evaluated, that of `model` first; none of a decoder that
  /// was trained from scratch.
  std::vector<model_form> forms;
};

} // namespace aura
