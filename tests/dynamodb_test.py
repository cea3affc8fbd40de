#!/usr/bin/python3
"""DynamoDB as a hostile user sees it, against a real server: random writes and pages of every kind
against a model, keys and items at their limits, indexes that are made and removed while others
write, clients that race, restarts and kill -9. Texts of errors are DynamoDB's own.
"""
import base64
import http.client
import json
import os
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Context, Decimal

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from check import case, check, done  # noqa: E402
from server import Server  # noqa: E402

HASH = [{"AttributeName": "pk", "KeyType": "HASH"}]
DAY = 86400


def S(text):
    return {"S": text}


def N(number):
    return {"N": str(number)}


def B(data):
    return {"B": base64.b64encode(data).decode()}


class Refused(Exception):
    def __init__(self, answer):
        self.code = answer.get("__type", "?").split("#")[-1]
        self.text = answer.get("message", answer.get("Message", ""))
        self.answer = answer
        super().__init__("%s: %s" % (self.code, self.text))


class Client:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def __call__(self, operation, **params):
        self.connection.request("POST", "/", json.dumps(params), {
            "X-Amz-Target": "DynamoDB_20120810." + operation, "Content-Type": "application/x-amz-json-1.0"})
        answer = self.connection.getresponse()
        text = answer.read()
        body = json.loads(text) if text else {}
        if answer.status != 200:
            raise Refused(body)
        return body

    def create(self, name, keys=HASH, types=None, **more):
        self("CreateTable", TableName=name, KeySchema=keys, BillingMode="PAY_PER_REQUEST", AttributeDefinitions=[
            {"AttributeName": n, "AttributeType": t} for n, t in (types or {"pk": "S"}).items()], **more)

    def pages(self, operation, limit=None, **params):
        """All items of a Query or Scan, page by page."""
        items, start = [], {}
        while True:
            page = self(operation, **params, **start, **({"Limit": limit} if limit else {}))
            items += page["Items"]
            check(page["Count"] == len(page["Items"]), "Count counts the items")
            check(not limit or page["ScannedCount"] <= limit, "Limit bounds what is looked at", limit, page["ScannedCount"])
            if "LastEvaluatedKey" not in page:
                return items
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def refused(code, text, call, *args, **params):
    try:
        call(*args, **params)
    except Refused as e:
        check(e.code == code and e.text == text, "refused with", code, text, "got:", e)
        return e.answer
    check(False, "should have been refused with", code, text)
    return {}


def invalid(text, call, *args, **params):
    return refused("ValidationException", text, call, *args, **params)


# ---- random writes and reads against a model ----

EXACT = Context(prec=40)


def order(value):
    """What a key sorts by."""
    (kind, text), = value.items()
    if kind == "N":
        return EXACT.normalize(Decimal(text))
    return text.encode() if kind == "S" else base64.b64decode(text)


def canonical(item):
    return repr(sorted((name, list(value)[0], order(value)) for name, value in item.items()))


NUMBERS = ("0 1 -1 2 3 10 -10 100 -100 0.1 -0.1 1.5 -1.5 1e125 -1e125 1e-130 -1e-130 123456789 "
           "99999999999999999999999999999999999999 -99999999999999999999999999999999999999").split()
NEEDS = {"gsi": ("g", "l"), "sparse": ("g",), "lsi": ("l",)}
HOLDS = {"gsi": ("pk", "sk", "g", "l", "v"), "sparse": ("pk", "sk", "g", "l", "v", "w"), "lsi": ("pk", "sk", "l")}


