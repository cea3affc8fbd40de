/* Mapping templates: AWS's documented examples, Velocity's rules, and limits. */
#include <criterion/criterion.h>

#include "template/vtl.h"

static json parse(struct arena *arena, const char *text)
{
    json value = json_null();
    struct error err;
    cr_assert(json_parse(arena_str(arena, str_from(text)), arena, &value, &err), "%s", text);
    return value;
}

static struct vtl_input input_of(struct arena *arena, const char *body)
{
    struct vtl_input input = { .body = str_from(body), .now_ms = INT64_C(1700000000123) };
    struct error err;
    input.is_json = json_parse(input.body, arena, &input.body_json, &err);
    if (!input.is_json) input.body_json = json_null();
    input.path_params = parse(arena, "{\"id\":\"42\"}");
    input.query_params = parse(arena, "{\"q\":\"a b\",\"id\":\"query\"}");
    input.headers = parse(arena, "{\"Accept\":\"*/*\"}");
    input.context = parse(arena, "{\"stage\":\"dev\",\"identity\":{\"sourceIp\":\"127.0.0.1\"}}");
    input.stage_variables = parse(arena, "{\"table\":\"orders\"}");
    return input;
}

static void check_render(const char *template, const char *body, const char *expected)
{
    struct arena arena;
    arena_init(&arena);
    struct vtl_input input = input_of(&arena, body);
    struct vtl_result result;
    struct error err = { 0 };
    cr_assert(vtl_check(str_from(template), &err), "%s: %s", template, err.message);
    cr_assert(vtl_render(str_from(template), &input, &arena, &result, &err), "%s: %s", template,
              err.message);
    cr_expect(str_eq(result.text, str_from(expected)), "%s: expected %s, got %.*s", template,
              expected, STR_ARGS(result.text));
    arena_close(&arena);
}

/* The result is JSON, equal to `expected`. */
static void check_json(const char *template, const char *body, const char *expected)
{
    struct arena arena;
    arena_init(&arena);
    struct vtl_input input = input_of(&arena, body);
    struct vtl_result result;
    struct error err = { 0 };
    json got = json_null();
    cr_assert(vtl_render(str_from(template), &input, &arena, &result, &err), "%s: %s", template,
              err.message);
    cr_assert(json_parse(result.text, &arena, &got, &err), "%s: %.*s", template,
              STR_ARGS(result.text));
    cr_expect(json_equal(got, parse(&arena, expected)), "%s: expected %s, got %.*s", template,
              expected, STR_ARGS(result.text));
    arena_close(&arena);
}

static void check_refused(const char *template, enum error_code code)
{
    struct error err = { 0 };
    cr_expect(!vtl_check(str_from(template), &err), "%s", template);
    cr_expect(err.code == code, "%s: %s", template, err.message);
}

static void check_fails(const char *template, const char *body, enum error_code code)
{
    struct arena arena;
    arena_init(&arena);
    struct vtl_input input = input_of(&arena, body);
    struct vtl_result result;
    struct error err = { 0 };
    cr_expect(!vtl_render(str_from(template), &input, &arena, &result, &err), "%s", template);
    cr_expect(err.code == code, "%s: %s", template, err.message);
    arena_close(&arena);
}

/* ---- AWS's documented examples ---- */

