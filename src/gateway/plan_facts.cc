#include "gateway/plan_facts.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <spark/connect/base.pb.h>

#include <algorithm>
#include <vector>

#include "spark/fingerprint/sql_effect.h"

namespace hearth::gateway {

namespace {

namespace pb = ::google::protobuf;
namespace proto = ::spark::connect;

OperationClass ClassOfCommand(proto::Command::CommandTypeCase type) {
  switch (type) {
    case proto::Command::kWriteOperation:
    case proto::Command::kWriteOperationV2:
    case proto::Command::kMergeIntoTableCommand:
    case proto::Command::kExecuteExternalCommand:
    case proto::Command::kExtension:
    case proto::Command::kPipelineCommand:
    case proto::Command::kWriteStreamOperationStart: return OperationClass::kExternalEffect;
    case proto::Command::kSqlCommand:  // Its text decides.
    case proto::Command::kGetResourcesCommand:
    case proto::Command::COMMAND_TYPE_NOT_SET: return OperationClass::kReadOnly;
    default: return OperationClass::kSessionEffect;
  }
}

// See PlanFacts::portable.
bool IsPortable(const proto::Command& command) {
  switch (command.command_type_case()) {
    case proto::Command::kWriteOperation:
    case proto::Command::kCreateDataframeView: return !command.create_dataframe_view().is_global();
    case proto::Command::kSqlCommand:
    case proto::Command::kRegisterFunction:
    case proto::Command::kRegisterTableFunction:
    case proto::Command::kRegisterDataSource:
    case proto::Command::kGetResourcesCommand: return true;
    default: return false;
  }
}

OperationClass ClassOfCatalog(proto::Catalog::CatTypeCase type) {
  switch (type) {
    case proto::Catalog::kSetCurrentDatabase:
    case proto::Catalog::kSetCurrentCatalog:
    case proto::Catalog::kDropTempView: return OperationClass::kSessionEffect;
    // What a cluster remembers of files and results changes no answer, so it is not the session's.
    case proto::Catalog::kCacheTable:
    case proto::Catalog::kUncacheTable:
    case proto::Catalog::kClearCache:
    case proto::Catalog::kRefreshTable:
    case proto::Catalog::kRefreshByPath:
    case proto::Catalog::kCurrentDatabase:
    case proto::Catalog::kCurrentCatalog:
    case proto::Catalog::kListDatabases:
    case proto::Catalog::kListTables:
    case proto::Catalog::kListFunctions:
    case proto::Catalog::kListColumns:
    case proto::Catalog::kListCatalogs:
    case proto::Catalog::kGetDatabase:
    case proto::Catalog::kGetTable:
    case proto::Catalog::kGetFunction:
    case proto::Catalog::kDatabaseExists:
    case proto::Catalog::kTableExists:
    case proto::Catalog::kFunctionExists:
    case proto::Catalog::kIsCached:
    case proto::Catalog::kListPartitions:
    case proto::Catalog::kListViews:
    case proto::Catalog::kGetTableProperties:
    case proto::Catalog::kGetCreateTableString:
    case proto::Catalog::CAT_TYPE_NOT_SET: return OperationClass::kReadOnly;
    default: return OperationClass::kExternalEffect;
  }
}

/// A newer client asks for something that we cannot know: it may have any effect.
bool IsOfNewerClient(const pb::Message& message) {
  return !message.GetReflection()->GetUnknownFields(message).empty();
}

class Walk {
 public:
  void Message(const pb::Message& message) {
    Look(message);
    std::vector<const pb::FieldDescriptor*> fields;
    const pb::Reflection* reflection = message.GetReflection();
    reflection->ListFields(message, &fields);
    for (const pb::FieldDescriptor* field : fields) {
      if (field->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) continue;
      if (!field->is_repeated()) {
        Message(reflection->GetMessage(message, field));
        continue;
      }
      const int size = reflection->FieldSize(message, field);
      for (int i = 0; i < size; ++i) Message(reflection->GetRepeatedMessage(message, field, i));
    }
  }

  PlanFacts Finish() {
    facts_.happens_once = writes_once_ && !other_effects_;
    return std::move(facts_);
  }

