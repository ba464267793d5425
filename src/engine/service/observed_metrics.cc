#include "engine/service/observed_metrics.h"

#include <utility>
#include <vector>

#include "base/check.h"
#include "engine/service/literal_message.h"
#include "engine/service/observed_places.h"
#include "spark/connect/base.pb.h"
#include "spark/error.h"
#include "wire/failure.h"
#include "wire/response.h"

namespace hearth::engine {
namespace {

namespace proto = ::spark::connect;
using Message = proto::ExecutePlanResponse::ObservedMetrics;

class CountRows final : public RowSink {
 public:
  void Begin(const std::vector<duckdb_logical_type>&) override {}
  bool Take(duckdb_data_chunk chunk) override {
    rows_ += static_cast<int64_t>(duckdb_data_chunk_get_size(chunk));
    return true;
  }
  int64_t rows() const { return rows_; }

 private:
  int64_t rows_ = 0;
};

// The one row of an observation becomes the values of its message.
class TakeValues final : public RowSink {
 public:
  TakeValues(const spark::TypedPlan& metrics, Message* message) : metrics_(metrics), message_(message) {}

  void Begin(const std::vector<duckdb_logical_type>&) override {}
  bool Take(duckdb_data_chunk chunk) override {
    HEARTH_CHECK(duckdb_data_chunk_get_size(chunk) == 1 && message_->values().empty());
    for (size_t i = 0; i < metrics_.output.size(); ++i) {
      const VectorView values(duckdb_data_chunk_get_vector(chunk, i));
      EncodeLiteral(metrics_.output[i].type, values, 0, message_->add_values());
      message_->add_keys(metrics_.output[i].name);
    }
    return true;
  }

 private:
  const spark::TypedPlan& metrics_;
  Message* message_;
};

void Require(const RowCondition& condition, QueryRunner& runner) {
  const int64_t enough = condition.fewer_than < INT64_MAX ? condition.fewer_than : condition.at_least;
  const auto no_columns = spark::MakePlan(spark::TypedProject{condition.plan, {}}, {});
  const auto limited = spark::MakePlan(spark::TypedLimit{no_columns, enough, 0}, {});
  CountRows counted;
  runner.Run(*limited, counted);
  if (counted.rows() >= condition.fewer_than) {
    throw spark::Error::Decline("observed metrics below a limit that cuts rows off");
  }
  if (counted.rows() < condition.at_least) {
    throw spark::Error::Decline("observed metrics of rows of which none is left above");
  }
}

void AddError(const spark::Error& error, Message* message) {
  proto::FetchErrorDetailsResponse details;
  HEARTH_CHECK(details.ParseFromString(wire::FailureOf(error).details));
  message->set_root_error_idx(details.root_error_idx());
  *message->mutable_errors() = std::move(*details.mutable_errors());
}

void FillIn(const spark::Observation& observation, QueryRunner& runner, Message* message) {
  const auto* outputs = observation.metrics->As<spark::TypedProject>();
  HEARTH_CHECK(outputs != nullptr) << "metrics are a projection of aggregates";
  try {
    TakeValues values(*observation.metrics, message);
    runner.Run(*observation.metrics, values);
  } catch (const spark::Error& error) {
    if (!error.decline().empty() || error.condition() == "OPERATION_CANCELED") throw;
    // The aggregates alone tell whether one of them failed, or what is made of them.
    CountRows ignored;
    runner.Run(*outputs->input, ignored);
    message->clear_keys();
    message->clear_values();
    AddError(error, message);
  }
}

void Describe(const spark::Observation& observation, Message* message) {
  message->set_name(observation.name);
  if (observation.plan_id) message->set_plan_id(*observation.plan_id);
}

}  // namespace

std::string CollectObservedMetrics(const spark::TypedPlanPtr& plan, QueryRunner& runner) {
  proto::ExecutePlanResponse response;
  const std::vector<ObservedPlace> places = FindObservedPlaces(plan);
  for (const ObservedPlace& place : places) {
    for (const RowCondition& condition : place.conditions) Require(condition, runner);
  }
  for (const ObservedPlace& place : places) {
    Message* message = response.add_observed_metrics();
    Describe(*place.observation, message);
    FillIn(*place.observation, runner, message);
  }
  return response.SerializeAsString();
}

std::string NameObservedMetrics(const spark::TypedPlanPtr& plan) {
  proto::ExecutePlanResponse response;
  for (const auto& observation : FindObservations(plan))
    Describe(*observation, response.add_observed_metrics());
  return response.SerializeAsString();
}

void SendObserved(const std::string& encoded, wire::Operation& operation) {
  if (!encoded.empty()) operation.results().Push(wire::EncodedResponse(encoded));
}

}  // namespace hearth::engine