Test(vtl, passes_a_method_request_through)
{
    check_json("#set($allParams = $input.params())\n"
               "{\n"
               "\"body-json\" : $input.json('$'),\n"
               "\"params\" : {\n"
               "#foreach($type in $allParams.keySet())\n"
               "    #set($params = $allParams.get($type))\n"
               "\"$type\" : {\n"
               "    #foreach($paramName in $params.keySet())\n"
               "    \"$paramName\" : \"$util.escapeJavaScript($params.get($paramName))\"\n"
               "        #if($foreach.hasNext),#end\n"
               "    #end\n"
               "}\n"
               "    #if($foreach.hasNext),#end\n"
               "#end\n"
               "},\n"
               "\"stage-variables\" : {\n"
               "#foreach($key in $stageVariables.keySet())\n"
               "\"$key\" : \"$util.escapeJavaScript($stageVariables.get($key))\"\n"
               "    #if($foreach.hasNext),#end\n"
               "#end\n"
               "},\n"
               "\"context\" : {\n"
               "    \"caller\" : \"$context.identity.caller\",\n"
               "    \"source-ip\" : \"$context.identity.sourceIp\",\n"
               "    \"stage\" : \"$context.stage\"\n"
               "    }\n"
               "}\n",
               "{\"x\":[1,2]}",
               "{\"body-json\":{\"x\":[1,2]},\"params\":{\"path\":{\"id\":\"42\"},\"querystring\":"
               "{\"q\":\"a b\",\"id\":\"query\"},\"header\":{\"Accept\":\"*/*\"}},"
               "\"stage-variables\":{\"table\":\"orders\"},\"context\":{\"caller\":\"\","
               "\"source-ip\":\"127.0.0.1\",\"stage\":\"dev\"}}");
}

Test(vtl, maps_the_photo_album)
{
    check_json(
        "#set($inputRoot = $input.path('$'))\n"
        "{\n"
        "  \"photos\": [\n"
        "#foreach($elem in $inputRoot.photos.photo)\n"
        "    {\n"
        "      \"id\": \"$elem.id\",\n"
        "      \"title\": \"$elem.title\",\n"
        "      \"ispublic\": $elem.ispublic\n"
        "    }#if($foreach.hasNext),#end\n"
        "\n"
        "#end\n"
        "  ]\n"
        "}",
        "{\"photos\":{\"page\":1,\"photo\":[{\"id\":\"12345678901\",\"title\":\"Sample photo "
        "1\",\"ispublic\":true},{\"id\":\"23456789012\",\"title\":\"Sample photo 2\","
        "\"ispublic\":false}]}}",
        "{\"photos\":[{\"id\":\"12345678901\",\"title\":\"Sample photo 1\",\"ispublic\":"
        "true},{\"id\":\"23456789012\",\"title\":\"Sample photo 2\",\"ispublic\":false}]}");
}

Test(vtl, starts_an_execution)
{
    check_json("#set($data = $util.escapeJavaScript($input.json('$')))\n"
               "{\"input\": \"$data\", \"name\": \"$input.params('id')\",\n"
               " \"stateMachineArn\": \"arn:aws:states:us-east-1:123456789012:stateMachine:S\"}",
               "{\"text\":\"\xC3\xA4 \\\"q\\\" /\"}",
               "{\"input\":\"{\\\"text\\\":\\\"\xC3\xA4 \\\\\\\"q\\\\\\\" /\\\"}\",\"name\":\"42\","
               "\"stateMachineArn\":\"arn:aws:states:us-east-1:123456789012:stateMachine:S\"}");
    check_render("$util.escapeJavaScript($input.body).replaceAll(\"\\\\'\",\"'\")", "it's \"x\"",
                 "it's \\\"x\\\"");
}

Test(vtl, overrides_status_and_headers)
{
    struct arena arena;
    arena_init(&arena);
    struct vtl_input input = input_of(&arena, "{\"errorMessage\":\"no pet\"}");
    struct vtl_result result;
    struct error err = { 0 };
    const char *template =
        "#set($inputRoot = $input.path('$'))\n"
        "#if($inputRoot.toString().contains(\"no pet\"))\n"
        "#set($context.responseOverride.status = 404)\n"
        "#set($context.responseOverride.header.X-Reason = \"pets: $inputRoot.size()\")\n"
        "#set($context.responseOverride.header['x-two'] = 2)\n"
        "#set($context.requestOverride.path.id = $input.params('id'))\n"
        "#end\n"
        "{}";
    cr_assert(vtl_render(str_from(template), &input, &arena, &result, &err), "%s", err.message);
    cr_expect(str_eq(result.text, STR("{}")), "%.*s", STR_ARGS(result.text));
    cr_expect(result.status_overridden && result.status == 404);
    cr_expect(json_equal(result.header_overrides,
                         parse(&arena, "{\"X-Reason\":\"pets: 1\",\"x-two\":\"2\"}")));
    cr_expect(json_equal(result.request_overrides, parse(&arena, "{\"path\":{\"id\":\"42\"}}")));
    arena_close(&arena);
}

