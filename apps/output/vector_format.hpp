#pragma once
#include <string>
#include <string_view>

namespace gemel::output {

/// Files of vectors, little-endian f32, n rows of D floats in the input's order:
/// npy:   NumPy's format 1.0 with a header of 128 bytes, shape (n, D), C order
/// fvecs: before each row D as int32
/// fbin:  n and D as uint32, then the rows
/// f32:   the rows and nothing else
/// jsonl: {"id":"…","vector":[…]} a line, with "text" after "id" on request; floats in the shortest
///        form that reads back as the same f32, null for what is not finite
enum class VectorFormat { npy, fvecs, fbin, f32, jsonl };

std::string_view name(VectorFormat);
VectorFormat vector_format_from_name(std::string_view);  ///< throws Error with the allowed names
/// By the path's ending; throws Error "PATH: its ending tells no vector format; …".
VectorFormat vector_format_of_path(const std::string& path);
/// True where the header holds n, which is known only at the end: no pipe can take such a file.
bool has_count_in_header(VectorFormat);

}  // namespace gemel::output
