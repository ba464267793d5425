// Relations: one function for each kind, all called through ResolveRelation.
#pragma once

#include <string>
#include <vector>

#include "spark/analysis/analysis.h"
#include "spark/analysis/resolved.h"
#include "spark/plan/relation.h"

namespace hearth::spark {

// Resolves a relation and all below it; null is one row without columns. The result's columns have ids of
// their own at each call.
Resolved ResolveRelation(const RelationPtr& relation, Analysis& analysis);

// resolve_filter.cc
Resolved ResolveFilter(const Filter& filter, const Relation& relation, Analysis& analysis);

// resolve_sort.cc
Resolved ResolveSort(const Sort& sort, const Relation& relation, Analysis& analysis);
Resolved ResolveLimit(const Limit& limit, const Relation& relation, Analysis& analysis);
Resolved ResolveOffset(const Offset& offset, const Relation& relation, Analysis& analysis);
Resolved ResolveTail(const Tail& tail, const Relation& relation, Analysis& analysis);

// resolve_join.cc
Resolved ResolveJoin(const Join& join, const Relation& relation, Analysis& analysis);

// resolve_set_operation.cc
Resolved ResolveSetOperation(const SetOperation& operation, const Relation& relation, Analysis& analysis);

// resolve_table.cc: names of tables, and what binds them
Resolved ResolveNamedTable(const NamedTable& table, const Relation& relation, Analysis& analysis);
Resolved ResolveRead(const DataSourceRead& read, Analysis& analysis);
Resolved ResolveWith(const With& with, const Relation& relation, Analysis& analysis);
Resolved ResolveWithRelations(const WithRelations& with, Analysis& analysis);
Resolved ResolveSqlText(const SqlText& text, Analysis& analysis);
Resolved ResolveSubqueryAlias(const SubqueryAlias& alias, const Relation& relation, Analysis& analysis);

// resolve_values.cc: rows that are written in the plan
Resolved ResolveInlineTable(const InlineTable& table, const Relation& relation, Analysis& analysis);
Resolved ResolveLocal(const LocalRelation& local, Analysis& analysis);
Resolved ResolveCached(const CachedLocalRelation& cached, Analysis& analysis);
Resolved ResolveStored(const CachedRemoteRelation& remote, Analysis& analysis);
Resolved ResolveRange(const Range& range, Analysis& analysis);
Resolved ResolveTableFunction(const TableFunction& function, const Relation& relation, Analysis& analysis);
// One row without columns: SELECT without FROM.
Resolved OneRowRelation(Analysis& analysis);

// resolve_columns.cc: what DataFrames do to columns
Resolved ResolveProject(const Project& project, const Relation& relation, Analysis& analysis);
Resolved ResolveWithColumns(const WithColumns& with, const Relation& relation, Analysis& analysis);
Resolved ResolveWithColumnsRenamed(const WithColumnsRenamed& renamed, const Relation& relation,
                                   Analysis& analysis);
Resolved ResolveDropColumns(const DropColumns& drop, const Relation& relation, Analysis& analysis);
Resolved ResolveToDataFrame(const ToDataFrame& to, const Relation& relation, Analysis& analysis);
Resolved ResolveToSchema(const ToSchema& to, const Relation& relation, Analysis& analysis);
Resolved ResolveDeduplicate(const Deduplicate& deduplicate, const Relation& relation, Analysis& analysis);
// Renames all columns; the number of names must be that of the columns.
Resolved RenameColumns(const Resolved& input, const std::vector<std::string>& names, Analysis& analysis);

// resolve_statistics.cc: DataFrame.summary and describe
Resolved ResolveSummary(const Summary& summary, const Relation& relation, Analysis& analysis);
Resolved ResolveDescribe(const DescribeColumns& describe, const Relation& relation, Analysis& analysis);

// resolve_observe.cc: DataFrame.observe
Resolved ResolveCollectMetrics(const CollectMetrics& collect, const Relation& relation, Analysis& analysis);

// resolve_nulls.cc: DataFrame.na
Resolved ResolveFillNa(const FillNa& fill, const Relation& relation, Analysis& analysis);
Resolved ResolveDropNa(const DropNa& drop, const Relation& relation, Analysis& analysis);
Resolved ResolveReplaceNa(const ReplaceNa& replace, const Relation& relation, Analysis& analysis);

}  // namespace hearth::spark
