#pragma once
#include <gemel/error.hpp>
#include <gemel/export.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// gemel: embed texts with a trained model and decide which of them say the same thing.
///
///     const gemel::Model model = gemel::Model::load("en.safetensors");
///     if (model.compare("How old are you?", "What is your age?").duplicate) …
namespace gemel {

/// Compute type of the encoder. bf16 is faster and a little less exact, and becomes f32 where the
/// CPU lacks it.
enum class Compute { automatic, f32, bf16 };

struct LoadOptions {
  Compute compute = Compute::automatic;  ///< automatic is f32
  int threads = 0;         ///< workers of an embed() call that names none; 0 for all cores
  int max_tokens = 0;      ///< tokens of a text that are read, 1 to 65,536; 0 for the model's own
  bool self_test = false;  ///< compare with the embeddings that the model carries, after loading
};

/// What a threshold was chosen for.
enum class Goal { accuracy, f1, precision };

struct Comparison {
  float score = 0;         ///< large = alike; what thresholds are about
  float distance = 0;      ///< small = alike, 0 or more
  float probability = 0;   ///< that both say the same, 0 to 1; NaN if the model is not calibrated
  bool duplicate = false;  ///< decide(score)
};

/// Share of attention that one token of a text got.
struct TokenWeight {
  std::string token;
  float weight = 0;  ///< mean over the heads; a text's weights sum to 1
};

/// A trained model. Immutable: every member but assignment may be called from any number of
/// threads at once. A text gets the same vector, bit for bit, alone or in any batch, in any order
/// and with any number of threads. A moved-from model may only be assigned to or destroyed.
/// Errors: gemel::Error for a user's mistake, std::bad_alloc for want of memory.
class GEMEL_API Model {
 public:
  /// Errors: Error naming the file and, where known, the byte or tensor that is wrong.
  static Model load(const std::string& path, const LoadOptions& = {});
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  int dimension() const;            ///< D, floats an embedding
  std::string fingerprint() const;  ///< 32 hexadecimal digits that name this model's every byte
  std::string metric() const;       ///< "cosine", "manhattan", "euclidean" or "exp-manhattan"
  Compute compute() const;          ///< f32 or bf16, the one in use

  /// out[texts, D] row-major, row i for texts[i]; equal texts are encoded once.
  /// Texts are UTF-8; one longer than max_tokens is cut, an empty one is embedded like an unknown
  /// word. Throws Error unless out.size() is texts.size() · D.
  /// @param threads 1 to 1024; 0 for the load option's
  void embed(std::span<const std::string_view> texts, std::span<float> out, int threads = 0) const;
  std::vector<float> embed(std::string_view text) const;  // [D]

  Comparison compare(std::string_view a, std::string_view b) const;
  /// Of two embeddings of this model. Throws Error unless both hold D floats.
  Comparison compare(std::span<const float> u, std::span<const float> v) const;

  /// score >= threshold(goal). Throws Error where the model holds no threshold for that goal.
  bool decide(float score, Goal goal = Goal::accuracy) const;
  /// The score from which on two texts count as duplicates. For accuracy, a model without a stored
  /// threshold answers with the score of probability ½.
  std::optional<float> threshold(Goal goal) const;

  /// Which tokens the verdict rests on. Throws Error where the model has no attention pooling.
  std::vector<TokenWeight> explain(std::string_view text) const;

 private:
  struct Impl;
  explicit Model(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gemel
