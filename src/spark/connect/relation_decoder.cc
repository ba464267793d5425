#include <algorithm>
#include <cctype>
#include <utility>

#include "spark/connect/data_type_proto.h"
#include "spark/connect/decoder.h"
#include "spark/connect/expressions.pb.h"
#include "spark/connect/invalid_plan.h"
#include "spark/connect/literal_decoder.h"
#include "spark/connect/relations.pb.h"
#include "spark/connect/schema_text.h"
#include "spark/sql/parser.h"

// Older clients send the fields that the protocol calls deprecated.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace hearth::spark {
namespace {

namespace proto = ::spark::connect;
using Message = proto::Relation;

template <typename Strings>
std::vector<std::string> Copy(const Strings& strings) {
  return {strings.begin(), strings.end()};
}

Options DecodeOptions(const ::google::protobuf::Map<std::string, std::string>& map) {
  Options options;
  for (const auto& [key, value] : map) {
    std::string lower = key;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    options[std::move(lower)] = value;
  }
  return options;
}

ExpressionPtr IntegerLiteral(int32_t value) {
  return MakeExpression(Literal{Value{int64_t{value}}, DataType::Integer()});
}

JoinType DecodeJoinType(proto::Join::JoinType type) {
  switch (type) {
    case proto::Join::JOIN_TYPE_INNER: return JoinType::kInner;
    case proto::Join::JOIN_TYPE_FULL_OUTER: return JoinType::kFullOuter;
    case proto::Join::JOIN_TYPE_LEFT_OUTER: return JoinType::kLeftOuter;
    case proto::Join::JOIN_TYPE_RIGHT_OUTER: return JoinType::kRightOuter;
    case proto::Join::JOIN_TYPE_LEFT_ANTI: return JoinType::kLeftAnti;
    case proto::Join::JOIN_TYPE_LEFT_SEMI: return JoinType::kLeftSemi;
    case proto::Join::JOIN_TYPE_CROSS: return JoinType::kCross;
    default: break;
  }
  throw InvalidEnum("spark.connect.Join.JoinType", "JOIN_TYPE_UNSPECIFIED", static_cast<int>(type));
}

LocalRelation DecodeLocal(const proto::LocalRelation& message) {
  LocalRelation local;
  if (message.has_data() && !message.data().empty()) {
    local.blocks.push_back(std::make_shared<const std::string>(message.data()));
  } else if (message.schema().empty()) {
    throw InvalidPlan("SCHEMA_REQUIRED_FOR_LOCAL_RELATION");
  }
  local.schema_text = message.schema();
  if (!message.schema().empty()) local.schema = ParseLocalSchema(message.schema());
  return local;
}

GroupType DecodeGroupType(const proto::Aggregate& message) {
  switch (message.group_type()) {
    case proto::Aggregate::GROUP_TYPE_GROUPBY: return GroupType::kGroupBy;
    case proto::Aggregate::GROUP_TYPE_ROLLUP: return GroupType::kRollup;
    case proto::Aggregate::GROUP_TYPE_CUBE: return GroupType::kCube;
    case proto::Aggregate::GROUP_TYPE_PIVOT:
      if (!message.has_pivot()) throw InvalidPlan("AGGREGATE_WITH_PIVOT_REQUIRES_PIVOT");
      return GroupType::kPivot;
    case proto::Aggregate::GROUP_TYPE_GROUPING_SETS: return GroupType::kGroupingSets;
    default: break;
  }
  throw InvalidEnum("spark.connect.Aggregate.GroupType", "GROUP_TYPE_UNSPECIFIED",
                    static_cast<int>(message.group_type()));
}

}  // namespace

RelationPtr Decoder::DecodeRelation(const Message& message) {
  const std::optional<int64_t> plan_id =
      message.common().has_plan_id() ? std::optional<int64_t>(message.common().plan_id()) : std::nullopt;
  OriginPtr origin = DecodeOrigin(message.common().origin());
  if (message.has_with_relations())
    return DecodeWithRelations(message.with_relations(), std::move(origin), plan_id);
  // Expressions take the origin of expressions around them, never that of the relation they stand in.
  OriginPtr outer = std::exchange(origin_, nullptr);
  Relation::Node node = DecodeRelationNode(message);
  origin_ = std::move(outer);
  return MakeRelation(std::move(node), std::move(origin), plan_id);
}

