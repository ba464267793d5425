#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hearth::wire {

/// The beginning of a result that a client has had already.
struct ResultPrefix {
  uint64_t responses = 0;
  int64_t rows = 0;
  /// ShortProof of DeliveredRows::digest() of those rows; nothing if they were not remembered.
  std::optional<uint32_t> proof;
};
/// As much of a digest as a response id has room for.
uint32_t ShortProof(uint64_t digest);

/// Makes and reads the response ids of one operation. To a client an id is an opaque UUID; to us it carries
/// its position, so a reattach finds its place without a map of everything ever sent, and what the client has
/// had with it: the number of rows and a short hash of them. So the id proves by itself, to whoever runs the
/// operation again under its id, that the client has had the same rows. Immutable.
///
/// In digits: iiiiiiii-rrrr-4rrr-8rrr-ooooohhhhhhh, with the position i, the rows r, a check o of the
/// operation and of what stands before, and h: a bit that is set if the rest is the hash, else the rest is
/// this server's own.
class ResponseIdSequence {
 public:
  explicit ResponseIdSequence(std::string_view operation_id);

  /// What a client has had when it has this response.
  struct Past {
    int64_t rows = 0;
    /// A hash of all of them whatever their order; nothing if it is not known. Then the id proves nothing to
    /// anybody else.
    std::optional<uint64_t> digest;
  };

  /// The id of the response at this position; positions count from 1.
  std::string At(uint64_t position, const Past& past) const;

  /// The position that `id` stands for, or nullopt if the operation of this id never gave out such a one.
  std::optional<uint64_t> PositionOf(std::string_view id) const;

  /// What the client has had that has this id, from whichever server; nullopt as above.
  std::optional<ResultPrefix> PrefixOf(std::string_view id) const;

 private:
  uint32_t CheckOf(uint32_t position, uint64_t rows) const;

  const uint64_t operation_;
  /// Stands for a hash that is not known.
  const uint32_t own_;
};

}  // namespace hearth::wire
