#include "spark/fingerprint/shape.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "spark/error.h"

namespace hearth::spark {
namespace {

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// Parts of a name, or a list of names, kept apart by a byte that no name holds.
std::string Names(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += Lower(part) + '\0';
  return out;
}

bool IsCall(const ExpressionPtr& expression, std::string_view name) {
  const auto* call = expression == nullptr ? nullptr : expression->As<FunctionCall>();
  return call != nullptr && call->name.size() == 1 && Lower(call->name[0]) == name;
}

bool IsValue(const ExpressionPtr& expression) {
  return expression->As<Literal>() != nullptr || expression->As<Parameter>() != nullptr;
}

bool IsPlainStar(const ExpressionPtr& expression) {
  const auto* star = expression->As<UnresolvedStar>();
  return star != nullptr && star->target.empty() && star->except.empty();
}

const ExpressionPtr& Unaliased(const ExpressionPtr& expression) {
  const auto* alias = expression->As<Alias>();
  return alias == nullptr ? expression : alias->child;
}

// The operands of a chain of one associative operator, whichever way the chain leans, in order.
ExpressionList Flattened(const ExpressionPtr& root, std::string_view name) {
  ExpressionList operands;
  ExpressionList stack = {root};
  while (!stack.empty()) {
    const ExpressionPtr expression = stack.back();
    stack.pop_back();
    if (IsCall(expression, name)) {
      const ExpressionList& arguments = expression->As<FunctionCall>()->arguments;
      stack.insert(stack.end(), arguments.rbegin(), arguments.rend());
    } else if (name == "and" && IsCall(expression, "between")) {
      // BETWEEN is a chain of two, as DataFrames write it.
      const ExpressionList& arguments = expression->As<FunctionCall>()->arguments;
      operands.push_back(MakeCall(">=", {arguments.at(0), arguments.at(1)}));
      operands.push_back(MakeCall("<=", {arguments.at(0), arguments.at(2)}));
    } else {
      operands.push_back(expression);
    }
  }
  return operands;
}

void Append(const ExpressionList& list, std::vector<PlanNode>* children) {
  for (const ExpressionPtr& item : list) {
    if (item != nullptr) children->emplace_back(item);
  }
}

Shape Leaf(std::string label) { return {std::move(label), {}}; }

class ExpressionShape {
 public:
  explicit ExpressionShape(const ParserOptions& options) : options_(options) {}

