#include "actors/net/authority.hpp"

#include "actors/net/endpoint.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <memory>

namespace aura::net {

namespace {

template <auto Free>
struct release {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};

using key_pointer = std::unique_ptr<EVP_PKEY, release<EVP_PKEY_free>>;
using certificate_pointer = std::unique_ptr<X509, release<X509_free>>;
using text_pointer = std::unique_ptr<BIO, release<BIO_free_all>>;
using extension_pointer
  = std::unique_ptr<X509_EXTENSION, release<X509_EXTENSION_free>>;

struct parties {
  X509* issuer = nullptr;
  EVP_PKEY* signer = nullptr;
};

bool extend(X509* certificate, X509* issuer, int kind,
            const std::string& value) {
  auto context = X509V3_CTX{};
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const auto extension = extension_pointer{
    X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

certificate_pointer make_certificate(const char* name, EVP_PKEY* key,
                                     int days) {
  auto result = certificate_pointer{X509_new()};
  auto serial = std::uint64_t{0};
  if (!result
      || RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial)
           != 1)
    return nullptr;
  constexpr auto day = 24L * 60 * 60;
  const auto from = days < 0 ? 2L * days * day : -day;
  auto* subject = X509_get_subject_name(result.get());
  const auto made
    = X509_set_version(result.get(), 2) == 1
      && ASN1_INTEGER_set_uint64(X509_get_serialNumber(result.get()),
                                 serial >> 1)
           == 1
      && X509_gmtime_adj(X509_getm_notBefore(result.get()), from)
      && X509_gmtime_adj(X509_getm_notAfter(result.get()), days * day)
      && X509_set_pubkey(result.get(), key) == 1
      && X509_NAME_add_entry_by_txt(
           subject, "CN", MBSTRING_ASC,
           reinterpret_cast<const unsigned char*>(name), -1, -1, 0)
           == 1;
  return made ? std::move(result) : nullptr;
}

bool sign(X509* certificate, parties by) {
  return X509_set_issuer_name(certificate, X509_get_subject_name(by.issuer))
           == 1
         && X509_sign(certificate, by.signer, EVP_sha256()) > 0;
}

template <class Write>
std::string to_pem(Write write) {
  const auto text = text_pointer{BIO_new(BIO_s_mem())};
  if (!text || write(text.get()) != 1)
    return {};
  char* data = nullptr;
  const auto size = BIO_get_mem_data(text.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string alternative_names(const std::vector<std::string>& hosts) {
  auto result = std::string{};
  for (const auto& x : hosts)
    result += (result.empty() ? "" : ",")
              + std::string{is_address(x) ? "IP:" : "DNS:"} + x;
  return result;
}

} // namespace

expected<identity> issue_identity(const std::vector<std::string>& hosts,
                                  int days) {
  const auto problem = fault{errc::internal, "OpenSSL made no certificate"};
  const auto root_key = key_pointer{EVP_EC_gen("P-256")};
  const auto leaf_key = key_pointer{EVP_EC_gen("P-256")};
  if (!root_key || !leaf_key)
    return problem;
  const auto root = make_certificate("aura mock authority", root_key.get(), 30);
  const auto leaf = make_certificate("aura mock server", leaf_key.get(), days);
  if (!root || !leaf)
    return problem;
  const auto made
    = extend(root.get(), root.get(), NID_basic_constraints,
             "critical,CA:TRUE,pathlen:0")
      && extend(root.get(), root.get(), NID_key_usage,
                "critical,keyCertSign,cRLSign")
      && extend(root.get(), root.get(), NID_subject_key_identifier, "hash")
      && sign(root.get(), {root.get(), root_key.get()})
      && extend(leaf.get(), root.get(), NID_basic_constraints,
                "critical,CA:FALSE")
      && extend(leaf.get(), root.get(), NID_key_usage,
                "critical,digitalSignature")
      && extend(leaf.get(), root.get(), NID_ext_key_usage,
                "serverAuth,clientAuth")
      && extend(leaf.get(), root.get(), NID_authority_key_identifier, "keyid")
      && extend(leaf.get(), root.get(), NID_subject_alt_name,
                alternative_names(hosts))
      && sign(leaf.get(), {root.get(), root_key.get()});
  if (!made)
    return problem;
  auto result = identity{};
  result.authority
    = to_pem([&](BIO* out) { return PEM_write_bio_X509(out, root.get()); });
  result.certificate
    = to_pem([&](BIO* out) { return PEM_write_bio_X509(out, leaf.get()); });
  result.key = to_pem([&](BIO* out) {
    return PEM_write_bio_PrivateKey(out, leaf_key.get(), nullptr, nullptr, 0,
                                    nullptr, nullptr);
  });
  if (result.authority.empty() || result.certificate.empty()
      || result.key.empty())
    return problem;
  return result;
}

} // namespace aura::net
