/* Signatures, checked as a subscriber checks them: with the certificate, over the text that AWS's
 * guide describes. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <criterion/criterion.h>

#include "services/sns/support_test.h"

static str certificate_of(struct api *api)
{
    struct reader reader;
    struct request request = { 0 };
    str pem;
    arena_init(&request.arena);
    shard_read_begin(api->shard, &reader, &request.arena);
    struct source source = source_from_reader(&reader, &request);
    cr_assert(sns_certificate(&source, &pem));
    pem = arena_str(&api->arena, pem);
    shard_read_end(&reader);
    arena_close(&request.arena);
    return pem;
}

static bool verifies(struct api *api, const EVP_MD *digest, str text, str signature)
{
    str pem = certificate_of(api);
    unsigned char bytes[512];
    int count = EVP_DecodeBlock(bytes, (const unsigned char *)signature.ptr, (int)signature.len);
    cr_assert_eq(count, 258, "256 bytes, and two for the padding");
    BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    cr_assert_not_null(certificate);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    cr_assert_eq(EVP_DigestVerifyInit(context, NULL, digest, NULL, X509_get0_pubkey(certificate)),
                 1);
    bool good =
        EVP_DigestVerify(context, bytes, 256, (const unsigned char *)text.ptr, text.len) == 1;
    EVP_MD_CTX_free(context);
    X509_free(certificate);
    BIO_free(bio);
    return good;
}

/* The lines of names and values, of those fields that a notification has. */
static str notification_text(struct api *api, str body, bool subject)
{
    struct buf out;
    static const char *const names[] = { "Message",   "MessageId", "Subject",
                                         "Timestamp", "TopicArn",  "Type" };
    buf_init(&out, &api->arena);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!subject && str_eq(str_from(names[i]), STR("Subject"))) continue;
        str value = api_field(api, body, names[i]);
        buf_printf(&out, "%s\n%.*s\n", names[i], STR_ARGS(value));
    }
    return buf_str(&out);
}

Test(sns_signing, the_signed_text_is_the_documented_one)
{
    struct arena arena;
    arena_init(&arena);
    struct envelope notification = {
        .type = "Notification",
        .message_id = STR("4d4dc071-ddbf-465d-bba8-08f81c89da64"),
        .topic_arn = STR("arn:aws:sns:us-east-2:123456789012:s4-MySNSTopic-1G1WEFCOXTC0P"),
        .message = STR("My Test Message"),
        .subject = STR("My subject"),
        .timestamp = STR("2019-01-31T04:37:04.321Z"),
    };
    str text = envelope_canonical(&arena, &notification);
    cr_expect(str_eq(text, STR("Message\nMy Test Message\nMessageId\n"
                               "4d4dc071-ddbf-465d-bba8-08f81c89da64\nSubject\nMy subject\n"
                               "Timestamp\n2019-01-31T04:37:04.321Z\nTopicArn\n"
                               "arn:aws:sns:us-east-2:123456789012:s4-MySNSTopic-1G1WEFCOXTC0P\n"
                               "Type\nNotification\n")));
    struct envelope confirmation = {
        .type = "SubscriptionConfirmation",
        .message_id = STR("3d891288-136d-417f-bc05-901c108273ee"),
        .topic_arn = STR("arn:aws:sns:us-east-2:123456789012:t"),
        .message = STR("My Test Message"),
        .subscribe_url = STR("https://sns/?Action=ConfirmSubscription"),
        .token = STR("233"),
        .timestamp = STR("2019-01-31T19:25:13.719Z"),
    };
    text = envelope_canonical(&arena, &confirmation);
    cr_expect(str_eq(text, STR("Message\nMy Test Message\nMessageId\n"
                               "3d891288-136d-417f-bc05-901c108273ee\nSubscribeURL\n"
                               "https://sns/?Action=ConfirmSubscription\nTimestamp\n"
                               "2019-01-31T19:25:13.719Z\nToken\n233\nTopicArn\n"
                               "arn:aws:sns:us-east-2:123456789012:t\nType\n"
                               "SubscriptionConfirmation\n")));
    arena_close(&arena);
}

Test(sns_signing, notifications_verify)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    api_queue(&api, "q");
    (void)api_subscribe(&api, "t", "sqs", QUEUE "q", "{}");
    (void)api_call(&api, "Publish", "{'TopicArn':'" TOPIC "t','Message':'m','Subject':'s'}");
    str body = api_field(&api, api_receive(&api, "q"), "Body");
    str text = notification_text(&api, body, true);
    str signature = api_field(&api, body, "Signature");
    cr_expect(verifies(&api, EVP_sha1(), text, signature));
    cr_expect_not(verifies(&api, EVP_sha256(), text, signature));
    cr_expect_not(verifies(&api, EVP_sha1(), notification_text(&api, body, false), signature));
    (void)api_call(&api, "SetTopicAttributes",
                   "{'TopicArn':'" TOPIC "t','AttributeName':'SignatureVersion',"
                   "'AttributeValue':'2'}");
    (void)api_call(&api, "Publish", "{'TopicArn':'" TOPIC "t','Message':'m'}");
    body = api_field(&api, api_receive(&api, "q"), "Body");
    cr_expect(str_eq(api_field(&api, body, "SignatureVersion"), STR("2")));
    cr_expect(verifies(&api, EVP_sha256(), notification_text(&api, body, false),
                       api_field(&api, body, "Signature")));
    api_close(&api);
}

