// Random messages and changes to messages that stay valid protobuf, by reflection: what bytes flipped at random
// hardly ever are.
#pragma once

#include "fuzz_target.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace hearth::fuzz {

// Sets the message's fields at random, nested ones down to `depth` levels.
void FillMessage(google::protobuf::Message* message, int depth, Random& random);

// As `encoded`, of the type of `prototype`, with one to three fields set, removed, or exchanged for one of the same
// type from elsewhere in the message. Bytes that are no such message get MutateBytes.
std::string MutateMessage(std::string encoded, const google::protobuf::Message& prototype, Random& random);

// Reads with Spark's limit of nesting.
bool ParseDeep(std::string_view encoded, google::protobuf::Message* message);

}  // namespace hearth::fuzz
