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
// The schema goes just before the first batch: until then the query can still fail without a trace. It has a
// message of its own, as Spark sends it, because a client may look for one thing in each message. A result of
// one batch has its metrics there too, since client and server pay for every message.
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
  // Behind the `leading` fields.
  bool Send(const IpcBatch& batch, const std::string& leading);

  wire::Operation& operation_;
  std::string schema_;  // encoded, until it is sent
  int64_t rows_ = 0;
};

}  // namespace hearth::engine
