#include "apps/train_teacher.hpp"

#include <gemel/error.hpp>

#include "apps/bundle_files.hpp"
#include "apps/input.hpp"
#include "apps/terminal.hpp"
#include "core/hash.hpp"
#include "corpora/teacher_reader.hpp"

namespace gemel::app {

train::Teacher read_teacher(const DataFiles& files, const train::Dataset& data) {
  TeacherOptions options;
  options.vectors = files.teacher;
  options.texts.input.path = files.teacher_texts;
  TeacherReader reader(options);
  train::Teacher teacher;
  teacher.dimension = reader.dimension();
  teacher.vector_of.assign(static_cast<std::size_t>(data.text_count()), -1);
  std::int32_t known = 0;
  for (TeacherRow row; reader.next(row);) {
    const std::int32_t text = data.find(row.text);
    if (text < 0 || teacher.vector_of[static_cast<std::size_t>(text)] >= 0) continue;
    teacher.vector_of[static_cast<std::size_t>(text)] = known++;
    teacher.vectors.insert(teacher.vectors.end(), row.vector.begin(), row.vector.end());
  }
  if (known == 0)
    throw Error(base_name(files.teacher_texts), "holds no text of the training data",
                "give the texts that the teacher embedded");
  teacher.checksum = to_hex(hash128({reinterpret_cast<const char*>(teacher.vectors.data()),
                                     teacher.vectors.size() * sizeof(float)}));
  note("teacher: vectors of " + std::to_string(teacher.dimension) + " floats for " +
       std::to_string(known) + " of " + counted(data.text_count(), "text"));
  return teacher;
}

}  // namespace gemel::app