Test(vtl, gives_what_was_sent)
{
    check_render("$input.body", "as it came", "as it came");
    check_render("$input.json('$')", "", "{}");
    check_render("$input.json('$.a.b')", "{\"a\":{\"b\":[1,\"x\",{\"c\":null}]}}",
                 "[1,\"x\",{\"c\":null}]");
    check_render("$input.json('$.none')", "{}", "\"\"");
    check_render("[$input.path('$.none')]", "{}", "[]");
    check_render("#if($input.path('$.none'))there#else absent#end", "{}", " absent");
    check_render("#if($input.path('$.a') != '')there#end", "{\"a\":1}", "there");
    check_render("$input.path('$.a[1].b')", "{\"a\":[0,{\"b\":1.50}]}", "1.5");
    check_render("$input.path('$.a')", "{\"a\":{\"b\":1,\"c\":[true,\"x\"]}}",
                 "{b=1, c=[true, x]}");
    check_render("$input.path('$.a').get(0) $input.path('$.a')[1] $input.path('$.a').size()",
                 "{\"a\":[7,8]}", "7 8 2");
    check_render("$input.params('id') $input.params('q') $input.params('Accept')", "",
                 "42 a b */*");
    check_render("[$input.params('none')]$input.params().path.id", "", "[]42");
    check_render("$context.stage $context.requestTimeEpoch [$context.none.deeper]", "",
                 "dev 1700000000123 []");
    check_render("$stageVariables.table ${stageVariables.table}s [$stageVariables.none]", "",
                 "orders orderss []");
}

Test(vtl, has_its_utilities)
{
    check_render("$util.urlEncode('a b&c=\xC3\xA4')", "", "a+b%26c%3D%C3%A4");
    check_render("$util.urlDecode('a+b%26c%3D%C3%A4')", "", "a b&c=\xC3\xA4");
    check_render("$util.base64Encode('hello')$util.base64Decode('aGVsbG8=')", "", "aGVsbG8=hello");
    check_render("#set($o = $util.parseJson($input.body))$o.a[0].b", "{\"a\":[{\"b\":5}]}", "5");
    check_render("$util.escapeJavaScript(\"\xF0\x9F\x98\x80\")", "", "\\uD83D\\uDE00");
    check_fails("$util.parseJson('{')", "", ERROR_SYNTAX);
    check_fails("$util.base64Decode('*')", "", ERROR_SYNTAX);
    check_fails("$util.urlDecode('%zz')", "", ERROR_SYNTAX);
    check_fails("$input.path('no path')", "{}", ERROR_SYNTAX);
}

/* ---- Velocity's rules ---- */

Test(vtl, writes_what_does_not_resolve)
{
    check_render("$x ${x} $!x $!{x} $x.y(1) $5 $ {} $100", "", "$x ${x}   $x.y(1) $5 $ {} $100");
    check_render("#set($x = 1)$x.foo() $x.bar", "", "$x.foo() $x.bar");
    check_render("#set($x = 'v')\\$x \\\\$x \\$none \\#if \\#set", "", "$x \\v \\$none #if #set");
    check_render("a#b #FFF # #{x} $x.", "", "a#b #FFF # #{x} $x.");
    check_render("#[[$input.body #if]]#", "x", "$input.body #if");
}

Test(vtl, eats_the_white_space_that_velocity_eats)
{
    check_render("a\n  #set($x = 1)  \nb", "", "a\nb");
    check_render("a\n  #if(true)  \nb\n  #end\nc", "", "a\n  b\n  c");
    check_render("1 ## comment\n2 #* more\n *# 3", "", "1 2  3");
    check_render("#if(false)a#{else}b#{end}c", "", "bc");
    check_render("#foreach($i in [1..3]) $i #end.", "", " 1  2  3 .");
}

