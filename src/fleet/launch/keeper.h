#pragma once

namespace hearth::fleet {

/// The process between a gateway and a cluster: it starts the cluster and holds its lifeline, so that the
/// cluster can outlive the gateway for a while, and that its end is known and tidied up by whoever is its
/// parent. It keeps in mind what the next gateway has to know of the cluster, so there is no record of it
/// that could be stale: who has a connection to the keeper has the cluster.
///
/// `listening`: a socket of ListenOn (keeper_message.h), of which it removes the path at its end; the last
/// part of that may have become the launch's name. The first connection says what to start, sooner or later;
/// a later one takes the place of the one before. While there is none the process lives on for as long as
/// that said when it was ready, or ends at once if it was not, or if a note that begins with kUnfinishedNote
/// is kept in mind. Returns the exit status for this process, which it must have for itself: call it from the
/// main thread before any other is there.
int Keep(int listening);

/// Of notes about work that must end with the gateway that asked for it.
inline constexpr char kUnfinishedNote[] = "unfinished/";

}  // namespace hearth::fleet
