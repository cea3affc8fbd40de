/* The key that messages are signed with: RSA of 2,048 bits, one for all topics, with a self-signed
 * certificate.
 *
 * KEY_META "sns.signing"  {"v":1,"key":numbers,"certificate":PEM}
 *
 * The key is kept as its eight numbers (RFC 8017, appendix A.1.2), in hexadecimal with spaces
 * between: OpenSSL takes those at once, while reading a PEM text takes longer than signing. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "services/sns/internal.h"

enum { KEY_BITS = 2048, VALID_DAYS = 3650 };

static str take_text(struct arena *arena, BIO *bio)
{
    char *bytes;
    long count = BIO_get_mem_data(bio, &bytes);
    if (count <= 0) fatal("a PEM text is empty");
    return arena_str(arena, (str){ bytes, (size_t)count });
}

static X509 *make_certificate(EVP_PKEY *key, int64_t now_ms)
{
    static const unsigned char name_text[] = "sns.amazonaws.com";
    X509 *certificate = X509_new();
    time_t from = (time_t)(now_ms / 1000 - 3600);
    if (!certificate) fatal("out of memory");
    X509_NAME *name = X509_get_subject_name(certificate);
    bool good = X509_set_version(certificate, X509_VERSION_3) &&
                ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), now_ms) &&
                ASN1_TIME_set(X509_getm_notBefore(certificate), from) &&
                ASN1_TIME_adj(X509_getm_notAfter(certificate), from, VALID_DAYS, 0) &&
                X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, name_text, -1, -1, 0) &&
                X509_set_issuer_name(certificate, name) && X509_set_pubkey(certificate, key) &&
                X509_sign(certificate, key, EVP_sha256());
    if (!good) fatal("a certificate could not be made");
    return certificate;
}

static const char *const number_names[] = {
    OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
    OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
    OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
    OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};
enum { NUMBERS = sizeof number_names / sizeof *number_names };

static str write_key(struct arena *arena, const EVP_PKEY *key)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < NUMBERS; i++) {
        BIGNUM *number = NULL;
        char *text = NULL;
        if (EVP_PKEY_get_bn_param(key, number_names[i], &number)) text = BN_bn2hex(number);
        if (!text) fatal("a key could not be written");
        if (i > 0) buf_add_char(&out, ' ');
        buf_add(&out, str_from(text));
        OPENSSL_free(text);
        BN_clear_free(number);
    }
    return buf_str(&out);
}

static EVP_PKEY *read_key(struct arena *arena, str text)
{
    EVP_PKEY *key = NULL;
    BIGNUM *numbers[NUMBERS] = { 0 };
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    bool good = builder && context;
    for (size_t i = 0; i < NUMBERS && good; i++) {
        size_t end = str_find_char(text, ' ', 0);
        str digits = str_slice(text, 0, end);
        good = digits.len > 0 && BN_hex2bn(&numbers[i], arena_cstr(arena, digits)) != 0 &&
               OSSL_PARAM_BLD_push_BN(builder, number_names[i], numbers[i]);
        text = end < text.len ? str_skip(text, end + 1) : STR("");
    }
    OSSL_PARAM *params = good ? OSSL_PARAM_BLD_to_param(builder) : NULL;
    if (!params || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, params) != 1)
        fatal("the key that messages are signed with does not decode: the store is damaged");
    for (size_t i = 0; i < NUMBERS; i++)
        BN_clear_free(numbers[i]);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    return key;
}

void signing_make(struct arena *arena, int64_t now_ms, str *key_text, str *certificate_pem)
{
    EVP_PKEY *key = EVP_RSA_gen(KEY_BITS);
    if (!key) fatal("a key could not be made");
    X509 *certificate = make_certificate(key, now_ms);
    BIO *bio = BIO_new(BIO_s_mem());
    if (!bio || !PEM_write_bio_X509(bio, certificate)) fatal("a certificate could not be written");
    *key_text = write_key(arena, key);
    *certificate_pem = take_text(arena, bio);
    BIO_free(bio);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

str signing_sign(struct arena *arena, str key_text, int version, str text)
{
    unsigned char signature[KEY_BITS / 8];
    size_t count = sizeof signature;
    EVP_PKEY *key = read_key(arena, key_text);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const EVP_MD *digest = version == SIGNATURE_SHA256 ? EVP_sha256() : EVP_sha1();
    if (!context || EVP_PKEY_get_size(key) != (int)sizeof signature ||
        EVP_DigestSignInit(context, NULL, digest, NULL, key) != 1 ||
        EVP_DigestSign(context, signature, &count, (const unsigned char *)text.ptr, text.len) != 1)
        fatal("a message could not be signed");
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return sns_base64(arena, signature, count);
}

static bool load(const struct source *source, json *record)
{
    struct key key;
    key_meta(&key, source->number, STR("sns.signing"));
    return source_find(source, &key, record);
}

bool signing_load(const struct source *source, str *key_text)
{
    json record;
    if (!load(source, &record)) return false;
    *key_text = json_str_or(record, STR("key"), STR(""));
    return true;
}

bool sns_certificate(const struct source *source, str *pem)
{
    json record;
    if (!load(source, &record)) return false;
    *pem = json_str_or(record, STR("certificate"), STR(""));
    return true;
}

void signing_store(struct txn *txn, const struct source *source, str key_text, str certificate_pem)
{
    struct key key;
    struct buf out;
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_str(&out, "key", key_text);
    reply_str(&out, "certificate", certificate_pem);
    reply_close(&out);
    key_meta(&key, source->number, STR("sns.signing"));
    txn_put(txn, &key, buf_str(&out));
}
