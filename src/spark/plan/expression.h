// Unresolved expressions. SQL operators and DataFrame calls meet in one form: an operator is a
// FunctionCall under the name that Spark Connect uses for it ("+", "-", "*", "/", "%", "==", "<=>", "!=",
// "<", "<=", ">", ">=", "and", "or", "not", "negative", "positive", "in", "between", "like", "ilike",
// "rlike", "isnull", "isnotnull", "when", "&", "|", "^", "~", "||" is "concat", "<>" is "!="). "when" takes
// condition, value pairs and an optional last else, as Spark Connect does. Nodes are immutable and shared.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "spark/origin.h"
#include "spark/types/data_type.h"
#include "spark/types/value.h"

namespace hearth::spark {

struct Expression;
struct Relation;
using ExpressionPtr = std::shared_ptr<const Expression>;
using RelationPtr = std::shared_ptr<const Relation>;
using ExpressionList = std::vector<ExpressionPtr>;

struct Literal {
  Value value;
  DataType type;
};

struct UnresolvedAttribute {
  std::vector<std::string> parts;  // a.b.c, quotes removed
  std::optional<int64_t> plan_id;  // df["a"]: the relation with this id
  bool is_metadata_column = false;
};

struct UnresolvedStar {
  std::vector<std::string> target;  // empty: *
  std::optional<int64_t> plan_id;
  ExpressionList except;  // * EXCEPT (a, b.c)
};

struct UnresolvedRegex {
  std::string pattern;
  std::vector<std::string> table;
  std::optional<int64_t> plan_id;
};

// ? and :name.
struct Parameter {
  std::string name;  // empty: positional
  int position = 0;  // of the positional one, from 0
};

struct FunctionCall {
  std::vector<std::string> name;  // catalog.schema.name or name
  ExpressionList arguments;
  bool is_distinct = false;
  ExpressionPtr filter;  // FILTER (WHERE ...)
  std::optional<bool> ignore_nulls;
  ExpressionList within_group;  // SortOrder nodes
  bool is_internal = false;     // from Spark Connect's is_internal
  bool is_symbol = false;       // written as -a, which is named otherwise than negative(a)
};

struct Alias {
  ExpressionPtr child;
  std::vector<std::string> names;  // several for a generator
  std::string metadata;            // JSON object, or empty
};

enum class CastMode { kAnsi, kLegacy, kTry };  // kAnsi: as the session's ANSI setting says
struct CastExpression {
  ExpressionPtr child;
  DataType type;
  CastMode mode = CastMode::kAnsi;
};

struct SortOrder {
  ExpressionPtr child;
  bool ascending = true;
  bool nulls_first = true;  // Spark's default: first when ascending, last when descending
};

struct LambdaFunction {
  ExpressionPtr body;
  std::vector<std::string> parameters;
};
struct LambdaVariable {
  std::vector<std::string> parts;
};

struct FrameBound {
  enum class Kind { kUnboundedPreceding, kUnboundedFollowing, kCurrentRow, kValue };
  Kind kind = Kind::kCurrentRow;
  ExpressionPtr value;  // kValue: negative precedes, positive follows
};
struct WindowFrame {
  bool rows = true;  // else RANGE
  FrameBound lower;
  FrameBound upper;
};
struct WindowExpression {
  ExpressionPtr function;
  std::string window_name;  // OVER w; the rest is then empty
  ExpressionList partition_by;
  std::vector<SortOrder> order_by;
  std::optional<WindowFrame> frame;
};

// a[b], and a.b where a is no column path.
struct ExtractValue {
  ExpressionPtr child;
  ExpressionPtr extraction;
};

struct SubqueryExpression {
  enum class Kind { kScalar, kExists, kIn };
  Kind kind = Kind::kScalar;
  RelationPtr plan;
  ExpressionList values;  // left of IN
};

struct NamedArgument {
  std::string name;
  ExpressionPtr value;
};

// DataFrame expr("a + 1"): parsed by the analyzer through spark/sql.
struct ExpressionString {
  std::string text;
};

// Anything that the decoder recognises and the native engine does not run; declined with its name.
struct UnsupportedExpression {
  std::string what;
};

struct Expression {
  using Node =
      std::variant<Literal, UnresolvedAttribute, UnresolvedStar, UnresolvedRegex, Parameter, FunctionCall,
                   Alias, CastExpression, SortOrder, LambdaFunction, LambdaVariable, WindowExpression,
                   ExtractValue, SubqueryExpression, NamedArgument, ExpressionString, UnsupportedExpression>;
  Node node;
  OriginPtr origin;

  template <typename T>
  const T* As() const {
    return std::get_if<T>(&node);
  }
};

// Frees a node without recursion: the nodes below it wait in a list until it is gone. A chain of a million
// operators is a tree a million levels deep, and no stack holds its destructors.
void Destroy(const Expression* expression) noexcept;

template <typename T>
ExpressionPtr MakeExpression(T node, OriginPtr origin = nullptr) {
  return ExpressionPtr(new Expression{std::move(node), std::move(origin)},
                       [](const Expression* expression) { Destroy(expression); });
}

// A call of a function or operator by its one-part name.
ExpressionPtr MakeCall(std::string name, ExpressionList arguments, OriginPtr origin = nullptr);

}  // namespace hearth::spark
