#ifndef JALON_STORAGE_PQXX_COMPAT_H_
#define JALON_STORAGE_PQXX_COMPAT_H_

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <vector>

// What differs between libpqxx 6.4 (Debian 12) and 7.10 (Debian 13), and nothing else.
namespace jalon::storage::compat {

using Values = std::vector<std::optional<std::string>>;

#if defined(PQXX_VERSION_MAJOR) && PQXX_VERSION_MAJOR >= 7

inline pqxx::params ParamsOf(const Values& values) {
  pqxx::params params;
  params.reserve(values.size());
  for (const auto& value : values) {
    if (value) {
      params.append(pqxx::zview(*value));
    } else {
      params.append();
    }
  }
  return params;
}

inline pqxx::result ExecPrepared(pqxx::transaction_base& work, const char* name, const Values& values) {
  return work.exec(pqxx::prepped{name}, ParamsOf(values));
}

inline pqxx::result ExecParams(pqxx::transaction_base& work, const char* sql, const Values& values) {
  return work.exec(pqxx::zview(sql), ParamsOf(values));
}

#else

inline std::vector<const char*> TextsOf(const Values& values) {
  std::vector<const char*> texts;
  texts.reserve(values.size());
  for (const auto& value : values) texts.push_back(value ? value->c_str() : nullptr);
  return texts;
}

inline pqxx::result ExecPrepared(pqxx::transaction_base& work, const char* name, const Values& values) {
  return work.exec_prepared(name, pqxx::prepare::make_dynamic_params(TextsOf(values)));
}

inline pqxx::result ExecParams(pqxx::transaction_base& work, const char* sql, const Values& values) {
  return work.exec_params(sql, pqxx::prepare::make_dynamic_params(TextsOf(values)));
}

#endif

}  // namespace jalon::storage::compat

#endif  // JALON_STORAGE_PQXX_COMPAT_H_
