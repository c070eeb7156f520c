#pragma once

#include "kernels/model/pretrained/crew.hpp"
#include "kernels/model/pretrained/frozen_decoder.hpp"
#include "kernels/model/pretrained/reader.hpp"
#include "kernels/ops/table.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace aura::model {

/// The reader of the CPU. Every sum is taken in an order of its own, whatever
/// is read beside it: texts and portions do not change each other's bytes.
class cpu_reader final : public reader {
public:
  cpu_reader(frozen_decoder decoder, std::optional<adapter> trained,
             const reader_options& options,
             const ops::kernel_table& kernels = ops::best());

  status start(std::span<const std::vector<std::int32_t>> prompts) override;
  std::span<const float> logits(std::size_t i) const override;
  std::size_t room_left(std::size_t i) const override;
  status append(std::span<const std::size_t> which,
                std::span<const std::vector<std::int32_t>> tokens) override;

private:
  /// Keys and values by layer: rows of 2 · kv_width() floats.
  using cache = std::vector<std::vector<float>>;

  struct text {
    cache own;
    std::size_t length = 0;
  };

  /// Tokens that a text is to read.
  struct portion {
    text* reader;
    std::span<const std::int32_t> tokens;
    /// Where the logits behind the last one go; null: nowhere.
    float* logits;
  };

  /// One token of a pass.
  struct row {
    text* reader;
    std::int32_t token;
    std::uint32_t position;
    float* logits;
  };

  void read(std::span<const portion> portions);
  void read_rows(std::span<const row> rows);
  void read_layer(std::size_t index, std::span<const row> rows);
  void attend(std::size_t layer, const row& x, std::size_t kv_head,
              const float* q, float* out, std::vector<float>& scores) const;
  void apply(const frozen_layer& layer, linear_role role, rows_view x,
             std::size_t m, float* y, std::size_t y_row, bool accumulate);
  void normalise(const float* x, const std::vector<float>& w, float* y,
                 std::size_t m);
  void write_logits(std::span<const row> rows);

  frozen_decoder decoder_;
  std::optional<adapter> trained_;
  float scale_ = 0;
  std::size_t positions_;
  const ops::kernel_table& kernels_;
  rotation rotation_;
  crew crew_;
  /// One a worker.
  std::vector<std::vector<float>> scratch_, scores_;
  cache shared_;
  std::size_t shared_length_ = 0;
  std::vector<text> texts_;
  std::vector<float> logits_;
  std::vector<float> x_, normal_, qkv_, mixed_, gate_up_, activation_, low_,
    scales_;
};

} // namespace aura::model
