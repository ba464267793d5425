#include "engine/arrow/block_decoder.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "engine/arrow/message_check.h"
#include "spark/error.h"

namespace hearth::engine {
namespace {

constexpr size_t kPrefix = 8;  // continuation mark and size

}  // namespace

BlockDecoder::BlockDecoder(spark::ArrowBlock block) : block_(std::move(block)), rest_(*block_) {}

void BlockDecoder::Check(ArrowErrorCode code) const {
  if (code == NANOARROW_OK) return;
  if (code == ENOTSUP) throw spark::Error::Decline(std::string("local data: ") + error_.message);
  ThrowMalformedStream(error_.message);
}

BlockDecoder::Item BlockDecoder::Next() {
  while (!rest_.empty()) {
    int32_t size;
    HEARTH_CHECK(rest_.size() >= kPrefix) << "a block that was not checked";
    std::memcpy(&size, rest_.data() + 4, sizeof(size));
    if (size == 0) {  // the end of one stream; another may follow
      rest_.remove_prefix(kPrefix);
      in_stream_ = false;
      continue;
    }
    const size_t header_size = kPrefix + static_cast<size_t>(size);
    HEARTH_CHECK(header_size <= rest_.size()) << "a block that was not checked";
    header_.resize((header_size + 7) / 8);
    std::memcpy(header_.data(), rest_.data(), header_size);
    rest_.remove_prefix(header_size);
    if (!in_stream_) {
      // The settings of one stream are none of the next one's.
      decoder_.reset();
      dictionaries_.reset();
      Check(ArrowIpcDecoderInit(decoder_.get()));
    }
    ArrowBufferView header;
    header.data.data = header_.data();
    header.size_bytes = static_cast<int64_t>(header_size);
    Check(ArrowIpcDecoderVerifyHeader(decoder_.get(), header, &error_));
    const bool is_schema = decoder_->message_type == NANOARROW_IPC_MESSAGE_TYPE_SCHEMA;
    if (is_schema == in_stream_) ThrowMalformedStream("a schema that is not the first message of its stream");
    Check(ArrowIpcDecoderDecodeHeader(decoder_.get(), header, &error_));
    switch (decoder_->message_type) {
      case NANOARROW_IPC_MESSAGE_TYPE_SCHEMA: ReadSchema(); return Item::kSchema;
      case NANOARROW_IPC_MESSAGE_TYPE_DICTIONARY_BATCH: ReadDictionary(); break;
      case NANOARROW_IPC_MESSAGE_TYPE_RECORD_BATCH: ReadBatch(); return Item::kBatch;
      default: ThrowMalformedStream("a message of an unknown kind");
    }
  }
  return Item::kEnd;
}

void BlockDecoder::ReadSchema() {
  if ((decoder_->feature_flags & NANOARROW_IPC_FEATURE_DICTIONARY_REPLACEMENT) != 0) {
    throw spark::Error::Decline("local data: dictionaries that are replaced");
  }
  Check(ArrowIpcDecoderSetEndianness(decoder_.get(), decoder_->endianness));
  nanoarrow::ipc::UniqueDictionaryEncodings encodings;
  schema_.reset();
  Check(ArrowIpcDecoderDecodeSchemaWithDictionaries(decoder_.get(), schema_.get(), encodings.get(), &error_));
  Check(ArrowIpcDictionariesInit(dictionaries_.get(), encodings.get(), &error_));
  Check(ArrowIpcDecoderSetSchemaWithDictionaries(decoder_.get(), schema_.get(), encodings.get(), &error_));
  rest_.remove_prefix(static_cast<size_t>(decoder_->body_size_bytes));
  in_stream_ = true;
}

ArrowBuffer BlockDecoder::TakeBody() {
  const auto size = static_cast<size_t>(decoder_->body_size_bytes);
  HEARTH_CHECK(size <= rest_.size()) << "a block that was not checked";
  ArrowBuffer body;
  ArrowBufferInit(&body);
  if (reinterpret_cast<uintptr_t>(rest_.data()) % alignof(int64_t) == 0) {
    // Nothing writes to a buffer that is shared.
    body.data = reinterpret_cast<uint8_t*>(const_cast<char*>(rest_.data()));
    body.size_bytes = body.capacity_bytes = static_cast<int64_t>(size);
    body.allocator = ArrowBufferDeallocator(
        [](ArrowBufferAllocator* allocator, uint8_t*, int64_t) {
          delete static_cast<spark::ArrowBlock*>(allocator->private_data);
        },
        new spark::ArrowBlock(block_));
  } else {
    Check(ArrowBufferAppend(&body, rest_.data(), static_cast<int64_t>(size)));
  }
  rest_.remove_prefix(size);
  ArrowBuffer shared;
  const ArrowErrorCode code = ArrowSharedBufferInit(&shared, &body);
  if (code != NANOARROW_OK) ArrowBufferReset(&body);
  Check(code);
  return shared;
}

void BlockDecoder::ReadDictionary() {
  ArrowBuffer body = TakeBody();
  const ArrowErrorCode code = ArrowIpcDecoderDecodeDictionaryFromShared(
      decoder_.get(), &body, NANOARROW_VALIDATION_LEVEL_FULL, dictionaries_.get(), &error_);
  ArrowBufferReset(&body);
  Check(code);
}

void BlockDecoder::ReadBatch() {
  ArrowBuffer body = TakeBody();
  batch_.reset();
  const ArrowErrorCode code = ArrowIpcDecoderDecodeArrayFromSharedWithDictionaries(
      decoder_.get(), &body, -1, dictionaries_.get(), batch_.get(), NANOARROW_VALIDATION_LEVEL_FULL, &error_);
  ArrowBufferReset(&body);
  Check(code);
}

}  // namespace hearth::engine
