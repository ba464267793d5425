#include "spark/plan/dump.h"

#include <type_traits>
#include <variant>

namespace hearth::spark {
namespace {

std::string Joined(const std::vector<std::string>& parts, const char* separator) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : separator) + part;
  return out;
}

// A name as it is, in back-ticks where it could be read as something else.
std::string Name(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += ".";
    const bool is_plain =
        part == "*" || (!part.empty() && part.find_first_of(" `'\"(),.[]*@") == std::string::npos);
    out += is_plain ? part : "`" + part + "`";
  }
  return out;
}

const char* JoinName(JoinType type) {
  switch (type) {
    case JoinType::kInner: return "inner";
    case JoinType::kCross: return "cross";
    case JoinType::kLeftOuter: return "left";
    case JoinType::kRightOuter: return "right";
    case JoinType::kFullOuter: return "full";
    case JoinType::kLeftSemi: return "left semi";
    case JoinType::kLeftAnti: return "left anti";
  }
  return "";
}

const char* SetOperationName(SetOperationType type) {
  switch (type) {
    case SetOperationType::kUnion: return "Union";
    case SetOperationType::kIntersect: return "Intersect";
    case SetOperationType::kExcept: return "Except";
  }
  return "";
}

const char* GroupTypeName(GroupType type) {
  switch (type) {
    case GroupType::kGroupBy: return "";
    case GroupType::kRollup: return " rollup";
    case GroupType::kCube: return " cube";
    case GroupType::kGroupingSets: return " grouping sets";
    case GroupType::kPivot: return " pivot";
  }
  return "";
}

std::string OptionsText(const Options& options) {
  std::string out;
  for (const auto& [key, value] : options) out += " " + key + "=" + value;
  return out;
}

class Dumper {
 public:
  explicit Dumper(const DumpOptions& options) : options_(options) {}

  std::string Text(const ExpressionPtr& expression) const {
    if (expression == nullptr) return "null";
    std::string out = std::visit([this](const auto& node) { return Node(node); }, expression->node);
    if (options_.origins && expression->origin != nullptr && expression->origin->IsSql()) {
      out += "@" + std::to_string(expression->origin->start) + "-" + std::to_string(expression->origin->stop);
    }
    return out;
  }

  // The relation at `depth`, and everything below it.
  void Append(const RelationPtr& relation, int depth, std::string* out) const {
    if (relation == nullptr) return;
    std::visit([&](const auto& node) { Append(node, depth, out); }, relation->node);
  }

