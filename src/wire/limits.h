#pragma once

#include <chrono>
#include <cstddef>

#include "wire/rows/delivered_rows.h"
#include "wire/spool_limits.h"

namespace hearth::wire {

/// Every limit of the protocol's server side, with Apache Spark's default where Spark has one (its key in the
/// comment). Engine and gateway set them from flags, so that tests reach each edge without sleeping.
struct Limits {
  /// Largest message accepted from a client. Spark's is 128 MiB (spark.connect.grpc.maxInboundMessageSize);
  /// a message of exactly that size needs room for its own envelope.
  size_t request_bytes_max = size_t{136} << 20;
  /// Largest plan after decompression (spark.connect.maxPlanSize).
  size_t plan_bytes_max = size_t{512} << 20;
  /// Nesting of messages in a request (spark.connect.grpc.marshallerRecursionLimit).
  int nesting_max = 1024;

  /// A reattachable operation without an RPC is interrupted after this (…execute.manager.detachedTimeout).
  std::chrono::milliseconds detached_timeout = std::chrono::minutes(5);
  /// A reattachable stream is closed without result_complete after this; the client reattaches
  /// (…reattachable.senderMaxStreamDuration and senderMaxStreamSize). Zero means no limit.
  std::chrono::milliseconds stream_duration_max = std::chrono::minutes(2);
  size_t stream_bytes_max = size_t{1} << 30;
  /// Responses already sent are kept for a reattach up to this (…reattachable.observerRetryBufferSize).
  /// Spark's default is 10 MiB; our messages are larger, and more than that can be on the way to a client
  /// when its connection breaks.
  size_t retry_bytes_max = size_t{32} << 20;
  /// Responses not yet sent; a producer beyond it is paused. With retry_bytes_max and one message it bounds
  /// what a client that does not read can hold.
  size_t unsent_bytes_max = size_t{32} << 20;

  /// What a cluster answers is held back from the client until it has answered all, or so many bytes are
  /// held, or so long after the first row: the time by which results that come slowly begin later.
  size_t hold_back_bytes_max = size_t{4} << 20;
  std::chrono::milliseconds hold_back_time_max{100};
  /// A cluster that has waited for a slow client so long goes on, and what it answers goes to a file.
  std::chrono::milliseconds spool_after{100};
  SpoolLimits spool;
  /// Rows that a client has had before the end are remembered, for another cluster to go on after them.
  DeliveredRows::Limits delivered_rows;

  /// What an interrupted write may take to stop. Apache Spark may lose an interrupt that comes while it plans
  /// and then writes although its client was told that nothing is written: its cluster is ended then, unless
  /// others are on it.
  std::chrono::milliseconds write_stop_max{3'000};

  /// Finished operations that are remembered to refuse a second run
  /// (…session.inactiveOperations.cacheExpiration).
  std::chrono::milliseconds finished_operation_memory = std::chrono::minutes(30);
  size_t finished_operations_max = 10'000;

  /// An operation that has gone on for longer is cancelled, and so is one that has waited longer for its
  /// first attempt. Zero means no limit.
  std::chrono::milliseconds statement_timeout{0};
  std::chrono::milliseconds queue_timeout{0};

  /// Open sessions of one user; one more is refused.
  size_t sessions_per_user_max = 10'000;
  /// Idle sessions are closed (…session.manager.defaultSessionTimeout) and remembered as closed
  /// (…session.manager.closedSessionsTombstonesSize).
  std::chrono::milliseconds session_idle_timeout = std::chrono::minutes(60);
  size_t closed_sessions_max = 1'000;

  /// Error details wait this long for FetchErrorDetails, for one reading, this many in a session.
  std::chrono::milliseconds error_lifetime = std::chrono::seconds(60);
  size_t errors_per_session_max = 20;
  /// JSON values larger than this stay out of the trailer (spark.connect.grpc.maxMetadataSize).
  size_t error_metadata_bytes_max = 1024;
  /// The status message is cut here; the whole text comes by FetchErrorDetails.
  size_t error_message_bytes_max = 2048;
  /// Causes told by FetchErrorDetails.
  size_t error_causes_max = 5;

  /// Largest artifact that a client may upload (spark.sql.session.localRelationChunkSizeLimit).
  size_t artifact_bytes_max = size_t{2000} << 20;
};

}  // namespace hearth::wire
