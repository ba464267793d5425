#include "engine/service/responses.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "spark/connect/base.pb.h"
#include "spark/connect/data_type_proto.h"

namespace hearth::engine {
namespace {

namespace proto = ::spark::connect;

void ReleaseOwner(void* owner) { delete static_cast<std::shared_ptr<const void>*>(owner); }

grpc::Slice Share(const IpcSlice& slice, size_t from, size_t size) {
  return wire::SharedSlice(slice.data + from, size, new std::shared_ptr<const void>(slice.owner),
                           ReleaseOwner);
}

// Slices that together are bytes [from, from + size) of the batch.
std::vector<grpc::Slice> Cut(const IpcBatch& batch, size_t from, size_t size) {
  std::vector<grpc::Slice> out;
  size_t start = 0;
  for (const IpcSlice& slice : batch.slices) {
    const size_t begin = std::max(from, start);
    const size_t end = std::min(from + size, start + slice.size);
    if (begin < end) out.push_back(Share(slice, begin - start, end - begin));
    start += slice.size;
  }
  return out;
}

// The same message with `leading` fields before it: protobuf knows no order of fields.
void Prepend(const std::string& leading, wire::Response* response) {
  if (leading.empty()) return;
  std::vector<grpc::Slice> slices;
  response->body.Dump(&slices);
  slices.insert(slices.begin(), grpc::Slice(leading));
  response->body = grpc::ByteBuffer(slices.data(), slices.size());
}

}  // namespace

std::string EncodeSchema(const spark::DataType& schema) {
  proto::ExecutePlanResponse response;
  spark::EncodeDataType(schema, response.mutable_schema());
  return response.SerializeAsString();
}

std::string EncodeRowMetric(int64_t rows) {
  proto::ExecutePlanResponse response;
  auto* object = response.mutable_metrics()->add_metrics();
  object->set_name("Native");
  object->set_plan_id(1);
  object->set_parent(1);
  auto& metric = (*object->mutable_execution_metrics())["numOutputRows"];
  metric.set_name("number of output rows");
  metric.set_value(rows);
  metric.set_metric_type("sum");
  return response.SerializeAsString();
}

wire::Response BatchResponse(const IpcBatch& batch, int64_t start_offset, const std::string& leading) {
  wire::Response response =
      wire::ArrowBatchResponse(batch.row_count, start_offset, Cut(batch, 0, batch.bytes));
  Prepend(leading, &response);
  return response;
}

std::vector<wire::Response> ChunkedResponses(const IpcBatch& batch, int64_t start_offset,
                                             size_t chunk_bytes) {
  const auto count = static_cast<int64_t>((batch.bytes + chunk_bytes - 1) / chunk_bytes);
  std::vector<wire::Response> responses;
  for (int64_t i = 0; i < count; ++i) {
    const size_t from = static_cast<size_t>(i) * chunk_bytes;
    responses.push_back(wire::ArrowBatchResponse(batch.row_count, start_offset,
                                                 Cut(batch, from, std::min(chunk_bytes, batch.bytes - from)),
                                                 wire::ChunkPosition{i, count}));
  }
  return responses;
}

wire::Response ProgressResponse(const ProgressReport& report) {
  constexpr int64_t kTasks = 1000;
  proto::ExecutePlanResponse response;
  auto* progress = response.mutable_execution_progress();
  const auto add_stage = [&](int64_t completed, bool done) {
    auto* stage = progress->add_stages();
    stage->set_stage_id(progress->stages_size() - 1);
    stage->set_num_tasks(kTasks);
    stage->set_num_completed_tasks(completed);
    stage->set_done(done);
  };
  for (int i = 0; i < report.stages_done; ++i) add_stage(kTasks, true);
  if (report.fraction) {
    add_stage(std::clamp<int64_t>(static_cast<int64_t>(*report.fraction * kTasks), 0, kTasks), false);
    progress->set_num_inflight_tasks(1);
  }
  return wire::EncodedResponse(response.SerializeAsString());
}

}  // namespace hearth::engine