  std::string CommandText(const CreateView& view) const {
    std::string out = std::string("CreateView ") + (view.replace ? "or replace " : "") +
                      (view.is_global ? "global " : "") + (view.is_temporary ? "temporary " : "") +
                      (view.if_not_exists ? "if not exists " : "") + Name(view.name);
    if (!view.column_names.empty()) out += "(" + Joined(view.column_names, ", ") + ")";
    out += "\n";
    Append(view.plan, 1, &out);
    return out;
  }
  std::string CommandText(const DropView& drop) const {
    return std::string("DropView ") + (drop.if_exists ? "if exists " : "") + Name(drop.name) + "\n";
  }
  std::string CommandText(const SetConfiguration& set) const {
    return std::string(set.is_reset ? "Reset" : "Set") + (set.key ? " " + *set.key : "") +
           (set.value ? " = '" + *set.value + "'" : "") + "\n";
  }
  std::string CommandText(const ExplainCommand& explain) const {
    static constexpr const char* kModes[] = {"simple", "extended", "codegen", "cost", "formatted"};
    std::string out = std::string("Explain ") + kModes[static_cast<size_t>(explain.mode)] + "\n";
    Append(explain.plan, 1, &out);
    return out;
  }
  std::string CommandText(const ShowCommand& show) const {
    static constexpr const char* kWhat[] = {"databases", "tables",   "views",
                                            "columns",   "catalogs", "current namespace"};
    return std::string("Show ") + kWhat[static_cast<size_t>(show.what)] +
           (show.name.empty() ? "" : " in " + Name(show.name)) +
           (show.pattern ? " like '" + *show.pattern + "'" : "") + "\n";
  }
  std::string CommandText(const DescribeCommand& describe) const {
    std::string out = describe.is_extended ? "Describe extended\n" : "Describe\n";
    Append(describe.plan, 1, &out);
    return out;
  }
  std::string CommandText(const DescribeDatabase& describe) const {
    return std::string("DescribeDatabase ") + (describe.is_extended ? "extended " : "") +
           Name(describe.name) + "\n";
  }
  std::string CommandText(const UseCommand& use) const { return "Use " + Name(use.name) + "\n"; }
  std::string CommandText(const DropTable& drop) const {
    return std::string("DropTable ") + (drop.if_exists ? "if exists " : "") + Name(drop.name) + "\n";
  }
  std::string CommandText(const CreateDatabase& create) const {
    return std::string("CreateDatabase ") + (create.if_not_exists ? "if not exists " : "") +
           Name(create.name) + (create.comment ? " comment '" + *create.comment + "'" : "") +
           (create.location ? " location '" + *create.location + "'" : "") +
           Pairs("with", create.properties) + "\n";
  }
  std::string CommandText(const DropDatabase& drop) const {
    return std::string("DropDatabase ") + (drop.if_exists ? "if exists " : "") + Name(drop.name) +
           (drop.cascade ? " cascade" : "") + "\n";
  }
  std::string CommandText(const CreateTable& create) const {
    std::string out = std::string(create.replace ? "ReplaceTable " : "CreateTable ") +
                      (create.is_external ? "external " : "") +
                      (create.if_not_exists ? "if not exists " : "") + Name(create.name) +
                      Columns(create.columns) + TableText(create.options) + "\n";
    if (create.query != nullptr) Append(create.query, 1, &out);
    return out;
  }
  std::string CommandText(const TruncateTable& truncate) const {
    return "TruncateTable " + Name(truncate.name) + "\n";
  }
  std::string CommandText(const AlterTable& alter) const {
    std::string out = (alter.is_view ? "AlterView " : "AlterTable ") + Name(alter.name);
    if (const auto* rename = std::get_if<AlterTable::Rename>(&alter.action)) {
      out += " rename to " + Name(rename->to);
    } else if (const auto* add = std::get_if<AlterTable::AddColumns>(&alter.action)) {
      out += " add" + Columns(add->columns);
    } else if (const auto* set = std::get_if<AlterTable::SetProperties>(&alter.action)) {
      out += Pairs("set", set->properties);
    } else {
      out += " unset [" + Joined(std::get<AlterTable::UnsetProperties>(alter.action).keys, ", ") + "]";
    }
    return out + "\n";
  }
  std::string CommandText(const InsertInto& insert) const {
    std::string out = insert.overwrite ? "InsertOverwrite" : "InsertInto";
    for (const auto& [name, value] : insert.partition) {
      out += " partition " + name + (value == nullptr ? "" : " = " + Text(value));
    }
    if (insert.by_name) out += " by name";
    if (!insert.columns.empty()) out += " (" + Joined(insert.columns, ", ") + ")";
    out += "\n";
    Append(insert.table, 1, &out);
    Append(insert.query, 1, &out);
    return out;
  }
  std::string CommandText(const SaveAsTable& save) const {
    std::string out =
        "SaveAsTable " + ModeText(save.mode) + " " + Name(save.name) + TableText(save.options) + "\n";
    Append(save.query, 1, &out);
    return out;
  }
  std::string CommandText(const WriteFiles& write) const {
    std::string out = "WriteFiles " + ModeText(write.mode) + TableText(write.options) + "\n";
    Append(write.query, 1, &out);
    return out;
  }
  std::string CommandText(const ShowTable& show) const {
    static constexpr const char* kWhat[] = {"creation", "properties", "partitions"};
    return std::string("Show ") + kWhat[static_cast<size_t>(show.what)] + " of " + Name(show.name) +
           (show.key ? " '" + *show.key + "'" : "") + "\n";
  }
  std::string CommandText(const UnsupportedCommand& command) const {
    return "Unsupported " + command.what + "\n";
  }

