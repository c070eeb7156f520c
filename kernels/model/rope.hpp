#pragma once

#include "kernels/model/shape.hpp"

#include <vector>

namespace aura::model {

/// cos and sin of position · theta^(-2i / head_size), head_size / 2 a position,
/// as the kernels want them.
void rope_tables(const decoder_shape& shape, std::vector<float>& cosine,
                 std::vector<float>& sine);

} // namespace aura::model
