#include "kernels/base/hash.hpp"
#include "kernels/model/pretrained/metrics.hpp"

#include <bit>
#include <cmath>
#include <cstring>

namespace aura::model {

namespace {

template <class T>
std::string raw(T x) {
  static_assert(std::endian::native == std::endian::little);
  auto bytes = std::string(sizeof x, '\0');
  std::memcpy(bytes.data(), &x, sizeof x);
  return bytes;
}

// Fields of tensorboard/compat/proto/event.proto and summary.proto, each with
// its number and its kind on the wire.
constexpr char wall_time_field = 1 << 3 | 1;
constexpr char step_field = 2 << 3 | 0;
constexpr char version_field = 3 << 3 | 2;
constexpr char summary_field = 5 << 3 | 2;
constexpr char value_field = 1 << 3 | 2;
constexpr char tag_field = 1 << 3 | 2;
constexpr char simple_value_field = 2 << 3 | 5;

std::string varint(std::uint64_t x) {
  auto bytes = std::string{};
  for (; x >= 0x80; x >>= 7)
    bytes += static_cast<char>(x | 0x80);
  return bytes + static_cast<char>(x);
}

std::string text_field(char field, const std::string& text) {
  return field + varint(text.size()) + text;
}

std::uint32_t masked(std::string_view bytes) {
  const auto crc = crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

/// A record of a TFRecord file.
std::string frame(const std::string& data) {
  const auto length = raw(std::uint64_t{data.size()});
  return length + raw(masked(length)) + data + raw(masked(data));
}

class summary {
public:
  void add(const std::string& tag, double value) {
    bytes_
      += text_field(value_field, text_field(tag_field, tag) + simple_value_field
                                   + raw(static_cast<float>(value)));
  }

  std::string event(std::size_t step, double wall_time) const {
    return frame(wall_time_field + raw(wall_time) + step_field + varint(step)
                 + text_field(summary_field, bytes_));
  }

private:
  std::string bytes_;
};

} // namespace

std::string tensorboard_header(double wall_time) {
  return frame(wall_time_field + raw(wall_time)
               + text_field(version_field, "brain.Event:2"));
}

std::string tensorboard_events(const finetune_progress& x,
                               const std::vector<movement>& movements,
                               double wall_time) {
  auto s = summary{};
  s.add("train/loss", x.train_loss);
  s.add("train/learning_rate", x.rate);
  s.add("train/grad_norm", std::hypot(x.norms.adapters, x.norms.whole));
  s.add("train/epoch", x.epoch);
  if (x.norms.whole > 0) {
    s.add("train/whole_learning_rate", x.whole_rate);
    s.add("train/grad_norm_adapters", x.norms.adapters);
    s.add("train/grad_norm_whole", x.norms.whole);
  }
  if (x.skipped)
    s.add("train/skipped", 1);
  if (x.eval_loss)
    s.add("eval/loss", *x.eval_loss);
  if (x.eval_exact)
    s.add("eval/exact", *x.eval_exact);
  if (x.eval_loss)
    for (const auto& moved : movements)
      s.add("moved/" + moved.tensor, moved.moved);
  return s.event(x.step, wall_time);
}

} // namespace aura::model
