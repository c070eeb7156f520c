#pragma once

#include "kernels/model/pretrained/architecture.hpp"
#include "kernels/model/safetensors_writer.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

namespace aura::model {

/// A folder of its own for each test.
class Folder : public testing::Test {
protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder = std::filesystem::path{testing::TempDir()}
             / (std::string{info->test_suite_name()} + "-" + info->name());
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }

  void TearDown() override {
    std::filesystem::remove_all(folder);
  }

  void write(const char* name, const std::string& text) const {
    std::ofstream{folder / name, std::ios::binary | std::ios::trunc} << text;
  }

  std::filesystem::path folder;
};

/// A tensor with its bytes.
struct sample_tensor {
  std::string type;
  std::vector<std::size_t> shape;
  std::string bytes;
};

using sample_tensors = std::map<std::string, sample_tensor>;

/// Every tensor of `x`, in bfloat16, each value telling where it stands.
inline sample_tensors sample_checkpoint(const architecture& x) {
  sample_tensors result;
  std::uint16_t next = 0;
  for (const auto& plan : tensors_of(x)) {
    sample_tensor made{"BF16", {plan.rows}, {}};
    if (plan.columns != 0)
      made.shape.push_back(plan.columns);
    for (std::size_t i = 0; i < plan.size(); ++i, ++next) {
      const auto value = static_cast<std::uint16_t>(0x3c00 + next % 0x200);
      made.bytes.append(reinterpret_cast<const char*>(&value), 2);
    }
    result.emplace(plan.name, std::move(made));
  }
  return result;
}

inline void write_tensors(const std::filesystem::path& file,
                          const sample_tensors& tensors) {
  std::vector<tensor_header> headers;
  for (const auto& [name, x] : tensors)
    headers.push_back({name, x.type, x.shape});
  auto out = safetensors_writer::begin(file, headers);
  ASSERT_TRUE(out);
  for (const auto& [name, x] : tensors)
    out->append(std::as_bytes(std::span{x.bytes}));
  ASSERT_TRUE(out->finish());
}

} // namespace aura::model
