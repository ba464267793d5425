// Small results that the service makes itself: a shown table, the rows of a command.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "engine/arrow/batch_writer.h"
#include "spark/types/data_type.h"

namespace hearth::engine {

// NULL, a string, a boolean or an array of strings.
using TextCell = std::variant<std::monostate, std::string, bool, std::vector<std::string>>;

struct TextResult {
  spark::DataType schema = spark::DataType::Struct({});
  std::vector<std::vector<TextCell>> rows;
};

// All rows as one Arrow stream; CHECKs that the rows fit the schema.
IpcBatch EncodeTextResult(const TextResult& result, const std::shared_ptr<BufferPool>& pool);

// The bytes of a batch in one piece.
std::string Concatenate(const IpcBatch& batch);

}  // namespace hearth::engine