  Shape operator()(const Literal&) const { return Leaf("value"); }
  Shape operator()(const Parameter&) const { return Leaf("value"); }
  Shape operator()(const UnresolvedAttribute& column) const { return Leaf("column " + Names(column.parts)); }
  Shape operator()(const UnresolvedStar& star) const {
    Shape shape = Leaf("star " + Names(star.target));
    Append(star.except, &shape.children);
    return shape;
  }
  Shape operator()(const UnresolvedRegex& regex) const {
    return Leaf("regex " + regex.pattern + '\0' + Names(regex.table));
  }
  Shape operator()(const FunctionCall& call) const {
    const std::string name = call.name.size() == 1 ? Lower(call.name[0]) : "";
    if (name == "!=" || name == "<>") return {"call not", {MakeCall("==", call.arguments)}};
    Shape shape = Leaf("call " + (name.empty() ? Names(call.name) : name == "=" ? "==" : name));
    if (call.is_distinct) shape.label += " distinct";
    if (call.ignore_nulls) shape.label += *call.ignore_nulls ? " ignore nulls" : " respect nulls";
    if (name == "count" && call.arguments.size() == 1 && IsPlainStar(call.arguments[0])) {
      // count(*) counts a constant.
      shape.children.emplace_back(MakeExpression(Literal{}));
    } else if (name == "in") {
      AppendDistinctValues(call.arguments, &shape.children);
    } else {
      Append(call.arguments, &shape.children);
    }
    if (call.filter != nullptr) {
      shape.label += " filter";
      shape.children.emplace_back(call.filter);
    }
    if (!call.within_group.empty()) {
      shape.label += " within group";
      Append(call.within_group, &shape.children);
    }
    return shape;
  }
  Shape operator()(const Alias& alias) const { return {"alias " + Names(alias.names), {alias.child}}; }
  Shape operator()(const CastExpression& cast) const {
    return {std::string(cast.mode == CastMode::kTry ? "try_cast " : "cast ") + cast.type.sql(), {cast.child}};
  }
  Shape operator()(const SortOrder& order) const {
    return {
        std::string("order ") + (order.ascending ? "asc" : "desc") + (order.nulls_first ? " first" : " last"),
        {order.child}};
  }
  Shape operator()(const LambdaFunction& lambda) const {
    return {"lambda " + Names(lambda.parameters), {lambda.body}};
  }
  Shape operator()(const LambdaVariable& variable) const { return Leaf("column " + Names(variable.parts)); }
  Shape operator()(const WindowExpression& window) const {
    Shape shape =
        Leaf("window " + Lower(window.window_name) + " " + std::to_string(window.partition_by.size()) + " " +
             std::to_string(window.order_by.size()));
    if (window.function != nullptr) shape.children.emplace_back(window.function);
    Append(window.partition_by, &shape.children);
    for (const SortOrder& order : window.order_by) shape.children.emplace_back(MakeExpression(order));
    if (window.frame) {
      shape.label += window.frame->rows ? " rows" : " range";
      for (const FrameBound* bound : {&window.frame->lower, &window.frame->upper}) {
        shape.label += " " + std::to_string(static_cast<int>(bound->kind));
        if (bound->value != nullptr) shape.children.emplace_back(bound->value);
      }
    }
    return shape;
  }
  Shape operator()(const ExtractValue& extract) const {
    // A field's name belongs to the shape, an index does not.
    const auto* name = extract.extraction->As<Literal>();
    if (name != nullptr && name->type.Is(TypeId::kString) && !name->value.IsNull()) {
      return {"field " + name->value.As<std::string>(), {extract.child}};
    }
    return {"element", {extract.child, extract.extraction}};
  }
  Shape operator()(const SubqueryExpression& subquery) const {
    Shape shape = Leaf("subquery " + std::to_string(static_cast<int>(subquery.kind)));
    Append(subquery.values, &shape.children);
    shape.children.emplace_back(subquery.plan);
    return shape;
  }
  Shape operator()(const NamedArgument& argument) const {
    return {"argument " + Lower(argument.name), {argument.value}};
  }
  Shape operator()(const ExpressionString& text) const {
    try {
      return {"", {ParseExpression(text.text, options_)}};
    } catch (const Error&) {
      return Leaf("text " + text.text);
    }
  }
  Shape operator()(const UnsupportedExpression& unsupported) const {
    return Leaf("unsupported " + unsupported.what);
  }

 private:
  // Values after the first one of a list say nothing new.
  static void AppendDistinctValues(const ExpressionList& arguments, std::vector<PlanNode>* children) {
    bool has_value = false;
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (i > 0 && IsValue(arguments[i]) && std::exchange(has_value, true)) continue;
      children->emplace_back(arguments[i]);
    }
  }

  const ParserOptions& options_;
};

class RelationShape {
 public:
  explicit RelationShape(const ParserOptions& options) : options_(options) {}

