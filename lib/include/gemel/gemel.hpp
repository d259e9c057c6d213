#pragma once
#include <gemel/error.hpp>
#include <gemel/export.hpp>
#include <limits>
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

/// Number type of the encoder's products, each faster and a little less exact than the one before;
/// where the CPU or the encoder lacks one, the one before is used. automatic: the fastest that was
/// measured (`gemel evaluate --precision`) to cost the model at most 0.1 points of average
/// precision.
enum class Compute { automatic, f32, bf16, int8 };

struct LoadOptions {
  Compute compute = Compute::automatic;
  int threads = 0;         ///< workers of an embed() call that names none; 0 for all cores
  int max_tokens = 0;      ///< tokens of a text that are read, 1 to 65,536; 0 for the model's own
  bool self_test = false;  ///< compare with the embeddings that the model carries, after loading
};

/// What a threshold was chosen for.
enum class Goal { accuracy, f1, precision };

struct Comparison {
  float score = 0;        ///< large = alike; what thresholds are about
  float distance = 0;     ///< small = alike, 0 or more
  float probability = 0;  ///< that both say the same, 0 to 1; NaN if the model is not calibrated
  /// The model's verdict: head_probability >= head_threshold() where a pair head was asked, else
  /// decide(score).
  bool duplicate = false;
  /// The pair head's probability that both say the same, 0 to 1; NaN if the model has none, or if
  /// embeddings were compared and it reads more than these.
  float head_probability = std::numeric_limits<float>::quiet_NaN();
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
  Compute compute() const;          ///< f32, bf16 or int8: the one in use

  /// Names of the model's encoders: one in a siamese model, which reads all texts; more where
  /// different texts are read by different ones, such as {"question", "passage"}.
  std::vector<std::string> towers() const;
  /// The towers whose embeddings may be compared, "question:passage" each; the first is the
  /// default.
  std::vector<std::string> links() const;

  /// out[texts, D] row-major, row i for texts[i]; equal texts are encoded once.
  /// Texts are UTF-8; one longer than max_tokens is cut, an empty one is embedded like an unknown
  /// word. Throws Error unless out.size() is texts.size() · D.
  /// @param threads 1 to 1024; 0 for the load option's
  /// @param tower   one of towers(); may be left out where there is only one. Throws Error
  ///                "tower: …" naming the towers.
  void embed(std::span<const std::string_view> texts, std::span<float> out, int threads = 0,
             std::string_view tower = {}) const;
  std::vector<float> embed(std::string_view text, std::string_view tower = {}) const;  // [D]

  /// Text a is read by the link's first tower, b by its second; in a siamese model the order makes
  /// no difference. Throws Error as decide() does, where the model has no pair head.
  /// @param link one of links(), or one turned round ("passage:question"); "" for the first.
  ///             Throws Error "link: …" naming the links.
  Comparison compare(std::string_view a, std::string_view b, std::string_view link = {}) const;
  /// Of two embeddings of this model, by towers that are linked. Symmetric, bit for bit. A pair
  /// head that reads more than embeddings cannot be asked: as without one, the distance decides, by
  /// decide(). Throws Error unless both hold D floats.
  Comparison compare(std::span<const float> u, std::span<const float> v) const;

  /// Whether the model has a pair head, a small classifier over two texts, which takes a closer
  /// look than the distance.
  bool has_head() const;
  /// Whether compare() of two embeddings can ask it; false where it reads more than these.
  bool head_reads_embeddings() const;
  /// The head's probability from on which two texts count as duplicates, 0 to 1; ½ where the model
  /// was trained without dev pairs. Nothing where it has no head.
  std::optional<float> head_threshold() const;

  /// Goes by distance alone, whether there is a pair head or not: score >= threshold(goal). Throws
  /// Error where the model holds no threshold for that goal.
  bool decide(float score, Goal goal = Goal::accuracy) const;
  /// The score from which on two texts count as duplicates. For accuracy, a model without a stored
  /// threshold answers with the score of probability ½.
  std::optional<float> threshold(Goal goal) const;

  /// Which tokens an embedding rests on. Throws Error where the tower has no attention pooling.
  /// @param tower as of embed()
  std::vector<TokenWeight> explain(std::string_view text, std::string_view tower = {}) const;

 private:
  struct Impl;
  explicit Model(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gemel
