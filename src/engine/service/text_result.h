// Small results that the service makes itself: a shown table, the rows of a command.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "engine/arrow/batch_writer.h"
#include "spark/types/data_type.h"

namespace hearth::engine {

struct TextResult {
  // Columns of type string or boolean, not null.
  spark::DataType schema = spark::DataType::Struct({});
  std::vector<std::vector<std::variant<std::string, bool>>> rows;
};

// All rows as one Arrow stream; CHECKs that the rows fit the schema.
IpcBatch EncodeTextResult(const TextResult& result, const std::shared_ptr<BufferPool>& pool);

// The bytes of a batch in one piece.
std::string Concatenate(const IpcBatch& batch);

}  // namespace hearth::engine