Relation::Node Decoder::DecodeRelationNode(const Message& message) {
  switch (message.rel_type_case()) {
    case Message::kRead: return DecodeRead(message.read());
    case Message::kProject:
      return Project{message.project().has_input() ? DecodeRelation(message.project().input()) : nullptr,
                     DecodeExpressions(message.project().expressions())};
    case Message::kFilter:
      return Filter{DecodeRelation(message.filter().input()), DecodeExpression(message.filter().condition())};
    case Message::kJoin: return DecodeJoin(message.join());
    case Message::kLateralJoin: return DecodeLateralJoin(message.lateral_join());
    case Message::kSetOp: return DecodeSetOperation(message.set_op());
    case Message::kSort: return DecodeSort(message.sort());
    case Message::kLimit:
      return Limit{DecodeRelation(message.limit().input()), IntegerLiteral(message.limit().limit())};
    case Message::kOffset:
      return Offset{DecodeRelation(message.offset().input()), IntegerLiteral(message.offset().offset())};
    case Message::kTail:
      return Tail{DecodeRelation(message.tail().input()), IntegerLiteral(message.tail().limit())};
    case Message::kAggregate: return DecodeAggregate(message.aggregate());
    case Message::kSql: return DecodeSqlText(message.sql());
    case Message::kLocalRelation: return DecodeLocal(message.local_relation());
    case Message::kCachedLocalRelation:
      return CachedLocalRelation{{message.cached_local_relation().hash()}, {}, false};
    case Message::kChunkedCachedLocalRelation: {
      const auto& cached = message.chunked_cached_local_relation();
      if (cached.datahashes().empty() && cached.schemahash().empty()) {
        throw InvalidPlan("CHUNKED_CACHED_LOCAL_RELATION_WITHOUT_DATA");
      }
      return CachedLocalRelation{Copy(cached.datahashes()), cached.schemahash(), true};
    }
    case Message::kSample: return DecodeSample(message.sample());
    case Message::kDeduplicate: return DecodeDeduplicate(message.deduplicate());
    case Message::kRange: {
      const auto& range = message.range();
      return Range{
          range.start(), range.end(), range.step(),
          range.has_num_partitions() ? std::optional<int32_t>(range.num_partitions()) : std::nullopt};
    }
    case Message::kSubqueryAlias:
      return SubqueryAlias{DecodeRelation(message.subquery_alias().input()),
                           message.subquery_alias().alias(),
                           Copy(message.subquery_alias().qualifier()),
                           {}};
    case Message::kRepartition:
      return Repartition{DecodeRelation(message.repartition().input()),
                         {},
                         message.repartition().num_partitions(),
                         message.repartition().shuffle()};
    case Message::kRepartitionByExpression: return DecodeRepartition(message.repartition_by_expression());
    case Message::kToDf:
      return ToDataFrame{DecodeRelation(message.to_df().input()), Copy(message.to_df().column_names())};
    case Message::kWithColumnsRenamed: return DecodeRenames(message.with_columns_renamed());
    case Message::kWithColumns: return DecodeWithColumns(message.with_columns());
    case Message::kDrop:
      return DropColumns{DecodeRelation(message.drop().input()), DecodeExpressions(message.drop().columns()),
                         Copy(message.drop().column_names())};
    case Message::kHint:
      return Hint{DecodeRelation(message.hint().input()), message.hint().name(),
                  DecodeExpressions(message.hint().parameters())};
    case Message::kShowString: {
      const auto& show = message.show_string();
      return ShowString{DecodeRelation(show.input()), show.num_rows(), show.truncate(), show.vertical()};
    }
    case Message::kHtmlString: {
      const auto& html = message.html_string();
      return HtmlString{DecodeRelation(html.input()), html.num_rows(), html.truncate()};
    }
    case Message::kToSchema:
      return ToSchema{DecodeRelation(message.to_schema().input()),
                      DecodeDataType(message.to_schema().schema())};
    case Message::kUnresolvedTableValuedFunction:
      return TableFunction{{message.unresolved_table_valued_function().function_name()},
                           DecodeExpressions(message.unresolved_table_valued_function().arguments()),
                           {}};
    case Message::kFillNa: return DecodeFillNa(message.fill_na());
    case Message::kDropNa: return DecodeDropNa(message.drop_na());
    case Message::kReplace: return DecodeReplaceNa(message.replace());
    case Message::kSummary:
      return Summary{DecodeRelation(message.summary().input()), Copy(message.summary().statistics())};
    case Message::kDescribe:
      return DescribeColumns{DecodeRelation(message.describe().input()), Copy(message.describe().cols())};
    case Message::kCollectMetrics: return DecodeCollectMetrics(message.collect_metrics());
    case Message::kCachedRemoteRelation:
      return CachedRemoteRelation{message.cached_remote_relation().relation_id()};
    default: return DecodeUnsupported(message);
  }
}

