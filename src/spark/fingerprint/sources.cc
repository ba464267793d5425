#include "spark/fingerprint/sources.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "spark/error.h"

namespace hearth::spark {
namespace {

// Functions of one row, of a group whatever its order, and of an ordered window. What is not listed may be
// anything: random, of the moment, of the order of rows, or somebody's own.
// clang-format off: a word list, not a table
constexpr std::string_view kKnownFunctions[] = {
    "!", "!=", "%", "&", "*", "+", "-", "/", "<", "<<", "<=", "<=>", "<>", "=", "==", ">", ">=", ">>", ">>>",
    "^", "abs", "acos", "acosh", "add_months", "all", "and", "any", "array", "array_append", "array_compact",
    "array_contains", "array_distinct", "array_except", "array_insert", "array_intersect", "array_join",
    "array_max", "array_min", "array_position", "array_prepend", "array_remove", "array_repeat",
    "array_size", "array_sort", "array_union", "arrays_overlap", "arrays_zip", "ascii", "asin", "asinh",
    "atan", "atan2", "atanh", "avg", "base64", "between", "bigint", "bin", "binary", "bit_and", "bit_count",
    "bit_get", "bit_length", "bit_or", "bit_xor", "bool_and", "bool_or", "boolean", "bround", "btrim",
    "cardinality", "case", "cast", "cbrt", "ceil", "ceiling", "char", "char_length", "character_length",
    "chr", "coalesce", "concat", "concat_ws", "contains", "conv", "convert_timezone", "corr", "cos", "cosh",
    "cot", "count", "count_if", "covar_pop", "covar_samp", "crc32", "csc", "cube", "cume_dist", "date",
    "date_add", "date_diff", "date_format", "date_from_unix_date", "date_part", "date_sub", "date_trunc",
    "dateadd", "datediff", "datepart", "day", "dayname", "dayofmonth", "dayofweek", "dayofyear", "decimal",
    "decode", "degrees", "dense_rank", "div", "double", "e", "element_at", "elt", "encode", "endswith",
    "equal_null", "every", "exists", "exp", "explode", "explode_outer", "expm1", "extract", "factorial",
    "filter", "find_in_set", "flatten", "float", "floor", "forall", "format_number", "format_string",
    "from_unixtime", "from_utc_timestamp", "get", "get_json_object", "getbit", "greatest", "grouping",
    "grouping_id", "grouping_sets", "hash", "hex", "hour", "hypot", "if", "ifnull", "ilike", "in", "initcap",
    "inline", "inline_outer", "instr", "int", "isnan", "isnotnull", "isnull", "kurtosis", "lag", "last_day",
    "lcase", "lead", "least", "left", "len", "length", "levenshtein", "like", "ln", "locate", "log", "log10",
    "log1p", "log2", "lower", "lpad", "ltrim", "make_date", "make_dt_interval", "make_interval",
    "make_timestamp", "make_timestamp_ltz", "make_timestamp_ntz", "make_ym_interval", "map", "map_concat",
    "map_contains_key", "map_entries", "map_filter", "map_from_arrays", "map_from_entries", "map_keys",
    "map_values", "map_zip_with", "max", "md5", "mean", "median", "min", "minute", "mod", "month",
    "monthname", "months_between", "named_struct", "nanvl", "negative", "next_day", "not", "ntile", "nullif",
    "nullifzero", "nvl", "nvl2", "octet_length", "or", "overlay", "parse_url", "percent_rank", "percentile",
    "percentile_cont", "percentile_disc", "pi", "pmod", "posexplode", "posexplode_outer", "position",
    "positive", "pow", "power", "printf", "quarter", "radians", "range", "rank", "reduce", "regexp",
    "regexp_count", "regexp_extract", "regexp_extract_all", "regexp_instr", "regexp_like", "regexp_replace",
    "regexp_substr", "repeat", "replace", "reverse", "right", "rint", "rlike", "rollup", "round",
    "row_number", "rpad", "rtrim", "sec", "second", "sequence", "sha", "sha1", "sha2", "shiftleft",
    "shiftright", "shiftrightunsigned", "sign", "signum", "sin", "sinh", "size", "skewness", "slice",
    "smallint", "some", "sort_array", "soundex", "space", "split", "split_part", "sqrt", "stack",
    "startswith", "std", "stddev", "stddev_pop", "stddev_samp", "str_to_map", "string", "struct", "substr",
    "substring", "substring_index", "sum", "tan", "tanh", "timestamp", "timestamp_micros",
    "timestamp_millis", "timestamp_seconds", "tinyint", "to_binary", "to_char", "to_date", "to_number",
    "to_timestamp", "to_timestamp_ltz", "to_timestamp_ntz", "to_unix_timestamp", "to_utc_timestamp",
    "transform", "transform_keys", "transform_values", "translate", "trim", "trunc", "try_add", "try_avg",
    "try_divide", "try_element_at", "try_mod", "try_multiply", "try_subtract", "try_sum", "try_to_binary",
    "try_to_date", "try_to_number", "try_to_timestamp", "typeof", "ucase", "unbase64", "unhex", "unix_date",
    "unix_micros", "unix_millis", "unix_seconds", "upper", "url_decode", "url_encode", "var_pop", "var_samp",
    "variance", "weekday", "weekofyear", "when", "width_bucket", "xxhash64", "year", "zeroifnull", "|", "||",
    "~"};
// clang-format on

// Of a window without order these depend on the order of rows.
constexpr std::string_view kOrderedFunctions[] = {"lag", "lead", "ntile", "row_number"};
// Their last digits depend on the order of rows, for doubles.
constexpr std::string_view kSummingFunctions[] = {
    "avg",     "corr",    "covar_pop",  "covar_samp",      "kurtosis",
    "mean",    "median",  "percentile", "percentile_cont", "skewness",
    "std",     "stddev",  "stddev_pop", "stddev_samp",     "sum",
    "try_avg", "try_sum", "var_pop",    "var_samp",        "variance"};
// What a column's name means where there is no such column.
constexpr std::string_view kFunctionsOfTheMoment[] = {"current_date", "current_time", "current_timestamp",
                                                      "localtimestamp"};
constexpr std::string_view kFileFormats[] = {"",     "parquet", "csv", "json",      "orc",
                                             "text", "avro",    "xml", "binaryfile"};

template <typename List>
bool Has(const List& list, std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// Names that stand for a part of the plan where they are seen.
struct Scope {
  std::set<std::string> names;
  std::shared_ptr<const Scope> outer;
};
using ScopePtr = std::shared_ptr<const Scope>;

bool Knows(ScopePtr scope, const std::string& name) {
  for (; scope != nullptr; scope = scope->outer) {
    if (scope->names.count(name) != 0) return true;
  }
  return false;
}

class Walk {
 public:
  explicit Walk(const ParserOptions& options) : options_(options) {}

  std::optional<Sources> Run(const RelationPtr& plan) {
    Push(plan);
    while (known_ && !waiting_.empty()) {
      auto [node, scope] = std::move(waiting_.back());
      waiting_.pop_back();
      scope_ = std::move(scope);
      std::visit(
          [this](const auto& pointer) {
            std::visit([this](const auto& body) { this->Look(body); }, pointer->node);
          },
          node);
    }
    if (!known_) return std::nullopt;
    return std::move(sources_);
  }

 private:
  using Node = std::variant<ExpressionPtr, RelationPtr>;

  void Push(const RelationPtr& relation, const ScopePtr& scope) {
    if (relation != nullptr) waiting_.emplace_back(relation, scope);
  }
  void Push(const RelationPtr& relation) { Push(relation, scope_); }
  void Push(const ExpressionPtr& expression) {
    if (expression != nullptr) waiting_.emplace_back(expression, scope_);
  }
  void Push(const ExpressionList& list) {
    for (const ExpressionPtr& expression : list) Push(expression);
  }
  void Unknown() { known_ = false; }

  // ---- expressions ----

  void Look(const Literal&) {}
  void Look(const Parameter&) {}
  void Look(const UnresolvedAttribute& column) {
    if (column.parts.size() == 1 && Has(kFunctionsOfTheMoment, Lower(column.parts[0]))) Unknown();
  }
  void Look(const UnresolvedStar& star) { Push(star.except); }
  void Look(const UnresolvedRegex&) {}
  void Look(const FunctionCall& call) {
    const std::string name = call.name.size() == 1 ? Lower(call.name[0]) : "";
    if (!Has(kKnownFunctions, name)) return Unknown();
    sources_.is_loose |= Has(kSummingFunctions, name) || Has(kOrderedFunctions, name);
    Push(call.arguments);
    Push(call.filter);
    Push(call.within_group);
  }
  void Look(const Alias& alias) { Push(alias.child); }
  void Look(const CastExpression& cast) { Push(cast.child); }
  void Look(const SortOrder& order) { Push(order.child); }
  void Look(const LambdaFunction& lambda) { Push(lambda.body); }
  void Look(const LambdaVariable&) {}
  void Look(const WindowExpression& window) {
    const auto* call = window.function == nullptr ? nullptr : window.function->As<FunctionCall>();
    const bool needs_order = call == nullptr || window.frame || !window.window_name.empty() ||
                             (call->name.size() == 1 && Has(kOrderedFunctions, Lower(call->name[0])));
    sources_.is_loose |= window.frame.has_value() || !window.window_name.empty();
    // A named window is looked at where it is made, and then without its functions.
    if (needs_order && window.order_by.empty()) return Unknown();
    Push(window.function);
    Push(window.partition_by);
    for (const SortOrder& order : window.order_by) Push(order.child);
  }
  void Look(const ExtractValue& extract) {
    Push(extract.child);
    Push(extract.extraction);
  }
  void Look(const SubqueryExpression& subquery) {
    Push(subquery.plan);
    Push(subquery.values);
  }
  void Look(const NamedArgument& argument) { Push(argument.value); }
  void Look(const ExpressionString& text) {
    try {
      Push(ParseExpression(text.text, options_));
    } catch (const Error&) {
      Unknown();
    }
  }
  void Look(const UnsupportedExpression&) { Unknown(); }

  // ---- relations ----

  void Look(const NamedTable& table) {
    if (table.parts.size() == 2 && !table.parts[0].empty() && Has(kFileFormats, Lower(table.parts[0]))) {
      sources_.paths.insert(table.parts[1]);
    } else if (table.parts.size() != 1) {
      Unknown();
    } else if (const std::string name = Lower(table.parts[0]); !Knows(scope_, name)) {
      sources_.names.insert(name);
    }
  }
  void Look(const DataSourceRead& read) {
    if (!Has(kFileFormats, Lower(read.format))) return Unknown();
    sources_.paths.insert(read.paths.begin(), read.paths.end());
    if (const auto path = read.options.find("path"); path != read.options.end())
      sources_.paths.insert(path->second);
  }
  void Look(const Project& project) {
    Push(project.input);
    Push(project.expressions);
  }
  void Look(const Filter& filter) {
    Push(filter.input);
    Push(filter.condition);
  }
  void Look(const Join& join) {
    Push(join.left);
    Push(join.right);
    Push(join.condition);
  }
  void Look(const SetOperation& operation) {
    Push(operation.left);
    Push(operation.right);
  }
  void Look(const Sort& sort) {
    if (sort.is_global) ++sources_.sorts;
    Push(sort.input);
    Push(sort.orders);
  }
  void Look(const Limit& limit) { Cut(limit.input, limit.count); }
  void Look(const Offset& offset) { Cut(offset.input, offset.count); }
  void Look(const Tail& tail) { Cut(tail.input, tail.count); }
  void Look(const Aggregate& aggregate) {
    Push(aggregate.input);
    Push(aggregate.grouping);
    Push(aggregate.aggregates);
    for (const ExpressionList& set : aggregate.grouping_sets) Push(set);
    Push(aggregate.pivot_column);
    Push(aggregate.pivot_values);
  }
  void Look(const LocalRelation&) {}
  void Look(const CachedLocalRelation&) {}
  void Look(const InlineTable& table) {
    for (const ExpressionList& row : table.rows) Push(row);
  }
  void Look(const Sample&) { Unknown(); }
  // Which of the rows that are alike in some columns stays is nobody's choice.
  void Look(const Deduplicate& node) { node.all_columns ? Push(node.input) : Unknown(); }
  void Look(const Range&) {}
  void Look(const SubqueryAlias& alias) { Push(alias.input); }
  void Look(const Repartition& node) {
    Push(node.input);
    Push(node.by);
  }
  void Look(const ToDataFrame& node) { Push(node.input); }
  void Look(const WithColumnsRenamed& node) { Push(node.input); }
  void Look(const WithColumns& node) {
    Push(node.input);
    Push(node.aliases);
  }
  void Look(const DropColumns& node) {
    Push(node.input);
    Push(node.columns);
  }
  void Look(const Hint& hint) { Push(hint.input); }
  void Look(const ShowString&) { Unknown(); }  // One row, so there is nothing to go on with.
  void Look(const HtmlString&) { Unknown(); }
  void Look(const ToSchema& node) { Push(node.input); }
  void Look(const SqlText& sql) {
    try {
      const Statement statement = ParseStatement(sql.query, options_);
      const auto* query = std::get_if<RelationPtr>(&statement);
      query == nullptr ? Unknown() : Push(*query);
      Push(sql.positional_arguments);
      for (const auto& [name, argument] : sql.named_arguments) Push(argument);
    } catch (const Error&) {
      Unknown();
    }
  }
  void Look(const With& with) {
    if (with.is_recursive) return Unknown();
    ScopePtr scope = scope_;
    for (const CommonTableExpression& table : with.tables) {
      Push(table.plan, scope);
      scope = std::make_shared<Scope>(Scope{{Lower(table.name)}, scope});
    }
    Push(with.input, scope);
  }
  void Look(const WithRelations& with) {
    const auto scope = std::make_shared<Scope>(Scope{{}, scope_});
    for (const RelationPtr& reference : with.references) {
      Push(reference);
      if (const auto* alias = reference->As<SubqueryAlias>()) scope->names.insert(Lower(alias->alias));
    }
    Push(with.root, scope);
  }
  void Look(const NamedWindow& node) {
    Push(node.input);
    for (const auto& [name, window] : node.windows) Push(MakeExpression(window));
  }
  void Look(const TableFunction& call) {
    if (call.name.size() != 1 || !Has(kKnownFunctions, Lower(call.name[0]))) return Unknown();
    Push(call.arguments);
  }
  void Look(const FillNa& node) { Push(node.input); }
  void Look(const DropNa& node) { Push(node.input); }
  void Look(const ReplaceNa& node) { Push(node.input); }
  void Look(const Summary&) { Unknown(); }  // Approximate percentiles, and few rows.
  void Look(const DescribeColumns&) { Unknown(); }
  void Look(const CollectMetrics& node) {
    Push(node.input);
    Push(node.metrics);
  }
  void Look(const CachedRemoteRelation&) { Unknown(); }
  void Look(const UnsupportedRelation&) { Unknown(); }

  // Which rows are first only a sort says.
  void Cut(const RelationPtr& input, const ExpressionPtr& count) {
    const Relation* below = input.get();
    while (below != nullptr) {
      if (const auto* limit = below->As<Limit>())
        below = limit->input.get();
      else if (const auto* offset = below->As<Offset>())
        below = offset->input.get();
      else if (const auto* project = below->As<Project>())
        below = project->input.get();
      else if (const auto* alias = below->As<SubqueryAlias>())
        below = alias->input.get();
      else
        break;
    }
    const auto* sort = below == nullptr ? nullptr : below->As<Sort>();
    if (sort == nullptr || !sort->is_global) return Unknown();
    ++sources_.cuts;
    Push(input);
    Push(count);
  }

  const ParserOptions& options_;
  std::vector<std::pair<Node, ScopePtr>> waiting_;
  ScopePtr scope_;
  Sources sources_;
  bool known_ = true;
};

}  // namespace

std::optional<Sources> SourcesOf(const RelationPtr& plan, const ParserOptions& options) {
  return Walk(options).Run(plan);
}

}  // namespace hearth::spark