Test(vtl, decides)
{
    check_render("#if(1 == 1.0)a#end#if('1' == 1)b#end#if('a' != \"b\")c#end", "", "abc");
    check_render("#if(1 < 2 && 2 <= 2 and 3 gt 2)a#end#if(!false || $none)b#end", "", "ab");
    check_render("#if($none)a#elseif(0)b#else c#end", "", "b");
    check_render("#if($none == $other)a#end#if($none != 'x')b#end#if(not $none)c#end", "", "abc");
    check_render("#if('')a#end#if([])b#end", "", "ab");
    check_render("#if((1 + 2) * 3 == 9)a#end#if(7 % 4 == 3 && 7 / 2 == 3)b#end", "", "ab");
}

Test(vtl, calculates)
{
    check_render("#set($x = 1 + 2 * 3 - 4)$x", "", "3");
    check_render("#set($x = 7 / 2.0)$x #set($y = 3 * 1.0)$y", "", "3.53.0");
    check_render("#set($x = 'a' + 1 + \"b\")$x", "", "a1b");
    check_render("#set($x = 5)#set($x = 1 / 0)$x", "", "5");
    check_render("#set($x = 9223372036854775807 + 1)$x", "", "$x");
}

Test(vtl, loops)
{
    check_render("#foreach($i in ['a','b','c'])$foreach.index$i$foreach.count$velocityCount"
                 "#if($foreach.hasNext),#end#end",
                 "", "0a11,1b22,2c33");
    check_render("#set($i = 'x')#foreach($i in [3..1])$i#end$i$foreach", "", "321x$foreach");
    check_render("#foreach($i in [1..9])#if($i == 4)#break#end$i#end.", "", "123.");
    check_render("a#stop b", "", "a");
    check_render("#foreach($a in [1,2])#foreach($b in [1,2])$a$b$foreach.parent.index #end#end", "",
                 "110 120 211 221 ");
    check_render("#foreach($v in {'a': 1, 'b': 2})$v#end#foreach($v in 5)x#end", "", "12");
    check_render("#foreach($e in $input.path('$').entrySet())$e.key=$e.value $e.getKey()#end",
                 "{\"k\":\"v\"}", "k=v k");
}

Test(vtl, has_lists_and_maps)
{
    check_render("#set($l = [1, 'two', [3]])$l $l.size() $l[1] $l.get(2).get(0) $l[-3]", "",
                 "[1, two, [3]] 3 two 3 1");
    check_render("#set($l = [])#set($ok = $l.add('a'))#set($ok = $l.add(0, 'b'))$l "
                 "$l.contains('a') $l.isEmpty() $l.indexOf('z')",
                 "", "[b, a] true false -1");
    check_render("#set($m = {'a': 1})#set($m.b = 2)#set($m['c'] = 3)#set($d = $m.put('d', 4))$m "
                 "$m.containsKey('c') $m.keySet() $m.values() $m.remove('a') $m.size()",
                 "", "{a=1, b=2, c=3, d=4} true [a, b, c, d] [1, 2, 3, 4] 1 3");
    check_render("#set($b = $input.path('$'))#set($b.list[0] = 9)$b $b.getOrDefault('x', 'y')",
                 "{\"list\":[1,2]}", "{list=[9, 2]} y");
}