 private:
  /// What the message says about the effects of its plan.
  void Look(const pb::Message& message) {
    const pb::Descriptor* type = message.GetDescriptor();
    if (type == proto::SQL::descriptor()) {
      Sql(static_cast<const proto::SQL&>(message).query());
    } else if (type == proto::SqlCommand::descriptor()) {
      // Clients before 4.0 have the text here; later ones send a SQL relation inside.
      static const pb::FieldDescriptor* const text = type->FindFieldByName("sql");
      if (static_cast<const proto::SqlCommand&>(message).has_input()) return;
      Sql(message.GetReflection()->GetString(message, text));
    } else if (type == proto::Command::descriptor()) {
      const auto& command = static_cast<const proto::Command&>(message);
      if (command.command_type_case() == proto::Command::COMMAND_TYPE_NOT_SET && IsOfNewerClient(message))
        return Unknown();
      const bool is_insert = command.write_operation().table().save_method() ==
                             proto::WriteOperation::SaveTable::TABLE_SAVE_METHOD_INSERT_INTO;
      const bool writes_files = command.has_write_operation() && !command.write_operation().has_table();
      if (is_insert || writes_files) return WriteOnce();
      if (command.write_operation().has_table() || command.has_write_operation_v2()) return ChangeCatalog();
      // Views that all sessions of a cluster see are not the session's, and live in that cluster alone.
      const OperationClass effect = command.create_dataframe_view().is_global()
                                        ? OperationClass::kExternalEffect
                                        : ClassOfCommand(command.command_type_case());
      Raise(effect);
      facts_.changes_global_views |= command.create_dataframe_view().is_global();
      other_effects_ |= effect == OperationClass::kExternalEffect;
      facts_.portable = facts_.portable && IsPortable(command);
    } else if (type == proto::Catalog::descriptor()) {
      const auto& call = static_cast<const proto::Catalog&>(message);
      if (call.cat_type_case() == proto::Catalog::CAT_TYPE_NOT_SET && IsOfNewerClient(message))
        return Unknown();
      if (call.has_create_table()) return ChangeCatalog();
      facts_.changes_global_views |= call.has_drop_global_temp_view();
      const OperationClass effect = ClassOfCatalog(call.cat_type_case());
      Raise(effect);
      facts_.portable = facts_.portable && effect != OperationClass::kExternalEffect;
      other_effects_ |= effect == OperationClass::kExternalEffect;
    } else if (type == proto::Relation::descriptor()) {
      // What an extension does is its own.
      const auto& relation = static_cast<const proto::Relation&>(message);
      const bool is_none = relation.rel_type_case() == proto::Relation::REL_TYPE_NOT_SET;
      if (relation.has_extension() || (is_none && IsOfNewerClient(message))) Unknown();
    } else if (type == proto::CachedRemoteRelation::descriptor() || type == proto::MlRelation::descriptor()) {
      facts_.portable = false;
    }
  }

  void Sql(const std::string& text) {
    switch (spark::EffectOfSql(text)) {
      case spark::SqlEffect::kNone: break;
      case spark::SqlEffect::kConfiguration: facts_.configures = true; [[fallthrough]];
      case spark::SqlEffect::kSession: Raise(OperationClass::kSessionEffect); break;
      case spark::SqlEffect::kInsert: WriteOnce(); break;
      case spark::SqlEffect::kCatalog: ChangeCatalog(); break;
      case spark::SqlEffect::kExternal:
        Raise(OperationClass::kExternalEffect);
        facts_.portable = false;
        other_effects_ = true;
        break;
    }
  }

  /// Any engine may know it, and none may be asked twice.
  void Unknown() {
    Raise(OperationClass::kExternalEffect);
    other_effects_ = true;
  }

  void ChangeCatalog() {
    WriteOnce();
    facts_.portable = false;
  }

  /// Tables and folders are where they are for every engine.
  void WriteOnce() {
    Raise(OperationClass::kExternalEffect);
    writes_once_ = true;
  }

  void Raise(OperationClass to) { facts_.operation_class = std::max(facts_.operation_class, to); }

  PlanFacts facts_;
  bool writes_once_ = false;
  bool other_effects_ = false;
};

std::string KindOf(const pb::Message& message) {
  // The name of the oneof's member that is set.
  const pb::Descriptor* type = message.GetDescriptor();
  for (int i = 0; i < type->oneof_decl_count(); ++i) {
    if (const auto* field = message.GetReflection()->GetOneofFieldDescriptor(message, type->oneof_decl(i))) {
      return field->name();
    }
  }
  return "nothing";
}

}  // namespace

PlanFacts FactsOf(const proto::AnalyzePlanRequest& request) {
  Walk walk;
  walk.Message(request);
  return walk.Finish();
}

PlanFacts FactsOf(const proto::Plan& plan) {
  Walk walk;
  walk.Message(plan);
  PlanFacts facts = walk.Finish();
  facts.kind = plan.has_command() ? KindOf(plan.command()) : KindOf(plan.root());
  return facts;
}

}  // namespace hearth::gateway
