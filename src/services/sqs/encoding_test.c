/* Base64 (RFC 4648, section 10), hexadecimal digits, digests, receipt handles. */
#include <criterion/criterion.h>

#include "services/sqs/support_test.h"

static struct arena arena;

static void open(void)
{
    arena_init(&arena);
}

static void close(void)
{
    arena_close(&arena);
}

TestSuite(encoding, .init = open, .fini = close);

Test(encoding, base64_of_the_standard)
{
    static const char *const pairs[][2] = { { "", "" },
                                            { "f", "Zg==" },
                                            { "fo", "Zm8=" },
                                            { "foo", "Zm9v" },
                                            { "foob", "Zm9vYg==" },
                                            { "fooba", "Zm9vYmE=" },
                                            { "foobar", "Zm9vYmFy" } };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        str bytes = str_from(pairs[i][0]), text = str_from(pairs[i][1]), back;
        cr_assert(str_eq(sqs_base64_text(&arena, bytes), text));
        cr_assert(sqs_base64_bytes(&arena, text, &back) && str_eq(back, bytes));
    }
}

Test(encoding, what_is_no_base64)
{
    static const char *const bad[] = { "Z",    "Zg",   "Zg=",   "Zg===", "Z===",     "====",
                                       "Zh==", "Zm9=", "Zm9v ", "Zm-_",  "Zg==Zg==", "=Zg=" };
    str out;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert(!sqs_base64_bytes(&arena, str_from(bad[i]), &out), "%s", bad[i]);
}

Test(encoding, hexadecimal)
{
    str out;
    cr_assert(sqs_hex_decode(&arena, STR("00ff7a"), &out) && out.len == 3);
    cr_assert(str_eq(sqs_hex_text(&arena, (const unsigned char *)out.ptr, out.len), STR("00ff7a")));
    cr_assert(!sqs_hex_decode(&arena, STR("0"), &out));
    cr_assert(!sqs_hex_decode(&arena, STR("0G"), &out));
    cr_assert(!sqs_hex_decode(&arena, STR("FF"), &out));
}

/* RFC 1321, appendix A.5; FIPS 180-2, appendix B.1. */
Test(encoding, digests)
{
    cr_assert(str_eq(sqs_digest_md5_hex(&arena, STR("")), STR("d41d8cd98f00b204e9800998ecf8427e")));
    cr_assert(
        str_eq(sqs_digest_md5_hex(&arena, STR("abc")), STR("900150983cd24fb0d6963f7d28e17f72")));
    cr_assert(str_eq(sqs_digest_sha256_hex(&arena, STR("abc")),
                     STR("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")));
}

Test(encoding, receipts_come_back)
{
    struct source source = { .arena = &arena };
    struct queue queue = { .first = 5, .id = 9 };
    struct receipt receipt = { 7, 1700000000123, 0xABCDEF012345, 3 }, back;
    struct error err;
    str text = sqs_receipt_text(&arena, &receipt);
    cr_assert(sqs_receipt_read(&source, &queue, text, &back, &err));
    cr_assert(back.queue == 7 && back.sent_ms == receipt.sent_ms && back.serial == receipt.serial &&
              back.receive == 3);
    receipt.queue = 10;
    cr_assert(!sqs_receipt_read(&source, &queue, sqs_receipt_text(&arena, &receipt), &back, &err));
    cr_assert_eq(err.code, ERROR_SQS_RECEIPT_HANDLE_IS_INVALID);
}

Test(encoding, receipts_with_a_changed_character_are_none)
{
    struct source source = { .arena = &arena };
    struct queue queue = { .first = 1, .id = 1000000 };
    struct receipt receipt = { 7, 1700000000123, 1, 1 }, back;
    struct error err;
    str text = sqs_receipt_text(&arena, &receipt);
    for (size_t i = 0; i < text.len; i++) {
        char *changed = arena_alloc(&arena, text.len);
        memcpy(changed, text.ptr, text.len);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        cr_assert(!sqs_receipt_read(&source, &queue, (str){ changed, text.len }, &back, &err),
                  "%zu", i);
        cr_assert(!sqs_receipt_read(&source, &queue, str_slice(text, 0, i), &back, &err));
    }
}
