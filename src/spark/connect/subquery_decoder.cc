#include <algorithm>
#include <utility>

#include "spark/connect/decoder.h"
#include "spark/connect/expressions.pb.h"
#include "spark/connect/invalid_plan.h"
#include "spark/connect/relations.pb.h"

namespace hearth::spark {

namespace proto = ::spark::connect;

RelationPtr Decoder::DecodeWithRelations(const proto::WithRelations& message, OriginPtr origin,
                                         std::optional<int64_t> plan_id) {
  const bool named =
      message.root().has_sql() &&
      std::all_of(message.references().begin(), message.references().end(),
                  [](const proto::Relation& reference) { return reference.has_subquery_alias(); });
  if (named) {
    WithRelations with;
    for (const proto::Relation& reference : message.references())
      with.references.push_back(DecodeRelation(reference));
    with.root = DecodeRelation(message.root());
    return MakeRelation(std::move(with), std::move(origin), plan_id);
  }
  for (const proto::Relation& reference : message.references()) {
    if (!reference.common().has_plan_id()) throw InvalidPlan("INVALID_WITH_RELATION_REFERENCE");
    references_[reference.common().plan_id()] = {.message = &reference};
  }
  // The references are bound now. The node stays because df["a"] may name its plan id as well as its root's.
  return MakeRelation(WithRelations{DecodeRelation(message.root()), {}}, std::move(origin), plan_id);
}

RelationPtr Decoder::ReferencedPlan(int64_t plan_id) {
  const auto found = references_.find(plan_id);
  if (found == references_.end() || found->second.in_progress) {
    throw Error(ExceptionKind::kSpark, "INTERNAL_ERROR",
                {{"message", "Found no plan for the subquery with plan id " + std::to_string(plan_id)}});
  }
  if (!found->second.decoded) {
    found->second.in_progress = true;
    const OriginPtr outer = std::exchange(origin_, nullptr);
    RelationPtr decoded = DecodeRelation(*found->second.message);
    origin_ = outer;
    // Decoding may have added references, which moves the table's entries.
    Reference& reference = references_[plan_id];
    reference.decoded = std::move(decoded);
    reference.in_progress = false;
    return reference.decoded;
  }
  return found->second.decoded;
}

Expression::Node Decoder::DecodeSubquery(const proto::SubqueryExpression& message) {
  using Message = proto::SubqueryExpression;
  switch (message.subquery_type()) {
    case Message::SUBQUERY_TYPE_SCALAR:
      return SubqueryExpression{SubqueryExpression::Kind::kScalar, ReferencedPlan(message.plan_id()), {}};
    case Message::SUBQUERY_TYPE_EXISTS:
      return SubqueryExpression{SubqueryExpression::Kind::kExists, ReferencedPlan(message.plan_id()), {}};
    case Message::SUBQUERY_TYPE_IN:
      return SubqueryExpression{SubqueryExpression::Kind::kIn, ReferencedPlan(message.plan_id()),
                                DecodeExpressions(message.in_subquery_values())};
    case Message::SUBQUERY_TYPE_TABLE_ARG: return UnsupportedExpression{"table arguments of table functions"};
    default: break;
  }
  throw InvalidEnum("spark.connect.SubqueryExpression.SubqueryType", "SUBQUERY_TYPE_UNKNOWN",
                    static_cast<int>(message.subquery_type()));
}

}  // namespace hearth::spark
