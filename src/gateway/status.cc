#include <chrono>
#include <nlohmann/json.hpp>

#include "gateway/gateway.h"

namespace hearth::gateway {

namespace {

using Json = nlohmann::ordered_json;

int64_t MillisecondsSince(base::Instant then, base::Instant now) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - then).count();
}

Json ClusterJson(const fleet::Fleet::View& view, base::Instant now) {
  const fleet::Cluster& cluster = *view.cluster;
  Json json = {
      {"id", cluster.id()},
      {"engine", cluster.engine()},
      {"state", fleet::ToString(cluster.state())},
      {"adopted", cluster.is_adopted()},
      {"pid", view.pid},
      {"address", cluster.address()},
      {"running", cluster.running()},
      {"silent_ms", cluster.silent().count()},
      {"age_ms", MillisecondsSince(cluster.started(), now)},
      {"start_ms", cluster.start_duration().count()},
  };
  if (const std::string cause = cluster.cause_of_death(); !cause.empty()) json["cause_of_death"] = cause;
  return json;
}

Json SessionJson(wire::Session& session, base::Instant now) {
  const auto& state = session.state<GatewaySession>();
  return {
      {"session", session.key().session_id},
      {"user", session.key().user_id},
      {"age_ms", MillisecondsSince(session.opened(), now)},
      {"idle_ms", MillisecondsSince(session.last_used(), now)},
      {"operations", session.operations().Living().size()},
      {"changes", state.changes()},
      {"clusters", state.clusters()},
  };
}

}  // namespace

std::string Gateway::StatusJson(const wire::SessionTable& sessions) const {
  const base::Instant now = clock_.Now();
  Json json = {
      {"limits_by", fleet_.limits_by()}, {"engines", Json::array()},    {"clusters", Json::array()},
      {"sessions", Json::array()},       {"operations", Json::array()}, {"losses", losses_},
  };
  for (const fleet::PoolOptions& pool : options_.fleet.pools) {
    json["engines"].push_back({{"engine", pool.engine->name()},
                               {"clusters_max", pool.clusters_max},
                               {"memory_bytes", pool.memory_bytes},
                               {"threads", pool.threads}});
  }
  json["waiting"] = fleet_.waiting();
  json["missing"] = Json::array();
  for (const placement::Demand& demand : fleet_.demands()) json["missing"].push_back(placement::Text(demand));
  for (const auto& view : fleet_.Clusters()) json["clusters"].push_back(ClusterJson(view, now));
  for (const auto& session : sessions.All()) json["sessions"].push_back(SessionJson(*session, now));
  for (const OperationRecord& record : log_.Recent())
    json["operations"].push_back(Json::parse(record.ToJson()));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace hearth::gateway
