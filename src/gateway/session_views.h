// The temporary views of a session, as its changes made them.
#pragma once

#include <grpcpp/support/slice.h>

#include <cstdint>
#include <string>

#include "gateway/session_log.h"
#include "spark/plan/relation.h"

namespace hearth::gateway {

/// What an encoded spark.connect.Plan gives: the rows of a query, or those of the view that it makes. Null if
/// it is neither. Throws spark::Error for a plan that no client may send.
spark::RelationPtr RowsOf(const grpc::Slice& plan);

/// The change that made what this name (in lower case) meant at a position; null if it was no view then.
const SessionSnapshot::Entry* MakerOf(const std::string& view, uint64_t position,
                                      const SessionSnapshot& bound);

}  // namespace hearth::gateway