Relation::Node Decoder::DecodeUnsupported(const Message& message) {
  switch (message.rel_type_case()) {
    case Message::kUnpivot: return UnsupportedRelation{"DataFrame.unpivot"};
    case Message::kMapPartitions: return UnsupportedRelation{"mapInPandas and mapInArrow"};
    case Message::kParse: return UnsupportedRelation{"parsing a DataFrame of CSV, JSON or XML text"};
    case Message::kGroupMap: return UnsupportedRelation{"applyInPandas and applyInArrow"};
    case Message::kCoGroupMap: return UnsupportedRelation{"cogrouped maps"};
    case Message::kWithWatermark: return UnsupportedRelation{"watermarks"};
    case Message::kApplyInPandasWithState: return UnsupportedRelation{"applyInPandasWithState"};
    case Message::kCommonInlineUserDefinedTableFunction:
      return UnsupportedRelation{"user-defined table functions"};
    case Message::kAsOfJoin: return UnsupportedRelation{"as-of joins"};
    case Message::kCommonInlineUserDefinedDataSource: return UnsupportedRelation{"user-defined data sources"};
    case Message::kTranspose: return UnsupportedRelation{"DataFrame.transpose"};
    case Message::kRelationChanges: return UnsupportedRelation{"change data of a table"};
    case Message::kNearestByJoin: return UnsupportedRelation{"nearest-by joins"};
    case Message::kCrosstab: return UnsupportedRelation{"DataFrame.crosstab"};
    case Message::kCov: return UnsupportedRelation{"DataFrame.cov"};
    case Message::kCorr: return UnsupportedRelation{"DataFrame.corr"};
    case Message::kApproxQuantile: return UnsupportedRelation{"DataFrame.approxQuantile"};
    case Message::kFreqItems: return UnsupportedRelation{"DataFrame.freqItems"};
    case Message::kSampleBy: return UnsupportedRelation{"DataFrame.sampleBy"};
    case Message::kCatalog: return UnsupportedRelation{"the catalog API"};
    case Message::kMlRelation: return UnsupportedRelation{"machine learning"};
    case Message::kExtension:
      throw InvalidPlan("NO_HANDLER_FOR_EXTENSION", {{"extensionTypeUrl", message.extension().type_url()}});
    case Message::kUnknown:
      throw InvalidPlan("INVALID_ONE_OF_FIELD_NOT_SUPPORTED",
                        {{"fullName", "spark.connect.Relation"}, {"name", "UNKNOWN"}, {"number", "999"}});
    default: break;
  }
  throw OneOfNotSet("spark.connect.Relation", "RELTYPE_NOT_SET");
}

Relation::Node Decoder::DecodeRead(const proto::Read& message) {
  if (message.is_streaming()) return UnsupportedRelation{"streaming reads"};
  switch (message.read_type_case()) {
    case proto::Read::kNamedTable:
      return NamedTable{ParseIdentifier(message.named_table().unparsed_identifier()),
                        DecodeOptions(message.named_table().options())};
    case proto::Read::kDataSource: break;
    case proto::Read::READ_TYPE_NOT_SET: throw OneOfNotSet("spark.connect.Read", "READTYPE_NOT_SET");
  }
  const auto& source = message.data_source();
  if (!source.predicates().empty()) {
    if (source.format() == "jdbc") return UnsupportedRelation{"the data source jdbc"};
    throw InvalidPlan("PREDICATES_NOT_SUPPORTED_FOR_DATA_SOURCE", {{"format", source.format()}});
  }
  DataSourceRead read{source.format(), std::nullopt, DecodeOptions(source.options()), Copy(source.paths())};
  if (!source.schema().empty()) read.schema = ParseReadSchema(source.schema());
  return read;
}