  Shape operator()(const NamedTable& table) const {
    if (table.parts.size() == 2 && IsFileFormat(table.parts[0])) {
      return Leaf("read " + Lower(table.parts[0]) + '\0' + table.parts[1] + '\0');
    }
    return Leaf("table " + Names(table.parts));
  }
  Shape operator()(const DataSourceRead& read) const {
    std::string label = "read " + Lower(read.format) + '\0';
    for (const std::string& path : read.paths) label += path + '\0';
    if (read.schema) label += read.schema->sql();
    for (const auto& [key, value] : read.options) label += '\0' + key + '\0' + value;
    return Leaf(std::move(label));
  }
  Shape operator()(const Project& project) const {
    // SELECT * gives its input.
    if (project.input != nullptr && project.expressions.size() == 1 && IsPlainStar(project.expressions[0])) {
      return {"", {project.input}};
    }
    return Over("project", project.input, {&project.expressions});
  }
  Shape operator()(const Filter& filter) const {
    ExpressionList conditions = Flattened(filter.condition, "and");
    if (filter.is_having) return Over("having", filter.input, {&conditions});
    // A chain of filters is one filter; the innermost condition comes first, as in the text of a query.
    RelationPtr input = filter.input;
    while (const auto* inner = input == nullptr ? nullptr : input->As<Filter>()) {
      if (inner->is_having) break;
      ExpressionList before = Flattened(inner->condition, "and");
      before.insert(before.end(), conditions.begin(), conditions.end());
      conditions = std::move(before);
      input = inner->input;
    }
    return Over("filter", input, {&conditions});
  }
  Shape operator()(const Join& join) const {
    const JoinType type = join.type == JoinType::kCross ? JoinType::kInner : join.type;
    Shape shape =
        Leaf("join " + std::to_string(static_cast<int>(type)) + (join.is_natural ? " natural" : "") +
             (join.is_lateral ? " lateral" : "") + " " + Names(join.using_columns));
    shape.children = {join.left, join.right};
    if (join.condition != nullptr) shape.children.emplace_back(join.condition);
    return shape;
  }
  Shape operator()(const SetOperation& operation) const {
    return {"set " + std::to_string(static_cast<int>(operation.type)) + (operation.all ? " all" : "") +
                (operation.by_name ? " by name" : "") + (operation.allow_missing_columns ? " missing" : ""),
            {operation.left, operation.right}};
  }
  Shape operator()(const Sort& sort) const {
    Shape shape = Over(sort.is_global ? "sort" : "local sort", sort.input, {});
    for (const ExpressionPtr& order : sort.orders) {
      // ORDER BY 2 names a column; the number is no value.
      const auto* item = order->As<SortOrder>();
      const auto* ordinal = item == nullptr ? nullptr : item->child->As<Literal>();
      if (ordinal != nullptr) shape.label += " " + LiteralSql(ordinal->value, ordinal->type);
      shape.children.emplace_back(order);
    }
    return shape;
  }
  Shape operator()(const Limit& limit) const { return {"limit", {limit.input, limit.count}}; }
  Shape operator()(const Offset& offset) const { return {"offset", {offset.input, offset.count}}; }
  Shape operator()(const Tail& tail) const { return {"tail", {tail.input, tail.count}}; }
  Shape operator()(const Aggregate& aggregate) const {
    const bool is_plain = aggregate.type == GroupType::kGroupBy && !aggregate.group_by_all;
    // Without keys it is what a projection of aggregate functions becomes.
    if (is_plain && aggregate.grouping.empty())
      return Over("project", aggregate.input, {&aggregate.aggregates});
    ExpressionList output = aggregate.aggregates;
    if (aggregate.keys_prepended)
      output.insert(output.begin(), aggregate.grouping.begin(), aggregate.grouping.end());
    ExpressionList keys;
    for (const ExpressionPtr& key : aggregate.grouping) keys.push_back(KeyOf(key, output));
    Shape shape = Over("aggregate " + std::to_string(static_cast<int>(aggregate.type)) +
                           (aggregate.group_by_all ? " all " : " ") + std::to_string(keys.size()),
                       aggregate.input, {&keys, &output});
    for (const ExpressionList& set : aggregate.grouping_sets) {
      shape.label += " set " + std::to_string(set.size());
      Append(set, &shape.children);
    }
    if (aggregate.pivot_column != nullptr) shape.children.emplace_back(aggregate.pivot_column);
    Append(aggregate.pivot_values, &shape.children);
    return shape;
  }
  Shape operator()(const LocalRelation& local) const {
    return Leaf("local " + (local.schema ? local.schema->sql() : local.schema_text));
  }
  Shape operator()(const CachedLocalRelation&) const { return Leaf("cached local"); }
  Shape operator()(const InlineTable& table) const {
    const size_t columns = table.rows.empty() ? 0 : table.rows[0].size();
    return Leaf("values " + std::to_string(columns) + " " + Names(table.column_names));
  }
  Shape operator()(const Sample& sample) const {
    return {sample.with_replacement ? "sample with replacement" : "sample", {sample.input}};
  }
  Shape operator()(const Deduplicate& node) const {
    return {node.all_columns ? "distinct" : "deduplicate " + Names(node.columns), {node.input}};
  }
  Shape operator()(const Range&) const { return Leaf("range"); }
  Shape operator()(const SubqueryAlias& alias) const {
    if (alias.alias == "__auto_generated_subquery_name") return {"", {alias.input}};
    return {"alias " + Names(alias.qualifier) + Names({alias.alias}) + Names(alias.column_names),
            {alias.input}};
  }
  Shape operator()(const Repartition& node) const {
    return Over(node.shuffle ? "repartition" : "coalesce", node.input, {&node.by});
  }
  Shape operator()(const ToDataFrame& node) const {
    return {"rename all " + Names(node.column_names), {node.input}};
  }
  Shape operator()(const WithColumnsRenamed& node) const {
    std::string label = "rename ";
    for (const auto& [from, to] : node.renames) label += Names({from, to});
    return {std::move(label), {node.input}};
  }
  Shape operator()(const WithColumns& node) const {
    return Over("with columns", node.input, {&node.aliases});
  }
  Shape operator()(const DropColumns& node) const {
    return Over("drop " + Names(node.column_names), node.input, {&node.columns});
  }
  Shape operator()(const Hint& hint) const {
    return Over("hint " + Lower(hint.name), hint.input, {&hint.parameters});
  }
  Shape operator()(const ShowString& show) const { return {"show", {show.input}}; }
  Shape operator()(const HtmlString& show) const { return {"html", {show.input}}; }
  Shape operator()(const ToSchema& node) const { return {"to " + node.schema.sql(), {node.input}}; }
  Shape operator()(const SqlText& sql) const {
    try {
      const Statement statement = ParseStatement(sql.query, options_);
      if (const auto* query = std::get_if<RelationPtr>(&statement)) return {"", {*query}};
      return ShapeOf(std::get<Command>(statement));
    } catch (const Error&) {
      return Leaf("text " + sql.query);
    }
  }
  Shape operator()(const With& with) const {
    Shape shape = Leaf(with.is_recursive ? "with recursive" : "with");
    for (const CommonTableExpression& table : with.tables) {
      shape.label += '\0' + Names({table.name}) + Names(table.column_names);
      shape.children.emplace_back(table.plan);
    }
    shape.children.emplace_back(with.input);
    return shape;
  }
  Shape operator()(const WithRelations& with) const {
    Shape shape = {"with relations", {with.root}};
    for (const RelationPtr& reference : with.references) shape.children.emplace_back(reference);
    return shape;
  }
  Shape operator()(const NamedWindow& node) const {
    Shape shape = {"windows", {node.input}};
    for (const auto& [name, window] : node.windows) {
      shape.label += '\0' + Lower(name);
      shape.children.emplace_back(MakeExpression(window));
    }
    return shape;
  }
  Shape operator()(const TableFunction& call) const {
    if (call.name.size() == 1 && Lower(call.name[0]) == "range" && call.column_names.empty())
      return Leaf("range");
    Shape shape = Leaf("table call " + Names(call.name) + '\0' + Names(call.column_names));
    Append(call.arguments, &shape.children);
    return shape;
  }
  Shape operator()(const FillNa& node) const { return {"fill " + Names(node.columns), {node.input}}; }
  Shape operator()(const DropNa& node) const { return {"drop nulls " + Names(node.columns), {node.input}}; }
  Shape operator()(const ReplaceNa& node) const { return {"replace " + Names(node.columns), {node.input}}; }
  Shape operator()(const Summary& node) const { return {"summary " + Names(node.statistics), {node.input}}; }
  Shape operator()(const DescribeColumns& node) const {
    return {"describe " + Names(node.columns), {node.input}};
  }
  // Without its name, which clients make up anew for each run.
  Shape operator()(const CollectMetrics& node) const { return Over("observe", node.input, {&node.metrics}); }
  Shape operator()(const CachedRemoteRelation&) const { return Leaf("stored rows"); }
  Shape operator()(const UnsupportedRelation& node) const { return Leaf("unsupported " + node.what); }