 private:
  static std::string Columns(const std::vector<StructField>& columns) {
    return columns.empty() ? "" : " " + DataType::Struct(columns).sql();
  }
  static std::string ModeText(SaveMode mode) {
    static constexpr const char* kModes[] = {"error if exists", "append", "overwrite", "ignore"};
    return kModes[static_cast<size_t>(mode)];
  }
  static std::string Pairs(const char* what, const PropertyList& properties) {
    std::string out;
    for (const auto& [key, value] : properties)
      out += std::string(" ") + what + " " + key + " = '" + value + "'";
    return out;
  }
  std::string TableText(const TableOptions& options) const {
    return (options.provider ? " using " + *options.provider : "") +
           (options.partition_columns.empty()
                ? ""
                : " partitioned by [" + Joined(options.partition_columns, ", ") + "]") +
           (options.location ? " location '" + *options.location + "'" : "") +
           (options.comment ? " comment '" + *options.comment + "'" : "") + Pairs("option", options.options) +
           Pairs("property", options.properties);
  }
  std::string List(const ExpressionList& list) const {
    std::string out;
    for (const ExpressionPtr& item : list) out += (out.empty() ? "" : ", ") + Text(item);
    return out;
  }
  std::string Bracketed(const ExpressionList& list) const { return "[" + List(list) + "]"; }

  std::string Node(const Literal& literal) const { return LiteralSql(literal.value, literal.type); }
  std::string Node(const UnresolvedAttribute& attribute) const {
    return Name(attribute.parts) + (attribute.plan_id ? "#" + std::to_string(*attribute.plan_id) : "");
  }
  std::string Node(const UnresolvedStar& star) const {
    return (star.target.empty() ? "*" : Name(star.target) + ".*") +
           (star.except.empty() ? "" : " EXCEPT (" + List(star.except) + ")");
  }
  std::string Node(const UnresolvedRegex& regex) const { return "regex '" + regex.pattern + "'"; }
  std::string Node(const Parameter& parameter) const {
    return parameter.name.empty() ? "?" + std::to_string(parameter.position) : ":" + parameter.name;
  }
  std::string Node(const FunctionCall& call) const {
    std::string out =
        Name(call.name) + "(" + (call.is_distinct ? "DISTINCT " : "") + List(call.arguments) + ")";
    if (!call.within_group.empty()) out += " WITHIN GROUP " + Bracketed(call.within_group);
    if (call.filter != nullptr) out += " FILTER " + Text(call.filter);
    if (call.ignore_nulls) out += *call.ignore_nulls ? " IGNORE NULLS" : " RESPECT NULLS";
    return out;
  }
  std::string Node(const Alias& alias) const {
    const std::string names =
        alias.names.size() == 1 ? Name(alias.names) : "(" + Joined(alias.names, ", ") + ")";
    return Text(alias.child) + " AS " + names;
  }
  std::string Node(const CastExpression& cast) const {
    const char* name = cast.mode == CastMode::kTry      ? "try_cast("
                       : cast.mode == CastMode::kLegacy ? "legacy_cast("
                                                        : "cast(";
    return name + Text(cast.child) + " AS " + cast.type.sql() + ")";
  }
  std::string Node(const SortOrder& order) const {
    const bool is_default = order.ascending == order.nulls_first;
    return Text(order.child) + (order.ascending ? " ASC" : " DESC") +
           (is_default          ? ""
            : order.nulls_first ? " NULLS FIRST"
                                : " NULLS LAST");
  }
  std::string Node(const LambdaFunction& lambda) const {
    return "(" + Joined(lambda.parameters, ", ") + ") -> " + Text(lambda.body);
  }
  std::string Node(const LambdaVariable& variable) const { return "lambda " + Name(variable.parts); }
  std::string Node(const WindowExpression& window) const {
    return Text(window.function) + " OVER " + Window(window);
  }
  std::string Window(const WindowExpression& window) const {
    if (!window.window_name.empty()) return window.window_name;
    std::string out;
    const auto add = [&out](const std::string& text) { out += (out.empty() ? "" : " ") + text; };
    if (!window.partition_by.empty()) add("PARTITION " + Bracketed(window.partition_by));
    if (!window.order_by.empty()) {
      std::string orders;
      for (const SortOrder& order : window.order_by) orders += (orders.empty() ? "" : ", ") + Node(order);
      add("ORDER [" + orders + "]");
    }
    if (window.frame) {
      add(std::string(window.frame->rows ? "ROWS " : "RANGE ") + BoundText(window.frame->lower) + " TO " +
          BoundText(window.frame->upper));
    }
    return "(" + out + ")";
  }
  std::string BoundText(const FrameBound& bound) const {
    switch (bound.kind) {
      case FrameBound::Kind::kUnboundedPreceding: return "UNBOUNDED PRECEDING";
      case FrameBound::Kind::kUnboundedFollowing: return "UNBOUNDED FOLLOWING";
      case FrameBound::Kind::kCurrentRow: return "CURRENT ROW";
      case FrameBound::Kind::kValue: return Text(bound.value);
    }
    return "";
  }
  std::string Node(const ExtractValue& extract) const {
    return Text(extract.child) + "[" + Text(extract.extraction) + "]";
  }
  std::string Node(const SubqueryExpression& subquery) const {
    static constexpr const char* kKinds[] = {"scalar", "exists", "in"};
    std::string plan;
    Append(subquery.plan, 1, &plan);
    return std::string(kKinds[static_cast<size_t>(subquery.kind)]) +
           (subquery.values.empty() ? "" : Bracketed(subquery.values)) + "{\n" + plan + "}";
  }
  std::string Node(const NamedArgument& argument) const {
    return argument.name + " => " + Text(argument.value);
  }
  std::string Node(const ExpressionString& text) const { return "expr '" + text.text + "'"; }
  std::string Node(const UnsupportedExpression& unsupported) const {
    return "unsupported '" + unsupported.what + "'";
  }

