#ifndef JALON_STORAGE_PQXX_COMPAT_H_
#define JALON_STORAGE_PQXX_COMPAT_H_

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <vector>

// What differs between libpqxx 6.4 (Debian 12) and 7.10 (Debian 13), and nothing else.
namespace jalon::storage::compat {

#if defined(PQXX_VERSION_MAJOR) && PQXX_VERSION_MAJOR >= 7

inline pqxx::result ExecPrepared(pqxx::nontransaction& work, const char* name,
                                 const std::vector<std::optional<std::string>>& values) {
  pqxx::params params;
  params.reserve(values.size());
  for (const auto& value : values) {
    if (value) {
      params.append(pqxx::zview(*value));
    } else {
      params.append();
    }
  }
  return work.exec(pqxx::prepped{name}, params);
}

#else

inline pqxx::result ExecPrepared(pqxx::nontransaction& work, const char* name,
                                 const std::vector<std::optional<std::string>>& values) {
  std::vector<const char*> texts;
  texts.reserve(values.size());
  for (const auto& value : values) texts.push_back(value ? value->c_str() : nullptr);
  return work.exec_prepared(name, pqxx::prepare::make_dynamic_params(texts));
}

#endif

}  // namespace jalon::storage::compat

#endif  // JALON_STORAGE_PQXX_COMPAT_H_
