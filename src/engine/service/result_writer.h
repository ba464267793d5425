// One result on its way into an operation's buffer: schema, batches, metrics.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/arrow/batch_writer.h"
#include "spark/types/data_type.h"
#include "wire/operation.h"

namespace hearth::engine {

// Not thread safe.
//
// The schema goes with the first batch, not before: until then the query can still fail without a trace. A result of
// one batch has its metrics in the same message, since clients pay for every message.
class ResultWriter {
 public:
  ResultWriter(wire::Operation& operation, const spark::DataType& schema);

  // Sends a batch, waiting for room. False if nobody wants more.
  bool Write(const IpcBatch& batch);
  // Sends the last batch, if there is one, and the metrics. REQUIRES: a batch was written or is given.
  void Finish(const IpcBatch* last);

  int64_t rows() const { return rows_; }

 private:
  bool SendSchema();
  bool Send(const IpcBatch& batch, const std::string& leading);

  wire::Operation& operation_;
  std::string schema_;  // encoded, until it is sent
  int64_t rows_ = 0;
};

}  // namespace hearth::engine
