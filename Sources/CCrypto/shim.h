// libcrypto comes with libpq-dev: only for checking a password against a SCRAM secret.
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <openssl/rand.h>