 private:
  static bool IsFileFormat(const std::string& name) {
    static constexpr std::string_view kFormats[] = {"parquet", "csv", "json", "orc", "text", "avro", "xml"};
    return std::find(std::begin(kFormats), std::end(kFormats), Lower(name)) != std::end(kFormats);
  }

  static Shape Over(std::string label, const RelationPtr& input,
                    std::initializer_list<const ExpressionList*> lists) {
    Shape shape = Leaf(std::move(label));
    if (input != nullptr) shape.children.emplace_back(input);
    for (const ExpressionList* list : lists) Append(*list, &shape.children);
    return shape;
  }

  // The key that GROUP BY 1 means.
  static ExpressionPtr KeyOf(const ExpressionPtr& key, const ExpressionList& output) {
    const auto* ordinal = key->As<Literal>();
    if (ordinal == nullptr || !ordinal->type.IsIntegral() || ordinal->value.IsNull()) return key;
    const auto index = ordinal->value.As<int64_t>();
    if (index < 1 || index > static_cast<int64_t>(output.size())) return key;
    return Unaliased(output[static_cast<size_t>(index) - 1]);
  }

  const ParserOptions& options_;
};

class CommandShape {
 public:
  Shape operator()(const CreateView& view) const {
    return {std::string("create view ") + (view.is_temporary ? "temporary " : "") +
                (view.is_global ? "global " : "") + Names(view.name) + '\0' + Names(view.column_names),
            {view.plan}};
  }
  Shape operator()(const DropView& drop) const { return Leaf("drop view " + Names(drop.name)); }
  Shape operator()(const SetConfiguration& set) const {
    return Leaf(std::string(set.is_reset ? "reset " : "set ") + set.key.value_or(""));
  }
  Shape operator()(const ExplainCommand& explain) const { return {"explain", {explain.plan}}; }
  Shape operator()(const ShowCommand& show) const {
    return Leaf("show " + std::to_string(static_cast<int>(show.what)) + " " + Names(show.name));
  }
  Shape operator()(const DescribeCommand& describe) const { return {"describe", {describe.plan}}; }
  Shape operator()(const UseCommand& use) const { return Leaf("use " + Names(use.name)); }
  Shape operator()(const DropTable& drop) const { return Leaf("drop table " + Names(drop.name)); }
  Shape operator()(const DescribeDatabase& describe) const {
    return Leaf("describe database " + Names(describe.name));
  }
  Shape operator()(const CreateDatabase& create) const {
    return Leaf("create database " + Names(create.name));
  }
  Shape operator()(const DropDatabase& drop) const { return Leaf("drop database " + Names(drop.name)); }
  Shape operator()(const CreateTable& create) const {
    Shape shape = Leaf("create table " + Names(create.name));
    if (create.query != nullptr) shape.children.push_back(create.query);
    return shape;
  }
  Shape operator()(const TruncateTable& truncate) const {
    return Leaf("truncate table " + Names(truncate.name));
  }
  Shape operator()(const AlterTable& alter) const {
    return Leaf("alter table " + Names(alter.name) + " " + std::to_string(alter.action.index()));
  }
  Shape operator()(const InsertInto& insert) const {
    return {insert.overwrite ? "insert overwrite" : "insert into", {insert.table, insert.query}};
  }
  Shape operator()(const SaveAsTable& save) const {
    return {"save as table " + std::to_string(static_cast<int>(save.mode)) + " " + Names(save.name),
            {save.query}};
  }
  Shape operator()(const WriteFiles& write) const {
    return {"write files " + std::to_string(static_cast<int>(write.mode)) + " " +
                write.options.provider.value_or(""),
            {write.query}};
  }
  Shape operator()(const ShowTable& show) const {
    return Leaf("show table " + std::to_string(static_cast<int>(show.what)) + " " + Names(show.name));
  }
  Shape operator()(const UnsupportedCommand& command) const { return Leaf("command " + command.what); }
};

Shape ShapeOfExpression(const ExpressionPtr& expression, const ParserOptions& options) {
  for (const char* name : {"and", "or"}) {
    const bool is_chain =
        IsCall(expression, name) || (name == std::string_view("and") && IsCall(expression, "between"));
    if (!is_chain) continue;
    Shape shape = Leaf(std::string("call ") + name);
    Append(Flattened(expression, name), &shape.children);
    return shape;
  }
  return std::visit(ExpressionShape(options), expression->node);
}

}  // namespace

Shape ShapeOf(const PlanNode& node, const ParserOptions& options) {
  // A shape without a label stands for the one node below it.
  Shape shape{"", {node}};
  while (shape.label.empty() && shape.children.size() == 1) {
    const PlanNode only = shape.children[0];
    if (const auto* expression = std::get_if<ExpressionPtr>(&only)) {
      shape = *expression == nullptr ? Leaf("nothing") : ShapeOfExpression(*expression, options);
    } else {
      const RelationPtr& relation = std::get<RelationPtr>(only);
      shape = relation == nullptr ? Leaf("nothing") : std::visit(RelationShape(options), relation->node);
    }
  }
  return shape;
}

Shape ShapeOf(const Command& command) { return std::visit(CommandShape(), command); }

}  // namespace hearth::spark
