#pragma once

#include <memory>
#include <set>
#include <string>

#include "gateway/backend_request.h"
#include "gateway/cluster_link.h"

namespace hearth::gateway {

/// What a gateway has made on a cluster is noted there (Cluster::Remember) before it is made, so that the
/// next one, which adopts the cluster, can end it.

/// Of a session.
std::string NoteOf(const BackendSessionName& session);
/// Of a database, table or view, by its key in the catalog.
std::string NoteOfCatalog(const std::string& key);

/// Of global temporary views.
inline constexpr char kGlobalViewsNote[] = "global views";

/// Ends the sessions that the gateway before has left on this cluster, with all that runs in them.
void ReleaseLeftSessions(const std::shared_ptr<ClusterLink>& link);

/// The keys of what the gateway before may have left in its catalog.
std::set<std::string> LeftCatalogKeys(const fleet::Cluster& cluster);

}  // namespace hearth::gateway