Relation::Node Decoder::DecodeSqlText(const proto::SQL& message) {
  SqlText text;
  text.query = message.query();
  // Clients send either the older literals or expressions; expressions win, as in Spark.
  for (const auto& [name, literal] : message.args())
    text.named_arguments[name] = MakeExpression(DecodeLiteral(literal));
  for (const auto& [name, value] : message.named_arguments())
    text.named_arguments[name] = DecodeExpression(value);
  text.positional_arguments = DecodeExpressions(message.pos_arguments());
  if (text.positional_arguments.empty()) {
    for (const auto& literal : message.pos_args()) {
      text.positional_arguments.push_back(MakeExpression(DecodeLiteral(literal)));
    }
  }
  return text;
}

Relation::Node Decoder::DecodeJoin(const proto::Join& message) {
  if (message.has_join_data_type()) return UnsupportedRelation{"Dataset.joinWith"};
  if (message.has_join_condition() && !message.using_columns().empty()) {
    throw InvalidPlan("USING_COLUMNS_OR_JOIN_CONDITION_SET_IN_JOIN");
  }
  Join join;
  join.type = DecodeJoinType(message.join_type());
  join.left = DecodeRelation(message.left());
  join.right = DecodeRelation(message.right());
  if (message.has_join_condition()) join.condition = DecodeExpression(message.join_condition());
  join.using_columns = Copy(message.using_columns());
  return join;
}

Relation::Node Decoder::DecodeLateralJoin(const proto::LateralJoin& message) {
  Join join;
  join.is_lateral = true;
  join.type = DecodeJoinType(message.join_type());
  join.left = DecodeRelation(message.left());
  join.right = DecodeRelation(message.right());
  if (message.has_join_condition()) join.condition = DecodeExpression(message.join_condition());
  return join;
}

Relation::Node Decoder::DecodeSetOperation(const proto::SetOperation& message) {
  if (!message.has_left_input() || !message.has_right_input())
    throw InvalidPlan("SET_OPERATION_MUST_HAVE_TWO_INPUTS");
  SetOperation operation;
  operation.all = message.is_all();
  operation.by_name = message.by_name();
  operation.allow_missing_columns = message.allow_missing_columns();
  switch (message.set_op_type()) {
    case proto::SetOperation::SET_OP_TYPE_UNION:
      if (operation.allow_missing_columns && !operation.by_name) {
        throw InvalidPlan("UNION_BY_NAME_ALLOW_MISSING_COL_REQUIRES_BY_NAME");
      }
      operation.type = SetOperationType::kUnion;
      break;
    case proto::SetOperation::SET_OP_TYPE_INTERSECT:
      if (operation.by_name) throw InvalidPlan("INTERSECT_DOES_NOT_SUPPORT_UNION_BY_NAME");
      operation.type = SetOperationType::kIntersect;
      break;
    case proto::SetOperation::SET_OP_TYPE_EXCEPT:
      if (operation.by_name) throw InvalidPlan("EXCEPT_DOES_NOT_SUPPORT_UNION_BY_NAME");
      operation.type = SetOperationType::kExcept;
      break;
    default:
      throw InvalidEnum("spark.connect.SetOperation.SetOpType", "SET_OP_TYPE_UNSPECIFIED",
                        static_cast<int>(message.set_op_type()));
  }
  operation.left = DecodeRelation(message.left_input());
  operation.right = DecodeRelation(message.right_input());
  return operation;
}

Relation::Node Decoder::DecodeSort(const proto::Sort& message) {
  if (message.order().empty()) {
    throw InvalidPlan("ASSERTION_FAILURE", {{"message", "'order' must be present and contain elements."}});
  }
  return Sort{DecodeRelation(message.input()), DecodeSortOrders(message.order()), message.is_global()};
}

Relation::Node Decoder::DecodeAggregate(const proto::Aggregate& message) {
  if (!message.has_input()) throw InvalidPlan("AGGREGATE_NEEDS_PLAN_INPUT");
  Aggregate aggregate;
  aggregate.type = DecodeGroupType(message);
  aggregate.input = DecodeRelation(message.input());
  aggregate.grouping = DecodeExpressions(message.grouping_expressions());
  aggregate.aggregates = DecodeExpressions(message.aggregate_expressions());
  aggregate.keys_prepended = true;
  for (const auto& set : message.grouping_sets()) {
    aggregate.grouping_sets.push_back(DecodeExpressions(set.grouping_set()));
  }
  if (aggregate.type == GroupType::kPivot) {
    aggregate.pivot_column = DecodeExpression(message.pivot().col());
    for (const auto& value : message.pivot().values()) {
      aggregate.pivot_values.push_back(MakeExpression(DecodeLiteral(value)));
    }
  }
  return aggregate;
}

