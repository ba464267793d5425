#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hearth::fleet {

/// What a keeper and a gateway tell each other, a packet each, on a socket of type SOCK_SEQPACKET.
struct KeeperMessage {
  enum class Kind : uint8_t {
    /// To the keeper. First one of these: start `text`, an encoded KeptLaunch; or tell me what you keep.
    kStart,
    kAdopt,
    /// It is ready, at `text`. From now on it outlives its gateway by `number` milliseconds.
    kReady,
    /// Send it the signal `number`.
    kSignal,
    /// Keep `text` in mind for the next gateway, or no longer.
    kRemember,
    kForget,

    /// From the keeper: the process `number` runs; its memory is told by the file `text`.
    kStarted,
    /// No control group holds it, because of `text`.
    kUnconfined,
    /// A line of its standard output.
    kLine,
    /// It is over. By a status `number`, by a signal, for want of memory, or never begun because of `text`.
    kStatus,
    kEndedBySignal,
    kOutOfMemory,
    kNotStarted,
    /// Answers to kAdopt: the encoded launch `text`, `number` milliseconds ago; where it is ready, if it is;
    /// kStarted; each note; then kAll, from the process `number`.
    kLaunch,
    kNote,
    kAll,
    /// It has dropped what it had from the gateway before.
    kReleased,

    /// To the keeper: `number` is the CpuShare that it gets.
    kShare,
  };
  Kind kind;
  std::string text = {};
  int64_t number = 0;
};

/// Waits for room as long as the socket does. False if there is none, or nobody.
bool Send(int socket, const KeeperMessage& message);

/// The next message; waits for it as long as the socket does. nullopt at the end, for what is no message, and
/// if none has come: then `errno` is EAGAIN.
std::optional<KeeperMessage> Receive(int socket);

/// Whether the peer is a process of our own user.
bool IsOurOwn(int socket);

/// Connects to whoever listens on this path; -1 if nobody does.
int ConnectTo(const std::string& path);

/// Makes `path` a socket where a keeper can be reached; -1 and errno if that cannot be.
int ListenOn(const std::string& path);

}  // namespace hearth::fleet
