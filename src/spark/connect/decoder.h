// The recursive walk behind plan_decoder.h. One instance decodes one plan, on one thread.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "spark/plan/relation.h"

namespace google::protobuf {
template <typename Message>
class RepeatedPtrField;
}

namespace spark::connect {
class Aggregate;
class CollectMetrics;
class Deduplicate;
class Expression;
class Expression_Alias;
class Expression_Cast;
class Expression_LambdaFunction;
class Expression_SortOrder;
class Expression_UnresolvedAttribute;
class Expression_UnresolvedFunction;
class Expression_UnresolvedNamedLambdaVariable;
class Expression_UnresolvedRegex;
class Expression_UnresolvedStar;
class Expression_Window;
class Expression_Window_WindowFrame_FrameBoundary;
class Join;
class LateralJoin;
class NADrop;
class NAFill;
class NAReplace;
class Origin;
class Read;
class Relation;
class RelationCommon;
class RepartitionByExpression;
class SQL;
class Sample;
class SetOperation;
class Sort;
class SubqueryExpression;
class WithColumns;
class WithColumnsRenamed;
class WithRelations;
}  // namespace spark::connect

namespace hearth::spark {

class Decoder {
 public:
  RelationPtr DecodeRelation(const ::spark::connect::Relation& message);
  ExpressionPtr DecodeExpression(const ::spark::connect::Expression& message);

 private:
  // A relation that subqueries of a plan name by its plan id; decoded when first met.
  struct Reference {
    const ::spark::connect::Relation* message = nullptr;
    RelationPtr decoded;
    bool in_progress = false;
  };

  // relation_decoder.cc
  Relation::Node DecodeRelationNode(const ::spark::connect::Relation& message);
  Relation::Node DecodeUnsupported(const ::spark::connect::Relation& message);
  Relation::Node DecodeRead(const ::spark::connect::Read& message);
  Relation::Node DecodeSqlText(const ::spark::connect::SQL& message);
  Relation::Node DecodeJoin(const ::spark::connect::Join& message);
  Relation::Node DecodeLateralJoin(const ::spark::connect::LateralJoin& message);
  Relation::Node DecodeSetOperation(const ::spark::connect::SetOperation& message);
  Relation::Node DecodeSort(const ::spark::connect::Sort& message);
  Relation::Node DecodeAggregate(const ::spark::connect::Aggregate& message);
  Relation::Node DecodeSample(const ::spark::connect::Sample& message);
  Relation::Node DecodeDeduplicate(const ::spark::connect::Deduplicate& message);
  Relation::Node DecodeRenames(const ::spark::connect::WithColumnsRenamed& message);
  Relation::Node DecodeWithColumns(const ::spark::connect::WithColumns& message);
  Relation::Node DecodeRepartition(const ::spark::connect::RepartitionByExpression& message);
  Relation::Node DecodeFillNa(const ::spark::connect::NAFill& message);
  Relation::Node DecodeDropNa(const ::spark::connect::NADrop& message);
  Relation::Node DecodeReplaceNa(const ::spark::connect::NAReplace& message);
  Relation::Node DecodeCollectMetrics(const ::spark::connect::CollectMetrics& message);

  // subquery_decoder.cc
  // SQL text keeps its references by name; in any other plan they are where subquery expressions point to,
  // and the node is its root.
  RelationPtr DecodeWithRelations(const ::spark::connect::WithRelations& message, OriginPtr origin,
                                  std::optional<int64_t> plan_id);
  Expression::Node DecodeSubquery(const ::spark::connect::SubqueryExpression& message);
  RelationPtr ReferencedPlan(int64_t plan_id);

  // expression_decoder.cc
  Expression::Node DecodeExpressionNode(const ::spark::connect::Expression& message);
  Expression::Node DecodeFunction(const ::spark::connect::Expression_UnresolvedFunction& message);
  Expression::Node DecodeAlias(const ::spark::connect::Expression_Alias& message);
  Expression::Node DecodeCast(const ::spark::connect::Expression_Cast& message);
  SortOrder DecodeSortOrder(const ::spark::connect::Expression_SortOrder& message);
  Expression::Node DecodeLambda(const ::spark::connect::Expression_LambdaFunction& message);
  Expression::Node DecodeWindow(const ::spark::connect::Expression_Window& message);
  FrameBound DecodeFrameBound(const ::spark::connect::Expression_Window_WindowFrame_FrameBoundary& message);
  ExpressionList DecodeExpressions(
      const ::google::protobuf::RepeatedPtrField<::spark::connect::Expression>& messages);
  ExpressionList DecodeSortOrders(
      const ::google::protobuf::RepeatedPtrField<::spark::connect::Expression_SortOrder>& messages);

  // Of the nearest expression above that has one: an expression without an origin takes it over, as in Spark.
  OriginPtr origin_;
  std::unordered_map<int64_t, Reference> references_;
};

// Null for an origin without a place.
OriginPtr DecodeOrigin(const ::spark::connect::Origin& message);

}  // namespace hearth::spark