Relation::Node Decoder::DecodeSample(const proto::Sample& message) {
  return Sample{DecodeRelation(message.input()), message.lower_bound(), message.upper_bound(),
                message.with_replacement(),
                message.has_seed() ? std::optional<int64_t>(message.seed()) : std::nullopt};
}

Relation::Node Decoder::DecodeDeduplicate(const proto::Deduplicate& message) {
  if (!message.has_input()) throw InvalidPlan("DEDUPLICATE_NEEDS_INPUT");
  if (message.all_columns_as_keys() && !message.column_names().empty()) {
    throw InvalidPlan("DEDUPLICATE_ALL_COLUMNS_AND_SUBSET");
  }
  if (!message.all_columns_as_keys() && message.column_names().empty()) {
    throw InvalidPlan("DEDUPLICATE_REQUIRES_COLUMNS_OR_ALL");
  }
  return Deduplicate{DecodeRelation(message.input()), Copy(message.column_names()),
                     message.all_columns_as_keys(), message.within_watermark()};
}

Relation::Node Decoder::DecodeRenames(const proto::WithColumnsRenamed& message) {
  WithColumnsRenamed renamed;
  for (const auto& rename : message.renames())
    renamed.renames.emplace_back(rename.col_name(), rename.new_col_name());
  if (renamed.renames.empty()) {
    // The map of older clients has no order: sorted, so that equal messages give equal plans.
    for (const auto& [from, to] : message.rename_columns_map()) renamed.renames.emplace_back(from, to);
    std::sort(renamed.renames.begin(), renamed.renames.end());
  }
  renamed.input = DecodeRelation(message.input());
  return renamed;
}

Relation::Node Decoder::DecodeWithColumns(const proto::WithColumns& message) {
  WithColumns columns;
  for (const auto& alias : message.aliases()) {
    if (alias.name_size() != 1) {
      std::string got;
      for (const std::string& name : alias.name()) got += (got.empty() ? "" : ", ") + name;
      throw InvalidPlan("WITH_COLUMNS_REQUIRE_SINGLE_NAME_PART", {{"got", got}});
    }
    columns.aliases.push_back(MakeExpression(DecodeAlias(alias)));
  }
  columns.input = DecodeRelation(message.input());
  return columns;
}

Relation::Node Decoder::DecodeRepartition(const proto::RepartitionByExpression& message) {
  return Repartition{
      DecodeRelation(message.input()), DecodeExpressions(message.partition_exprs()),
      message.has_num_partitions() ? std::optional<int32_t>(message.num_partitions()) : std::nullopt, true};
}

Relation::Node Decoder::DecodeFillNa(const proto::NAFill& message) {
  if (message.values().empty()) throw InvalidPlan("NA_FILL_VALUES_EMPTY");
  if (message.values_size() > 1 && message.values_size() != message.cols_size()) {
    throw InvalidPlan("NA_FILL_VALUES_LENGTH_MISMATCH");
  }
  FillNa fill{DecodeRelation(message.input()), Copy(message.cols()), {}};
  for (const auto& value : message.values()) fill.values.push_back(MakeExpression(DecodeLiteral(value)));
  return fill;
}

Relation::Node Decoder::DecodeDropNa(const proto::NADrop& message) {
  return DropNa{DecodeRelation(message.input()), Copy(message.cols()),
                message.has_min_non_nulls() ? std::optional<int32_t>(message.min_non_nulls()) : std::nullopt};
}

Relation::Node Decoder::DecodeReplaceNa(const proto::NAReplace& message) {
  ReplaceNa replace{DecodeRelation(message.input()), Copy(message.cols()), {}};
  for (const auto& replacement : message.replacements()) {
    replace.replacements.emplace_back(MakeExpression(DecodeLiteral(replacement.old_value())),
                                      MakeExpression(DecodeLiteral(replacement.new_value())));
  }
  return replace;
}

Relation::Node Decoder::DecodeCollectMetrics(const proto::CollectMetrics& message) {
  CollectMetrics collect{DecodeRelation(message.input()), message.name(),
                         DecodeExpressions(message.metrics())};
  if (collect.name.empty()) {
    throw Error::WithMessage(ExceptionKind::kIllegalArgument, "", "", {},
                             "requirement failed: Name must not be empty");
  }
  return collect;
}

}  // namespace hearth::spark