class Model:
    def __init__(self, client, kind, seed):
        self.client, self.kind, self.random, self.items = client, kind, random.Random(seed), {}
        self.table = "model-" + kind
        self.hashes = [S("a"), S("a\0"), S("\u00e9")]

        def index(name, hash_, range_, projection):
            keys = [{"AttributeName": hash_, "KeyType": "HASH"}]
            keys += [{"AttributeName": range_, "KeyType": "RANGE"}] if range_ else []
            return {"IndexName": name, "KeySchema": keys, "Projection": projection}
        client.create(self.table, HASH + [{"AttributeName": "sk", "KeyType": "RANGE"}],
                      {"pk": "S", "sk": kind, "g": "N", "l": "B"},
                      GlobalSecondaryIndexes=[
                          index("gsi", "g", "l", {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["v"]}),
                          index("sparse", "g", None, {"ProjectionType": "ALL"})],
                      LocalSecondaryIndexes=[index("lsi", "pk", "l", {"ProjectionType": "KEYS_ONLY"})])

    def value(self, kind):
        pick = self.random.choice
        if kind == "S":
            return S("".join(pick("\0\1ab\u00ff\u20ac\U0001F600") for _ in range(self.random.randint(1, 3))))
        if kind == "N":
            return N(pick(NUMBERS))
        return B(bytes(pick([0, 0, 1, 2, 97, 254, 255]) for _ in range(self.random.randint(1, 4))))

    def write(self):
        what, call = self.random.random(), self.client
        item = {"pk": self.random.choice(self.hashes), "sk": self.value(self.kind)}
        if what < 0.6 or not self.items:
            if self.random.random() < 0.7:
                item["g"] = N(self.random.choice([1, 2]))
            if self.random.random() < 0.7:
                item["l"] = self.value("B")
            item.update(v=N(self.random.randint(0, 3)), w=S("w"))
            call("PutItem", TableName=self.table, Item=item)
            self.items[canonical({"pk": item["pk"], "sk": item["sk"]})] = item
            return
        name = self.random.choice(sorted(self.items))
        item = dict(self.items[name])
        key = {"pk": item["pk"], "sk": item["sk"]}
        if what >= 0.8:
            call("DeleteItem", TableName=self.table, Key=key)
            del self.items[name]
            return
        set_, remove, value = self.random.choice([("l", "g", self.value("B")), ("g", "l", N("1.0"))])
        call("UpdateItem", TableName=self.table, Key=key, UpdateExpression="SET #s = :v REMOVE #r",
             ExpressionAttributeNames={"#s": set_, "#r": remove}, ExpressionAttributeValues={":v": value})
        item.pop(remove, None)
        item[set_] = value
        self.items[name] = item

    def in_index(self, index):
        return [{a: v for a, v in item.items() if a in HOLDS[index]}
                for item in self.items.values() if all(a in item for a in NEEDS[index])]

    def same(self, got, wanted, what, *sorted_by):
        check(sorted(map(canonical, got)) == sorted(map(canonical, wanted)), self.kind, what, "the items", len(got), len(wanted))
        if sorted_by:
            attribute, forward = sorted_by
            values = [order(item[attribute]) for item in got]
            check(values == sorted(values, reverse=not forward), self.kind, what, "their order", values)

    def check_scans(self, limit):
        pages, table = self.client.pages, self.table
        self.same(pages("Scan", limit, TableName=table), self.items.values(), "Scan")
        total = self.random.choice([2, 3, 7])
        parts = [pages("Scan", limit, TableName=table, Segment=i, TotalSegments=total) for i in range(total)]
        check(sum(parts, []) == pages("Scan", TableName=table), "segments are parts of the whole, in order")
        for index in NEEDS:
            self.same(pages("Scan", limit, TableName=table, IndexName=index), self.in_index(index), "Scan of " + index)

    def check_ranges(self, limit, hash_, mine, forward):
        low, high = sorted((self.value(self.kind), self.value(self.kind)), key=order)
        a, b = order(low), order(high)
        cases = [("sk = :a", lambda x: x == a), ("sk < :a", lambda x: x < a), ("sk <= :a", lambda x: x <= a),
                 ("sk > :a", lambda x: x > a), ("sk >= :a", lambda x: x >= a),
                 ("sk BETWEEN :a AND :b", lambda x: a <= x <= b), ("begins_with(sk, :a)", lambda x: x.startswith(a))]
        for condition, holds in cases[:-1] if self.kind == "N" else cases:
            values = {":p": hash_, ":a": low, **({":b": high} if ":b" in condition else {})}
            got = self.client.pages("Query", limit, TableName=self.table, KeyConditionExpression="pk = :p AND " + condition,
                                    ExpressionAttributeValues=values, ScanIndexForward=forward)
            self.same(got, [item for item in mine if holds(order(item["sk"]))], condition, "sk", forward)

    def check_queries(self, limit, forward):
        def query(condition, value, **more):
            values = {":p": value, **more.pop("values", {})}
            return self.client.pages("Query", limit, TableName=self.table, KeyConditionExpression=condition,
                                     ExpressionAttributeValues=values, ScanIndexForward=forward, **more)
        for hash_ in self.hashes:
            mine = [item for item in self.items.values() if item["pk"] == hash_]
            self.same(query("pk = :p", hash_), mine, "Query", "sk", forward)
            self.same(query("pk = :p", hash_, FilterExpression="v >= :v", values={":v": N(2)}),
                      [item for item in mine if order(item["v"]) >= 2], "Query with a filter", "sk", forward)
            local = query("pk = :p", hash_, IndexName="lsi", Select="ALL_ATTRIBUTES")
            self.same(local, [item for item in mine if "l" in item], "local index, looked up", "l", forward)
            self.check_ranges(limit, hash_, mine, forward)
        for hash_ in (N(1), N("2.00")):
            of = lambda index: [i for i in self.in_index(index) if order(i["g"]) == order(hash_)]  # noqa: E731
            self.same(query("g = :p", hash_, IndexName="gsi"), of("gsi"), "global index", "l", forward)
            self.same(query("g = :p", hash_, IndexName="sparse"), of("sparse"), "sparse index")

    def check_counts(self):
        table = self.client("DescribeTable", TableName=self.table)["Table"]
        check(table["ItemCount"] == len(self.items), "ItemCount", table["ItemCount"], len(self.items))
        for index in table["GlobalSecondaryIndexes"] + table["LocalSecondaryIndexes"]:
            wanted = len(self.in_index(index["IndexName"]))
            check(index["ItemCount"] == wanted, "ItemCount of", index["IndexName"], index["ItemCount"], wanted)

    def run(self, rounds, writes):
        for _ in range(rounds):
            for _ in range(writes):
                self.write()
            limit = self.random.choice([1, 2, 3, None])
            self.check_scans(limit)
            for forward in (True, False):
                self.check_queries(limit, forward)
            self.check_counts()