  // A line at `depth`. Subqueries inside the text bring lines of their own, moved below it.
  static void Line(int depth, const std::string& text, std::string* out) {
    const std::string indent(static_cast<size_t>(depth) * 2, ' ');
    *out += indent;
    for (const char c : text) {
      *out += c;
      if (c == '\n') *out += indent + "  ";
    }
    *out += "\n";
  }

  void Unary(const std::string& text, const RelationPtr& input, int depth, std::string* out) const {
    Line(depth, text, out);
    Append(input, depth + 1, out);
  }

  void Append(const NamedTable& node, int depth, std::string* out) const {
    Line(depth, "Table " + Name(node.parts) + OptionsText(node.options), out);
  }
  void Append(const DataSourceRead& node, int depth, std::string* out) const {
    Line(depth,
         "Read " + node.format + " [" + Joined(node.paths, ", ") + "]" +
             (node.schema ? " " + node.schema->simple_string() : "") + OptionsText(node.options),
         out);
  }
  void Append(const Project& node, int depth, std::string* out) const {
    Unary("Project " + Bracketed(node.expressions), node.input, depth, out);
  }
  void Append(const Filter& node, int depth, std::string* out) const {
    Unary((node.is_having ? "Having " : "Filter ") + Text(node.condition), node.input, depth, out);
  }
  void Append(const Join& node, int depth, std::string* out) const {
    std::string text = std::string("Join ") + (node.is_natural ? "natural " : "") + JoinName(node.type) +
                       (node.is_lateral ? " lateral" : "");
    if (node.condition != nullptr) text += " on " + Text(node.condition);
    if (!node.using_columns.empty()) text += " using [" + Joined(node.using_columns, ", ") + "]";
    Line(depth, text, out);
    Append(node.left, depth + 1, out);
    Append(node.right, depth + 1, out);
  }
  void Append(const SetOperation& node, int depth, std::string* out) const {
    Line(depth,
         std::string(SetOperationName(node.type)) + (node.all ? " all" : "") +
             (node.by_name ? " by name" : "") + (node.allow_missing_columns ? " allow missing" : ""),
         out);
    Append(node.left, depth + 1, out);
    Append(node.right, depth + 1, out);
  }
  void Append(const Sort& node, int depth, std::string* out) const {
    Unary(std::string("Sort ") + (node.is_global ? "" : "local ") + Bracketed(node.orders), node.input, depth,
          out);
  }
  void Append(const Limit& node, int depth, std::string* out) const {
    Unary("Limit " + Text(node.count), node.input, depth, out);
  }
  void Append(const Offset& node, int depth, std::string* out) const {
    Unary("Offset " + Text(node.count), node.input, depth, out);
  }
  void Append(const Tail& node, int depth, std::string* out) const {
    Unary("Tail " + Text(node.count), node.input, depth, out);
  }
  void Append(const Aggregate& node, int depth, std::string* out) const {
    std::string text = std::string("Aggregate") + GroupTypeName(node.type) + " " +
                       (node.group_by_all ? "all" : Bracketed(node.grouping)) + " " +
                       Bracketed(node.aggregates) + (node.keys_prepended ? " after keys" : "");
    for (const ExpressionList& set : node.grouping_sets) text += " set " + Bracketed(set);
    if (node.pivot_column != nullptr)
      text += " pivot " + Text(node.pivot_column) + " " + Bracketed(node.pivot_values);
    Unary(text, node.input, depth, out);
  }
  void Append(const LocalRelation& node, int depth, std::string* out) const {
    size_t bytes = 0;
    for (const auto& block : node.blocks) bytes += block->size();
    Line(depth,
         "LocalRelation " + (node.schema ? node.schema->simple_string() : node.schema_text) + " " +
             std::to_string(bytes) + " bytes",
         out);
  }
  void Append(const CachedLocalRelation& node, int depth, std::string* out) const {
    Line(depth, "CachedLocalRelation [" + Joined(node.data_hashes, ", ") + "]", out);
  }
  void Append(const InlineTable& node, int depth, std::string* out) const {
    std::string text = "Values";
    for (const ExpressionList& row : node.rows) text += " (" + List(row) + ")";
    if (!node.column_names.empty()) text += " as (" + Joined(node.column_names, ", ") + ")";
    Line(depth, text, out);
  }
  void Append(const Sample& node, int depth, std::string* out) const {
    Unary("Sample " + JavaDouble(node.lower_bound) + " " + JavaDouble(node.upper_bound) +
              (node.with_replacement ? " with replacement" : "") +
              (node.seed ? " seed " + std::to_string(*node.seed) : ""),
          node.input, depth, out);
  }
  void Append(const Deduplicate& node, int depth, std::string* out) const {
    Unary(node.all_columns ? "Distinct" : "Deduplicate [" + Joined(node.columns, ", ") + "]", node.input,
          depth, out);
  }
  void Append(const Range& node, int depth, std::string* out) const {
    Line(depth,
         "Range " + std::to_string(node.start) + " " + std::to_string(node.end) + " " +
             std::to_string(node.step),
         out);
  }
  void Append(const SubqueryAlias& node, int depth, std::string* out) const {
    std::vector<std::string> name = node.qualifier;
    name.push_back(node.alias);
    Unary("Alias " + Name(name) +
              (node.column_names.empty() ? "" : "(" + Joined(node.column_names, ", ") + ")"),
          node.input, depth, out);
  }
  void Append(const Repartition& node, int depth, std::string* out) const {
    Unary("Repartition " + Bracketed(node.by) +
              (node.num_partitions ? " " + std::to_string(*node.num_partitions) : "") +
              (node.shuffle ? "" : " coalesce"),
          node.input, depth, out);
  }
  void Append(const ToDataFrame& node, int depth, std::string* out) const {
    Unary("ToDataFrame [" + Joined(node.column_names, ", ") + "]", node.input, depth, out);
  }
  void Append(const WithColumnsRenamed& node, int depth, std::string* out) const {
    std::string text = "WithColumnsRenamed";
    for (const auto& [from, to] : node.renames) text += " " + Name({from}) + " -> " + Name({to});
    Unary(text, node.input, depth, out);
  }
  void Append(const WithColumns& node, int depth, std::string* out) const {
    Unary("WithColumns " + Bracketed(node.aliases), node.input, depth, out);
  }
  void Append(const DropColumns& node, int depth, std::string* out) const {
    Unary("Drop " + Bracketed(node.columns) + " [" + Joined(node.column_names, ", ") + "]", node.input, depth,
          out);
  }
  void Append(const Hint& node, int depth, std::string* out) const {
    Unary("Hint " + node.name + "(" + List(node.parameters) + ")", node.input, depth, out);
  }
  void Append(const ShowString& node, int depth, std::string* out) const {
    Unary("ShowString " + std::to_string(node.num_rows) + " " + std::to_string(node.truncate) +
              (node.vertical ? " vertical" : ""),
          node.input, depth, out);
  }
  void Append(const HtmlString& node, int depth, std::string* out) const {
    Unary("HtmlString " + std::to_string(node.num_rows) + " " + std::to_string(node.truncate), node.input,
          depth, out);
  }
  void Append(const ToSchema& node, int depth, std::string* out) const {
    Unary("ToSchema " + node.schema.simple_string(), node.input, depth, out);
  }
  void Append(const SqlText& node, int depth, std::string* out) const {
    std::string text = "Sql '" + node.query + "'";
    for (const auto& [name, value] : node.named_arguments) text += " :" + name + " = " + Text(value);
    if (!node.positional_arguments.empty()) text += " " + Bracketed(node.positional_arguments);
    Line(depth, text, out);
  }
  void Append(const With& node, int depth, std::string* out) const {
    Line(depth, node.is_recursive ? "With recursive" : "With", out);
    for (const CommonTableExpression& table : node.tables) {
      Unary("Table " + Name({table.name}) +
                (table.column_names.empty() ? "" : "(" + Joined(table.column_names, ", ") + ")") + " as",
            table.plan, depth + 1, out);
    }
    Append(node.input, depth + 1, out);
  }
  void Append(const WithRelations& node, int depth, std::string* out) const {
    Line(depth, "WithRelations", out);
    Append(node.root, depth + 1, out);
    for (const RelationPtr& reference : node.references) Append(reference, depth + 1, out);
  }
  void Append(const NamedWindow& node, int depth, std::string* out) const {
    std::string text = "Window";
    for (const auto& [name, window] : node.windows) text += " " + name + " = " + Window(window);
    Unary(text, node.input, depth, out);
  }
  void Append(const TableFunction& node, int depth, std::string* out) const {
    Line(depth,
         "Call " + Name(node.name) + "(" + List(node.arguments) + ")" +
             (node.column_names.empty() ? "" : " as (" + Joined(node.column_names, ", ") + ")"),
         out);
  }
  void Append(const FillNa& node, int depth, std::string* out) const {
    Unary("FillNa [" + Joined(node.columns, ", ") + "] " + Bracketed(node.values), node.input, depth, out);
  }
  void Append(const DropNa& node, int depth, std::string* out) const {
    Unary("DropNa [" + Joined(node.columns, ", ") + "]" +
              (node.min_non_nulls ? " " + std::to_string(*node.min_non_nulls) : ""),
          node.input, depth, out);
  }
  void Append(const ReplaceNa& node, int depth, std::string* out) const {
    std::string text = "ReplaceNa [" + Joined(node.columns, ", ") + "]";
    for (const auto& [from, to] : node.replacements) text += " " + Text(from) + " -> " + Text(to);
    Unary(text, node.input, depth, out);
  }
  void Append(const Summary& node, int depth, std::string* out) const {
    Unary("Summary [" + Joined(node.statistics, ", ") + "]", node.input, depth, out);
  }
  void Append(const DescribeColumns& node, int depth, std::string* out) const {
    Unary("Describe [" + Joined(node.columns, ", ") + "]", node.input, depth, out);
  }
  void Append(const CollectMetrics& node, int depth, std::string* out) const {
    Unary("CollectMetrics " + node.name + " " + Bracketed(node.metrics), node.input, depth, out);
  }
  void Append(const CachedRemoteRelation& node, int depth, std::string* out) const {
    Line(depth, "CachedRemoteRelation " + node.id, out);
  }
  void Append(const UnsupportedRelation& node, int depth, std::string* out) const {
    Line(depth, "Unsupported " + node.what, out);
  }

  DumpOptions options_;
};

}  // namespace

std::string Dump(const ExpressionPtr& expression, const DumpOptions& options) {
  return Dumper(options).Text(expression);
}

std::string Dump(const RelationPtr& relation, const DumpOptions& options) {
  std::string out;
  Dumper(options).Append(relation, 0, &out);
  return out;
}

std::string Dump(const Command& command, const DumpOptions& options) {
  const Dumper dumper(options);
  return std::visit([&dumper](const auto& node) { return dumper.CommandText(node); }, command);
}

std::string Dump(const Statement& statement, const DumpOptions& options) {
  return std::visit([&options](const auto& body) { return Dump(body, options); }, statement);
}

}  // namespace hearth::spark
