/* Forms and URLs: the examples of the Developer Guide, and what is between them. */
#include <criterion/criterion.h>

#include "services/integrations/support_test.h"

Test(form, arrays_have_four_formats)
{
    static const struct {
        enum array_format format;
        const char *form;
    } cases[] = {
        { ARRAY_INDICES, "array[0]=a&array[1]=b&array[2]=c&array[3]=d" },
        { ARRAY_REPEAT, "array=a&array=b&array=c&array=d" },
        { ARRAY_COMMAS, "array=a,b,c,d" },
        { ARRAY_BRACKETS, "array[]=a&array[]=b&array[]=c&array[]=d" },
    };
    struct arena arena;
    arena_init(&arena);
    json value = test_json(&arena, "{'array':['a','b','c','d']}");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        test_text(integration_form(&arena, value, cases[i].format), cases[i].form);
    arena_close(&arena);
}

Test(form, values_of_every_kind)
{
    static const struct {
        const char *value;
        enum array_format format;
        const char *form;
    } cases[] = {
        { "{'a':'x y&z','b c':1,'d':true,'e':null}", ARRAY_INDICES, "a=x+y%26z&b+c=1&d=true&e=" },
        { "{'metadata':{'order_id':'6735','deep':{'er':1}}}", ARRAY_INDICES,
          "metadata[order_id]=6735&metadata[deep][er]=1" },
        { "{'items':[{'price':'p','n':2},{'price':'q'}]}", ARRAY_REPEAT,
          "items[0][price]=p&items[0][n]=2&items[1][price]=q" },
        { "{'items':[{'price':'p'},'q']}", ARRAY_COMMAS, "items[0][price]=p&items=q" },
        { "{'a':[],'b':{}}", ARRAY_INDICES, "" },
        { "{'u':'\xC3\xA9'}", ARRAY_INDICES, "u=%C3%A9" },
        { "'text body'", ARRAY_INDICES, "text+body" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        test_text(integration_form(&arena, test_json(&arena, cases[i].value), cases[i].format),
                  cases[i].form);
    arena_close(&arena);
}

Test(form, urls_encode_all_but_the_unreserved)
{
    struct arena arena;
    struct buf out;
    arena_init(&arena);
    buf_init(&out, &arena);
    integration_url_encode(&out, STR("aZ0-._~ /?&=+%"));
    test_text(buf_str(&out), "aZ0-._~%20%2F%3F%26%3D%2B%25");
    arena_close(&arena);
}
