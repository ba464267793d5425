// Spark Connect's plans as our logical plan.
//
// Everything that the protocol knows decodes: what the native engine has no node for becomes an Unsupported
// node, which analysis declines by its name. What no client may send throws CONNECT_INVALID_PLAN.* as Spark
// does. Nothing is looked up: names, files, types and functions are the analyzer's.
//
// Nested messages are walked by recursion: call on a thread whose stack fits 1,024 levels (wire::Workers).
// Thread safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "spark/plan/command.h"
#include "spark/plan/relation.h"

namespace spark::connect {
class Command;
class Plan;
class Relation;
}  // namespace spark::connect

namespace hearth::spark {

// spark.sql(text): SqlText, or WithRelations over one. Whether it is a query or a command only its text
// tells.
struct SqlCommand {
  RelationPtr input;
};
using ConnectCommand = std::variant<SqlCommand, CreateView, CreateTable, InsertInto, SaveAsTable, WriteFiles,
                                    UnsupportedCommand>;

// DataFrame.checkpoint and localCheckpoint: the rows of `input` are kept, and the client names them by an id.
struct Checkpoint {
  RelationPtr input;
  bool is_local = false;
  bool is_eager = false;
};
struct RemoveCachedRemoteRelation {
  std::string id;
};
using CheckpointCommand = std::variant<Checkpoint, RemoveCachedRemoteRelation>;

RelationPtr DecodeRelation(const ::spark::connect::Relation& message);
// Nothing for any other command. Whoever has no place for stored rows leaves it out: DecodeCommand gives
// these commands as unsupported.
std::optional<CheckpointCommand> DecodeCheckpoint(const ::spark::connect::Command& message);
ConnectCommand DecodeCommand(const ::spark::connect::Command& message);
// A plan that is not compressed (see wire::UnwrapPlan).
std::variant<RelationPtr, ConnectCommand> DecodePlan(const ::spark::connect::Plan& message);

// The content of a cached local relation that came in one piece: an encoded spark.connect.LocalRelation.
LocalRelation DecodeLocalRelation(std::string_view encoded);

}  // namespace hearth::spark
