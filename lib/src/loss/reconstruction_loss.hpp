#pragma once
#include <cstdint>
#include <vector>

#include "core/matrix.hpp"

namespace gemel::loss {

/// For each row of the embeddings the table rows that it shall point at, each once: those of row i
/// are columns[begin[i]] to columns[begin[i + 1]].
struct ReconstructionTargets {
  std::vector<std::int64_t> begin;    // [N + 1]
  std::vector<std::int32_t> columns;  // rows of the table
};

/// How well a text's tokens can be told from its embedding alone, whatever their order: with
/// z = u_i·w_c, L = mean over the rows that have targets of the mean over their targets c of
/// −log( exp z(i, c) / Σ_c' exp z(i, c') ), c' over the table's rows. With a table of the batch's
/// own tokens this is a sampled softmax; with texts that lost some of their tokens it is a
/// denoising autoencoder whose decoder knows no order (as Hill, Cho and Korhonen 2016 and Wang,
/// Reimers and Gurevych 2021 train encoders, with recurrent and attentive decoders).
///
/// Gradients are those of the mean and are added to what is there. Rows without targets count for
/// nothing. Memory: N × C floats. Thread-safe.
/// @param embeddings [N, D]
/// @param table      [C, D]
/// @param gradient, table_gradient  [N, D] and [C, D], added to; data may be null
/// @return the loss; 0 where no row has targets
double reconstruction_loss(ConstMatrixView embeddings, ConstMatrixView table,
                           const ReconstructionTargets& targets, MatrixView gradient,
                           MatrixView table_gradient);

}  // namespace gemel::loss
