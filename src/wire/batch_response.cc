#include "wire/batch_response.h"

#include <utility>

#include "wire/fields.h"
#include "wire/rows/row_choice.h"

namespace hearth::wire {

namespace {
// Field numbers of spark.connect.ExecutePlanResponse and its ArrowBatch.
constexpr int kArrowBatch = 2;
constexpr int kRowCount = 1, kData = 2, kStartOffset = 3, kChunkIndex = 4, kChunkCount = 5;

bool IsId(int field) { return field == 1 || field == 12 || field == 13 || field == 15; }

}  // namespace

std::optional<BatchResponse> BatchResponse::Read(const grpc::ByteBuffer& body) {
  BatchResponse read;
  read.whole_ = OnePiece(body);
  const std::string_view message = BytesOf(read.whole_);
  std::string_view batch;
  bool has_batch = false;
  FieldScanner fields(message);
  Field field;
  while (fields.Next(&field)) {
    if (field.number == kArrowBatch && field.type == Field::Type::kBytes) {
      batch = field.bytes;
      has_batch = true;
    } else if (!IsId(field.number)) {
      read.rest_.append(message.substr(field.begin, field.end - field.begin));
    }
  }
  if (!has_batch || !fields.ok()) return std::nullopt;
  FieldScanner parts(batch);
  int64_t chunks = 1;
  while (parts.Next(&field)) {
    switch (field.number) {
      case kRowCount: read.row_count_ = static_cast<int64_t>(field.scalar); break;
      case kData:
        read.stream_begin_ = static_cast<size_t>(field.bytes.data() - message.data());
        read.stream_bytes_ = field.bytes.size();
        break;
      case kStartOffset: read.has_start_ = true; break;
      case kChunkIndex: read.is_chunk_ = read.is_chunk_ || field.scalar > 0; break;
      case kChunkCount: chunks = static_cast<int64_t>(field.scalar); break;
      default: break;
    }
  }
  if (!parts.ok()) return std::nullopt;
  read.is_chunk_ = read.is_chunk_ || chunks > 1;
  return read;
}

std::optional<Response> BatchResponse::WithRows(const std::vector<int64_t>& rows, int64_t start) const {
  if (is_chunk_) return std::nullopt;
  if (rows.empty()) return EncodedResponse(rest_);
  std::vector<grpc::Slice> data;
  if (static_cast<int64_t>(rows.size()) == row_count_) {
    data.push_back(whole_.sub(stream_begin_, stream_begin_ + stream_bytes_));
  } else {
    const auto chosen = ChooseRows(stream(), rows);
    if (!chosen) return std::nullopt;
    data.emplace_back(*chosen);
  }
  Response batch =
      ArrowBatchResponse(static_cast<int64_t>(rows.size()),
                         has_start_ ? std::optional<int64_t>(start) : std::nullopt, std::move(data));
  std::vector<grpc::Slice> slices;
  batch.body.Dump(&slices);
  if (!rest_.empty()) slices.emplace_back(rest_);
  batch.body = grpc::ByteBuffer(slices.data(), slices.size());
  return batch;
}

std::optional<RowHashes> RowHashesOf(const grpc::ByteBuffer& body) {
  const auto batch = BatchResponse::Read(body);
  if (!batch || batch->is_chunk()) return std::nullopt;
  auto hashes = HashRows(batch->stream());
  if (!hashes || static_cast<int64_t>(hashes->rows.size()) != batch->row_count()) return std::nullopt;
  return hashes;
}

}  // namespace hearth::wire