# ---- everything else ----

def count(call, operation, **params):
    """Count of a Query or Scan over all its pages."""
    total, start = 0, {}
    while True:
        page = call(operation, Select="COUNT", **params, **start)
        total += page["Count"]
        if "LastEvaluatedKey" not in page:
            return total
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def until(probe, what, seconds=15):
    end = time.time() + seconds
    while time.time() < end:
        if probe():
            return
        time.sleep(0.02)
    check(False, "in time:", what)


def test_models(port):
    for kind in "SNB":
        Model(Client(port), kind, "a seed for " + kind).run(4, 50)


def test_longest_keys(port):
    call = Client(port)
    call.create("longest", HASH + [{"AttributeName": "sk", "KeyType": "RANGE"}],
                {"pk": "B", "sk": "B", "gh": "B", "gr": "B"}, GlobalSecondaryIndexes=[{
                    "IndexName": "gsi", "Projection": {"ProjectionType": "ALL"}, "KeySchema": [
                        {"AttributeName": "gh", "KeyType": "HASH"}, {"AttributeName": "gr", "KeyType": "RANGE"}]}])
    for byte in (b"\0", b"\xff"):
        long = {"pk": B(byte * 2048), "sk": B(byte * 1024)}
        item = {**long, "gh": B(byte * 2048), "gr": B(byte * 1024)}
        call("PutItem", TableName="longest", Item=item)
        check(call("GetItem", TableName="longest", Key=long)["Item"] == item, "the longest keys")
        query = dict(TableName="longest", IndexName="gsi", KeyConditionExpression="gh = :h AND gr = :r", Limit=1,
                     ExpressionAttributeValues={":h": item["gh"], ":r": item["gr"]})
        page = call("Query", **query)
        check(page["Items"] == [item], "found by the longest index keys")
        page = call("Query", **query, ExclusiveStartKey=page["LastEvaluatedKey"])
        check(page["Count"] == 0 and "LastEvaluatedKey" not in page, "and nothing is behind it", page)
        invalid("One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes",
                call, "PutItem", TableName="longest", Item={**long, "pk": B(byte * 2049)})
        invalid("One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
                call, "PutItem", TableName="longest", Item={**long, "sk": B(byte * 1025)})
    check(len(call.pages("Scan", 1, TableName="longest")) == 2, "both are there")


