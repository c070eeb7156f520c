#pragma once

#include "kernels/model/safetensors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace aura {

/// A file of tests/golden that a script of the same name has written.
class golden_file {
public:
  explicit golden_file(const std::string& path)
    : file_{model::safetensors::open(std::string{AURA_SOURCE_DIR}
                                     + "/tests/golden/" + path)} {
    if (!file_)
      ADD_FAILURE() << file_.error().message;
  }

  bool has(const std::string& name) const {
    return find(name) != nullptr;
  }

  /// Empty, and the test fails, if there is no such tensor.
  std::vector<float> read(const std::string& name) const {
    const auto* entry = find(name);
    if (entry == nullptr) {
      ADD_FAILURE() << "no tensor " << name;
      return {};
    }
    auto values = file_->read(name, entry->shape);
    if (values)
      return *std::move(values);
    ADD_FAILURE() << values.error().message;
    return {};
  }

private:
  const model::tensor_entry* find(const std::string& name) const {
    if (!file_)
      return nullptr;
    for (const auto& x : file_->entries())
      if (x.name == name)
        return &x;
    return nullptr;
  }

  expected<model::safetensors> file_;
};

} // namespace aura