Test(vtl, has_the_methods_of_strings)
{
    check_render("#set($s = 'Hello, World')$s.length() $s.toLowerCase() $s.substring(7) "
                 "$s.substring(0, 5) $s.indexOf('o') $s.lastIndexOf('o') $s.contains('World') "
                 "$s.startsWith('H') $s.replace('l', 'L') $s.equals('x') $s.split(', ')",
                 "", "12 hello, world World Hello 4 8 true true HeLLo, WorLd false [Hello, World]");
    check_render("#set($s = 'a1b22')$s.replaceAll('[0-9]+', '#') $s.replaceFirst('([a-z])', "
                 "'<$1>') $s.matches('[a-z0-9]*') $s.matches('a')",
                 "", "a#b# <a>1b22 true false");
    check_render("#set($s = ' x ')[$s.trim()]#set($e = 'a,b,,')$e.split(',').size() "
                 "$e.split(',', -1).size()",
                 "", "[x]2 4");
    check_render("#set($s = '\xF0\x9F\x98\x80\xC3\xA4')$s.length() $s.substring(2) "
                 "$s.toUpperCase().substring(2)",
                 "", "3 \xC3\xA4 \xC3\x84");
    check_render("#set($s = 'x')$s.substring(5) $s.charAt(0)", "", "$s.substring(5) x");
    check_render("#set($n = 0)$n.parseInt('12') #set($m = $n.parseInt('3') + 1)$m", "", "124");
}

Test(vtl, interpolates_strings)
{
    check_render("#set($x = 'v')#set($y = \"<$x ${x}s $none #if(true)yes#end>\")$y", "",
                 "<v vs $none yes>");
    check_render("#set($x = 'v')#set($y = '<$x>')$y", "", "<$x>");
    check_render("#set($x = 'it''s')#set($y = \"a \"\"b\"\"\")$x $y", "", "it's a \"b\"");
}

/* ---- refusals and limits ---- */

Test(vtl, refuses_what_does_not_parse)
{
    static const char *const templates[] = {
        "#if(true)",
        "#end",
        "#else",
        "#if(true)a#else b",
        "#if true #end",
        "#set($x 1)",
        "#set($x = )",
        "#set(x = 1)",
        "#set($x = 'a)",
        "#foreach($x of [1])#end",
        "#foreach($x in [1])",
        "${x",
        "$x.y(",
        "#* open",
        "#macro(x) #end",
        "#parse('x')",
        "#set($x.y() = 1)",
        "\xFF",
        "#set($x = [1, )",
        "#set($x = {'a' 1})",
        "#set($x = 1 +)",
    };
    for (size_t i = 0; i < sizeof templates / sizeof templates[0]; i++)
        check_refused(templates[i], ERROR_SYNTAX);
    struct error err = { 0 };
    cr_assert(!vtl_check(STR("a\n #set($x = ?)"), &err));
    cr_expect(strstr(err.message, "line 2, column 12") != NULL, "%s", err.message);
}

static void repeat(struct buf *buf, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_add(buf, str_from(text));
}

static void check_nested(const char *open, const char *inside, const char *close)
{
    struct arena arena;
    arena_init(&arena);
    struct buf buf;
    buf_init(&buf, &arena);
    repeat(&buf, open, 5000);
    buf_add(&buf, str_from(inside));
    repeat(&buf, close, 5000);
    struct error err = { 0 };
    cr_expect(!vtl_check(buf_str(&buf), &err));
    cr_expect(err.code == ERROR_TOO_DEEP || err.code == ERROR_SYNTAX, "%s", err.message);
    arena_close(&arena);
}

Test(vtl, bounds_depth_work_and_output)
{
    check_nested("#if(true)", "x", "#end");
    check_nested("#set($x = (", "1", "))");
    check_nested("$x[$y.m(", "1", ")]");
    check_fails("#set($x = 'xxxxxxxxxx')#foreach($i in [1..100])#set($x = \"$x$x\")#end", "",
                ERROR_TOO_LARGE);
    check_fails("#foreach($a in [1..1000])#foreach($b in [1..1000])$a$b$a$b#end#end", "",
                ERROR_TOO_LARGE);
    check_fails("#set($l = [])#set($x = $l.add($l))$l", "", ERROR_TOO_LARGE);
    check_fails("#set($s = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab')$s.matches('(a+)+')", "",
                ERROR_TOO_LARGE);
    check_render("#set($n = 0)#foreach($i in [1..5000])#set($n = $n + 1)#end$n", "", "1000");
}