def test_sizes_and_pages(port):
    call = Client(port)
    call.create("large", HASH + [{"AttributeName": "sk", "KeyType": "RANGE"}], {"pk": "S", "sk": "N"})
    # pk 2 + 1, sk 2 + 2, x 1 + 409592: 409600 bytes as DynamoDB counts them
    item = {"pk": S("a"), "sk": N(1), "x": S("x" * 409592)}
    call("PutItem", TableName="large", Item=item)
    invalid("1 validation error detected: Item size has exceeded the maximum allowed size",
            call, "PutItem", TableName="large", Item={**item, "x": S("x" * 409593)})
    call("DeleteItem", TableName="large", Key={"pk": S("a"), "sk": N(1)})
    for i in range(30):
        call("PutItem", TableName="large", Item={"pk": S("a"), "sk": N(i), "x": S("x" * 100000)})
    query = dict(TableName="large", KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": S("a")})
    page = call("Query", **query, ReturnConsumedCapacity="TOTAL")
    check(page["Count"] == 11 and page["LastEvaluatedKey"] == {"pk": S("a"), "sk": N(10)}, "a page ends at 1 MB", page["Count"])
    check(page["ConsumedCapacity"] == {"TableName": "large", "CapacityUnits": 134.5}, "its cost", page["ConsumedCapacity"])
    none = call("Query", **{**query, "ExpressionAttributeValues": {":p": S("a"), ":x": S("no")}}, FilterExpression="x = :x")
    check((none["Count"], none["ScannedCount"]) == (0, 11) and "LastEvaluatedKey" in none, "also if a filter leaves nothing")
    check(count(call, "Query", **query) == 30 and count(call, "Scan", TableName="large") == 30, "all pages together")
    end = call("Query", **query, Limit=30, Select="COUNT", ScanIndexForward=False)
    check("LastEvaluatedKey" in end, "a page that ends early tells where")


def test_limit_at_the_end(port):
    call = Client(port)
    call.create("ends")
    for i in range(3):
        call("PutItem", TableName="ends", Item={"pk": S(str(i))})
    page = call("Scan", TableName="ends", Limit=3)
    check(page["Count"] == 3 and "LastEvaluatedKey" in page, "Limit reached with the last item: there may be more")
    page = call("Scan", TableName="ends", Limit=3, ExclusiveStartKey=page["LastEvaluatedKey"])
    check(page["Items"] == [] and "LastEvaluatedKey" not in page, "there is no more", page)
    check("LastEvaluatedKey" not in call("Scan", TableName="ends", Limit=4), "one more than there are: the end")


def test_filters_of_keys(port):
    call = Client(port)
    call.create("filters", HASH + [{"AttributeName": "sk", "KeyType": "RANGE"}], {"pk": "S", "sk": "S", "g": "S"},
                GlobalSecondaryIndexes=[{"IndexName": "gsi", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                                         "Projection": {"ProjectionType": "ALL"}}])
    call("PutItem", TableName="filters", Item={"pk": S("a"), "sk": S("b"), "g": S("c")})

    def query(key, expression, index=None):
        return call("Query", TableName="filters", KeyConditionExpression=key + " = :v", FilterExpression=expression,
                    ExpressionAttributeValues={":v": S("c" if key == "g" else "a")}, **({"IndexName": index} if index else {}))
    text = "Filter Expression can only contain non-primary key attributes: Primary key attribute: "
    invalid(text + "pk", query, "pk", "pk = :v")
    invalid(text + "sk", query, "pk", "g = :v OR NOT (size(sk) > :v)")
    invalid(text + "g", query, "g", "attribute_exists(g)", "gsi")
    check(query("g", "pk <> :v AND sk <> :v", "gsi")["Count"] == 1, "the table's keys are no keys of the index")
    check(call("Scan", TableName="filters", FilterExpression="pk = :v",
               ExpressionAttributeValues={":v": S("a")})["Count"] == 1, "Scan filters by keys")


def test_backfill_while_others_write(port):
    """Items put, changed and deleted while an index is filled: it holds just what the table holds."""
    call, stop = Client(port), threading.Event()
    call.create("fill")
    for i in range(160):
        call("BatchWriteItem", RequestItems={"fill": [{"PutRequest": {"Item": {
            "pk": S("%05d" % (i * 25 + j)), "g": S("g%d" % (j % 3)) if j % 5 else N(1), "v": N(0)}}} for j in range(25)]})

    def disturb(seed):
        other, pick = Client(port), random.Random(seed)
        while not stop.is_set():
            key = {"pk": S("%05d" % pick.randrange(4400))}
            if pick.random() < 0.3:
                other("DeleteItem", TableName="fill", Key=key)
            else:
                other("UpdateItem", TableName="fill", Key=key, UpdateExpression="SET g = :g ADD v :one",
                      ExpressionAttributeValues={":g": S("g%d" % pick.randrange(3)), ":one": N(1)})
    with ThreadPoolExecutor(4) as others:
        running = [others.submit(disturb, i) for i in range(3)]
        made = call("UpdateTable", TableName="fill", AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "g", "AttributeType": "S"}],
            GlobalSecondaryIndexUpdates=[{"Create": {"IndexName": "gsi", "Projection": {"ProjectionType": "ALL"},
                                                     "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}]}}])
        check(made["TableDescription"]["GlobalSecondaryIndexes"][0]["IndexStatus"] == "CREATING", "it is being made")
        until(lambda: call("DescribeTable", TableName="fill")["Table"]["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE", "ACTIVE")
        time.sleep(0.2)
        stop.set()
        for r in running:
            r.result()
    table = [i for i in call.pages("Scan", TableName="fill") if "S" in i.get("g", {})]
    index = call.pages("Scan", TableName="fill", IndexName="gsi")
    check(sorted(map(canonical, table)) == sorted(map(canonical, index)), "the index is what the table is", len(table), len(index))
    describe = call("DescribeTable", TableName="fill")["Table"]
    check(describe["GlobalSecondaryIndexes"][0]["ItemCount"] == len(index), "and counts it", describe["GlobalSecondaryIndexes"])
    check(describe["ItemCount"] == count(call, "Scan", TableName="fill"), "the table's count")
    invalid("One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: gsi",
            call, "PutItem", TableName="fill", Item={"pk": S("x"), "g": N(1)})
    call("UpdateTable", TableName="fill", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "gsi"}}])
    until(lambda: "GlobalSecondaryIndexes" not in call("DescribeTable", TableName="fill")["Table"], "the index is gone")
    call("PutItem", TableName="fill", Item={"pk": S("x"), "g": N(1)})
    invalid("The table does not have the specified index: gsi", call, "Scan", TableName="fill", IndexName="gsi")


def test_races(port):
    """A counter loses nothing; of those who create an item under a condition one wins; money moved
    by transactions stays the same in sum."""
    Client(port).create("races")
    clients, rounds = 8, 250

    def work(number):
        call, won = Client(port), 0
        for i in range(rounds):
            call("UpdateItem", TableName="races", Key={"pk": S("counter")}, UpdateExpression="ADD n :one",
                 ExpressionAttributeValues={":one": N(1)})
        for i in range(40):
            try:
                call("PutItem", TableName="races", Item={"pk": S("lock-%d" % i), "owner": N(number)},
                     ConditionExpression="attribute_not_exists(pk)")
                won += 1
            except Refused as e:
                check(e.code == "ConditionalCheckFailedException", "lost the race", e)
        return won
    with ThreadPoolExecutor(clients) as others:
        won = list(others.map(work, range(clients)))
    call = Client(port)
    check(call("GetItem", TableName="races", Key={"pk": S("counter")})["Item"]["n"] == N(clients * rounds), "no increment is lost")
    check(sum(won) == 40, "one winner each", won)

    for i in range(4):
        call("PutItem", TableName="races", Item={"pk": S("account-%d" % i), "n": N(25)})

    def move(number):
        call, pick, done_ = Client(port), random.Random(number), 0
        for i in range(100):
            one, two = pick.sample(range(4), 2)
            amount = N(pick.randint(1, 20))
            change = lambda n, sign, **more: {"Update": {  # noqa: E731
                "TableName": "races", "Key": {"pk": S("account-%d" % n)}, "UpdateExpression": "SET n = n %s :a" % sign,
                "ExpressionAttributeValues": {":a": amount}, **more}}
            try:
                call("TransactWriteItems", TransactItems=[change(one, "-", ConditionExpression="n >= :a"), change(two, "+")])
                done_ += 1
            except Refused as e:
                codes = [r["Code"] for r in e.answer.get("CancellationReasons", [])]
                check(e.code == "TransactionCanceledException" and codes == ["ConditionalCheckFailed", "None"], "cancelled", e)
        return done_
    with ThreadPoolExecutor(4) as others:
        check(sum(others.map(move, range(4))) > 0, "some money was moved")
    accounts = call("BatchGetItem", RequestItems={"races": {"Keys": [{"pk": S("account-%d" % i)} for i in range(4)]}})
    left = [int(item["n"]["N"]) for item in accounts["Responses"]["races"]]
    check(sum(left) == 100 and min(left) >= 0, "no money came or went", left)


def test_transactions(port):
    call = Client(port)
    call.create("deals")
    put = lambda key, **more: {"Put": {"TableName": "deals", "Item": {"pk": S(key), **more}}}  # noqa: E731
    answer = call("TransactWriteItems", TransactItems=[put("a", n=N(1)), put("b")], ReturnConsumedCapacity="TOTAL")
    check(answer["ConsumedCapacity"] == [{"TableName": "deals", "CapacityUnits": 4.0, "WriteCapacityUnits": 4.0}], "twice the cost", answer)
    invalid("Transaction request cannot include multiple operations on one item",
            call, "TransactWriteItems", TransactItems=[put("a"), put("a")])
    check_ = {"ConditionCheck": {"TableName": "deals", "Key": {"pk": S("a")}, "ConditionExpression": "n = :two",
                                 "ExpressionAttributeValues": {":two": N(2)}, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}
    answer = refused("TransactionCanceledException", "Transaction cancelled, please refer cancellation reasons for specific "
                     "reasons [None, ConditionalCheckFailed, ValidationError]", call, "TransactWriteItems",
                     TransactItems=[put("c"), check_, {"Update": {"TableName": "deals", "Key": {"pk": S("b")}, "UpdateExpression": "SET x = y"}}])
    check(answer.get("CancellationReasons") == [
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed", "Item": {"pk": S("a"), "n": N(1)}},
        {"Code": "ValidationError", "Message": "The provided expression refers to an attribute that does not exist in the item"},
    ], "the reasons", answer)
    check("Item" not in call("GetItem", TableName="deals", Key={"pk": S("c")}), "nothing of it is written")
    add = dict(ClientRequestToken="once", TransactItems=[{"Update": {
        "TableName": "deals", "Key": {"pk": S("a")}, "UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": N(1)}}}])
    for _ in range(3):
        call("TransactWriteItems", **add)
    check(call("GetItem", TableName="deals", Key={"pk": S("a")})["Item"]["n"] == N(2), "a token counts once")
    refused("IdempotentParameterMismatchException", "The request uses the same client token as a previous, but non-identical request.",
            call, "TransactWriteItems", **{**add, "TransactItems": [put("d")]})


def test_numbers(port):
    call = Client(port)
    call.create("numbers", HASH, {"pk": "N"})
    written = {"1E+2": "100", "+.50": "0.5", "-0": "0", "0.000": "0", "5.": "5", "1e-130": "0." + "0" * 129 + "1",
               "9.9999999999999999999999999999999999999E+125": "9" * 38 + "0" * 88}
    for text, stored in written.items():
        call("PutItem", TableName="numbers", Item={"pk": N(text), "s": {"NS": [text]}})
        item = call("GetItem", TableName="numbers", Key={"pk": N(stored)})["Item"]
        check(item == {"pk": N(stored), "s": {"NS": [stored]}}, "number", text, item)
    for text, what in {
            "1e126": "Number overflow. Attempting to store a number with magnitude larger than supported range",
            "-1e-131": "Number underflow. Attempting to store a number with magnitude smaller than supported range",
            "1" * 39: "Attempting to store more than 38 significant digits in a Number",
            " 1": "The parameter cannot be converted to a numeric value:  1"}.items():
        invalid("1 validation error detected: " + what, call, "PutItem", TableName="numbers", Item={"pk": N(1), "x": N(text)})


def test_tables_come_and_go(port):
    call = Client(port)
    call.create("again")
    refused("ResourceInUseException", "Table already exists: again", call.create, "again")
    for i in range(3):
        call("PutItem", TableName="again", Item={"pk": S("old %d" % i)})
        check(count(call, "Scan", TableName="again") == 1, "a new table has only what is new")
        call("DeleteTable", TableName="again")
        refused("ResourceNotFoundException", "Requested resource not found", call, "GetItem", TableName="again", Key={"pk": S("a")})
        call.create("again")
    for i in range(250):
        call.create("many-%03d" % i)
    names, start = [], {}
    while True:
        page = call("ListTables", Limit=99, **start)
        names += page["TableNames"]
        if "LastEvaluatedTableName" not in page:
            break
        start = {"ExclusiveStartTableName": page["LastEvaluatedTableName"]}
    check([n for n in names if n.startswith("many-")] == ["many-%03d" % i for i in range(250)], "all tables, in order")
    for i in range(250):
        call("DeleteTable", TableName="many-%03d" % i)
    check(not [n for n in call("ListTables")["TableNames"] if n.startswith("many-")], "and all are gone")


def test_time_to_live(port):
    call, now = Client(port), int(time.time())
    call.create("mortal", GlobalSecondaryIndexes=[{"IndexName": "gsi", "KeySchema": HASH, "Projection": {"ProjectionType": "ALL"}}])
    call("PutItem", TableName="mortal", Item={"pk": S("before"), "ttl": N(now - 10)})
    call("UpdateTimeToLive", TableName="mortal", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    for name, value in {"past": N(now - 10), "soon": N(now + 1), "later": N(now + 3600), "too old": N(now - 6 * 365 * DAY),
                        "text": S("1")}.items():
        call("PutItem", TableName="mortal", Item={"pk": S(name), "ttl": value})
    call("PutItem", TableName="mortal", Item={"pk": S("saved"), "ttl": N(now + 1)})
    call("UpdateItem", TableName="mortal", Key={"pk": S("saved")}, UpdateExpression="REMOVE #t", ExpressionAttributeNames={"#t": "ttl"})
    names = lambda **more: sorted(i["pk"]["S"] for i in call.pages("Scan", TableName="mortal", **more))  # noqa: E731
    until(lambda: len(names()) == 4, "expired items are gone")
    check(names() == ["later", "saved", "text", "too old"], "the others stay", names())
    check(names(IndexName="gsi") == names(), "also in the index")


def test_kill(server):
    """What was acknowledged is there after kill -9, in the table and in its index."""
    acknowledged, stop = {}, threading.Event()
    call = Client(server.port)
    call.create("killed", types={"pk": "S", "g": "S"}, GlobalSecondaryIndexes=[{
        "IndexName": "gsi", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}])

    def write(number):
        mine, i = Client(server.port), 0
        try:
            while not stop.is_set():
                i += 1
                mine("UpdateItem", TableName="killed", Key={"pk": S("k%d" % number)}, UpdateExpression="SET g = :g, n = :n",
                     ExpressionAttributeValues={":g": S("g%d" % (i % 3)), ":n": N(i)})
                acknowledged[number] = i
        except (OSError, http.client.HTTPException):
            return
    threads = [threading.Thread(target=write, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    server.kill()
    stop.set()
    for thread in threads:
        thread.join()
    server.start()
    call = Client(server.port)
    items = {i["pk"]["S"]: i for i in call.pages("Scan", TableName="killed")}
    for number, last in acknowledged.items():
        stored = int(items["k%d" % number]["n"]["N"])
        check(stored in (last, last + 1), "the last acknowledged write, or the one under way", last, stored)
    check(len(acknowledged) == 6, "all wrote")
    check(sorted(map(canonical, items.values())) == sorted(map(canonical, call.pages("Scan", TableName="killed", IndexName="gsi"))),
          "the index agrees")
    check(call("DescribeTable", TableName="killed")["Table"]["ItemCount"] == 6, "the count agrees")


def main():
    with Server() as server:
        for test in (test_models, test_longest_keys, test_sizes_and_pages, test_limit_at_the_end, test_filters_of_keys,
                     test_backfill_while_others_write, test_races, test_transactions, test_numbers, test_tables_come_and_go,
                     test_time_to_live):
            def run(test=test):
                test(server.port)
            run.__name__ = test.__name__
            case(run)
        case(lambda: test_kill(server))
    done()


main()