/* A batch, and texts by protocol: each has the signature of what it says. */
Test(sns_signing, every_text_has_its_own)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    api_queue(&api, "q");
    (void)api_subscribe(&api, "t", "sqs", QUEUE "q", "{}");
    (void)api_subscribe(&api, "t", "email-json", "a@example.com", "{}");
    str url = api_field(&api, api_call(&api, "ListOutbox", "{}"), "messages.0.url");
    str params = arena_printf(&api.arena, "{'TopicArn':'" TOPIC "t','Token':'%.*s'}",
                              STR_ARGS(str_skip(url, str_find(url, STR("Token="), 0) + 6)));
    (void)api_call(&api, "ConfirmSubscription", arena_cstr(&api.arena, params));
    (void)api_call(&api, "PublishBatch",
                   "{'TopicArn':'" TOPIC "t','PublishBatchRequestEntries':[{'Id':'1','Message':"
                   "'a'},{'Id':'2','MessageStructure':'json','Message':'{\\u0022default\\u0022:"
                   "\\u0022d\\u0022,\\u0022sqs\\u0022:\\u0022q\\u0022}'}]}");
    for (int i = 0; i < 2; i++) {
        str body = api_field(&api, api_receive(&api, "q"), "Body");
        cr_expect(verifies(&api, EVP_sha1(), notification_text(&api, body, false),
                           api_field(&api, body, "Signature")));
        str mail = api_field(&api, api_call(&api, "ListOutbox", "{}"),
                             i == 0 ? "messages.0.body" : "messages.1.body");
        cr_expect(verifies(&api, EVP_sha1(), notification_text(&api, mail, false),
                           api_field(&api, mail, "Signature")));
    }
    api_close(&api);
}

/* The key outlives the server, and another topic does not replace it. */
Test(sns_signing, there_is_one_key)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    str before = certificate_of(&api);
    api_reopen(&api);
    api_topic(&api, "u");
    cr_expect(str_eq(certificate_of(&api), before));
    api_close(&api);
}

/* Parameters of a caller that look as if they had been prepared are of no use. */
Test(sns_signing, nothing_can_be_passed_off_as_prepared)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    api_topic(&api, "t.fifo");
    api_queue(&api, "q.fifo");
    (void)api_subscribe(&api, "t.fifo", "sqs", QUEUE "q.fifo", "{}");
    str answer = api_call(&api, "Publish",
                          "{'TopicArn':'" TOPIC "t.fifo','Message':'m','MessageGroupId':'g',"
                          "'MessageDeduplicationId':'d','Prepared':{'messages':[{'id':'forged',"
                          "'at':1,'signatures':[]}]}}");
    cr_expect_not(str_eq(api_field(&api, answer, "MessageId"), STR("forged")));
    api_close(&api);
}

Test(sns_signing, the_event_of_a_function)
{
    struct api api;
    struct reader reader;
    struct request request = { 0 };
    struct message_cache cache = { 0 };
    struct topic topic;
    api_open(&api);
    (void)api_call(&api, "CreateTopic", "{'Name':'t','Attributes':{'SignatureVersion':'2'}}");
    arena_init(&request.arena);
    shard_read_begin(api.shard, &reader, &request.arena);
    struct source source = source_from_reader(&reader, &request);
    cr_assert(topic_load(&source, STR("t"), &topic));
    struct message message = {
        .topic = &topic,
        .id = STR("4d4dc071-ddbf-465d-bba8-08f81c89da64"),
        .at_ms = 1700000000123,
        .text = STR("Hello world."),
        .structure = json_null(),
        .attributes = json_null(),
        .cache = &cache,
    };
    struct subscription subscription = { .topic = STR("t"),
                                         .id = STR("id"),
                                         .protocol = STR("lambda") };
    str event = arena_str(&api.arena, envelope_lambda(&source, &message, &subscription));
    shard_read_end(&reader);
    arena_close(&request.arena);
    cr_expect(str_eq(api_field(&api, event, "Records.0.EventSource"), STR("aws:sns")));
    cr_expect(str_eq(api_field(&api, event, "Records.0.EventVersion"), STR("1.0")));
    cr_expect(str_eq(api_field(&api, event, "Records.0.EventSubscriptionArn"), STR(TOPIC "t:id")));
    str body = api_field(&api, event, "Records.0.Sns");
    cr_expect(str_eq(api_field(&api, body, "Subject"), STR("null")));
    cr_expect(str_eq(api_field(&api, body, "MessageAttributes"), STR("{}")));
    cr_expect(str_eq(api_field(&api, body, "SigningCertUrl"),
                     STR(ENDPOINT "/SimpleNotificationService-baton.pem")));
    cr_expect(str_eq(api_field(&api, body, "SignatureVersion"), STR("1")),
              "recorded: whatever the topic says");
    cr_expect(verifies(&api, EVP_sha1(), notification_text(&api, body, false),
                       api_field(&api, body, "Signature")));
    api_close(&api);
}
