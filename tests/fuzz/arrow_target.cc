// A client's Arrow IPC stream: checked, decoded, and every value moved into DuckDB's vectors.
#include <duckdb.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "engine/arrow/ipc_reader.h"
#include "engine/arrow/vector_filler.h"
#include "engine/duckdb/handles.h"
#include "engine/duckdb/storage_type.h"
#include "fuzz_target.h"
#include "mutation.h"
#include "spark/error.h"

namespace hearth::fuzz {
namespace {

// As the table function hearth_local does, a chunk at a time.
void ReadValues(const engine::ArrowTable& table) {
  const auto& columns = table.type().fields();
  std::vector<engine::LogicalTypeHandle> types;
  std::vector<duckdb_logical_type> raw;
  for (const auto& column : columns) {
    types.push_back(engine::StorageType(column.type));
    raw.push_back(types.back().get());
  }
  const auto vector_size = static_cast<int64_t>(duckdb_vector_size());
  // Rows without columns can be any number: what is filled says enough after some chunks.
  int64_t chunks_left = 64;
  for (size_t batch = 0; batch < table.batch_count(); ++batch) {
    const ArrowArrayView& view = table.batch(batch);
    for (int64_t row = 0; row < view.length && chunks_left-- > 0; row += vector_size) {
      const engine::ChunkHandle chunk(duckdb_create_data_chunk(raw.data(), raw.size()));
      for (size_t i = 0; i < columns.size(); ++i) {
        engine::FillVector(*view.children[i], columns[i].type, row, std::min(vector_size, view.length - row),
                           duckdb_data_chunk_get_vector(chunk.get(), i), 0);
      }
    }
  }
}

}  // namespace

const char* const kTargetName = "arrow";

std::vector<std::string> Seeds() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(HEARTH_SOURCE_DIR "/tests/fuzz/arrow_seeds")) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> seeds;
  for (const auto& file : files) {
    std::ostringstream content;
    content << std::ifstream(file, std::ios::binary).rdbuf();
    seeds.push_back(content.str());
  }
  return seeds;
}

void TakeInput(std::string_view input) {
  const spark::ArrowBlocks blocks = {std::make_shared<const std::string>(input)};
  try {
    engine::ArrowTable::ReadSchema(blocks);
    ReadValues(engine::ArrowTable::Read(blocks));
  } catch (const spark::Error&) {
    // Malformed, or of a type that is not read here.
  }
}

// Most numbers of the format are small and little-endian: changing them is what makes a stream lie about itself.
std::string Mutate(std::string input, Random& random) {
  if (input.size() < 16 || Below(4, random) == 0) return MutateBytes(std::move(input), random);
  for (size_t changes = 1 + Below(3, random); changes > 0; --changes) {
    const size_t at = Below(input.size() / 4, random) * 4;
    uint32_t number;
    std::memcpy(&number, input.data() + at, 4);
    switch (Below(4, random)) {
      case 0: number += static_cast<uint32_t>(Below(9, random)) - 4; break;
      case 1: number *= 8; break;
      case 2: number = ~number; break;
      default: number = static_cast<uint32_t>(random()) >> Below(32, random);
    }
    std::memcpy(input.data() + at, &number, 4);
  }
  return input;
}

}  // namespace hearth::fuzz
