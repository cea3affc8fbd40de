"""Runs a Python function: imports its handler, then takes one invocation after the other from the
Lambda Runtime API. The texts and the behaviour are those of AWS's Python runtime. One raw
connection, with the answer and the request for more work in a single write, so that an invocation
costs one round trip."""
import importlib
import importlib.abc
import importlib.util
import json
import logging
import os
import socket
import sys
import time
import traceback
from decimal import Decimal

HOST, PORT = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
PREFIX = "/2018-06-01/runtime/"
NEXT = ("GET %sinvocation/next HTTP/1.1\r\nHost: %s:%s\r\n\r\n" % (PREFIX, HOST, PORT)).encode()
OWN_FILE = os.path.abspath(__file__)

request_id = ""


class Fault(Exception):
    """An error of the runtime itself, with AWS's name for it."""

    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.kind, self.message, self.trace = "Runtime." + kind, message, trace


# ---- the connection ----


class Api:
    def __init__(self):
        self.socket = None
        self.received = bytearray()
        self.posts = 0

    def send(self, data):
        """Writes; connects again if the server has closed the connection meanwhile."""
        for attempt in range(2):
            if self.socket is None:
                self.socket = socket.create_connection((HOST, int(PORT)))
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.received.clear()
                self.posts = 0
            try:
                return self.socket.sendall(data)
            except OSError:
                self.close()
                if attempt:
                    raise

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None

    def read_answer(self):
        """(headers, body) of the next answer; None if the server has closed the connection."""
        while True:
            end = self.received.find(b"\r\n\r\n")
            if end >= 0:
                headers = {}
                for line in self.received[:end].decode("latin-1").split("\r\n")[1:]:
                    name, _, value = line.partition(":")
                    headers[name.lower()] = value.strip()
                total = end + 4 + int(headers.get("content-length", 0))
                while len(self.received) < total:
                    if not self.read_more():
                        return None
                body = bytes(self.received[end + 4:total])
                del self.received[:total]
                return headers, body
            if not self.read_more():
                return None

    def read_more(self):
        try:
            data = self.socket.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            self.close()
            return False
        self.received += data
        return True

    def post_text(self, where, body):
        head = "POST %s%s HTTP/1.1\r\nHost: %s:%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        return (head % (PREFIX, where, HOST, PORT, len(body))).encode() + body

    def next(self, answer=b""):
        """Sends what is to be sent, and waits for the next invocation."""
        self.send(answer + NEXT)
        if answer:
            self.posts += 1
        while True:
            got = self.read_answer()
            if got is None:
                self.send(NEXT)
            elif self.posts:
                self.posts -= 1
            else:
                return got

    def post(self, where, body):
        self.send(self.post_text(where, body))
        self.read_answer()


# ---- what the handler gets ----


class CognitoIdentity:
    __slots__ = ["cognito_identity_id", "cognito_identity_pool_id"]


class Client:
    __slots__ = ["installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"]


class ClientContext:
    __slots__ = ["custom", "env", "client"]


def filled(kind, values):
    made = kind()
    for name in kind.__slots__:
        setattr(made, name, values.get(name))
    return made


class LambdaContext:
    def __init__(self, headers):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = None
        self.client_context = self._client_context(headers.get("lambda-runtime-client-context"))
        identity = json.loads(headers.get("lambda-runtime-cognito-identity") or "{}")
        self.identity = CognitoIdentity()
        self.identity.cognito_identity_id = identity.get("cognitoIdentityId")
        self.identity.cognito_identity_pool_id = identity.get("cognitoIdentityPoolId")
        self._deadline_ms = int(headers.get("lambda-runtime-deadline-ms") or 0)

    @staticmethod
    def _client_context(text):
        if not text:
            return None
        try:
            values = json.loads(text)
        except ValueError as e:
            raise Fault("LambdaContextUnmarshalError", "Unable to parse Client Context JSON: %s" % e)
        made = filled(ClientContext, values)
        made.client = filled(Client, values.get("client") or {})
        return made

    def get_remaining_time_in_millis(self):
        return max(int(self._deadline_ms - time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        names = ("aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
                 "function_version", "invoked_function_arn", "client_context", "identity", "tenant_id")
        return "LambdaContext([%s])" % ",".join("%s=%s" % (n, getattr(self, n)) for n in names)


# ---- the log ----


class RequestFilter(logging.Filter):
    def filter(self, record):
        record.aws_request_id = request_id
        return True


class JsonFormatter(logging.Formatter):
    def format(self, record):
        line = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": record.aws_request_id,
        }
        if record.exc_info:
            line["errorType"] = record.exc_info[0].__name__
            line["errorMessage"] = str(record.exc_info[1])
            line["stackTrace"] = traceback.format_tb(record.exc_info[2])
        return json.dumps(line, default=str, ensure_ascii=False)


class LogHandler(logging.Handler):
    def emit(self, record):
        try:
            # One event of the log is one line: the server turns CR back into line ends.
            sys.stdout.write(self.format(record).rstrip("\n").replace("\n", "\r") + "\n")
        except Exception:
            self.handleError(record)


def set_up_logging():
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace", encoding="utf-8")
    logging.Formatter.converter = time.gmtime
    handler = LogHandler()
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON":
        handler.setFormatter(JsonFormatter())
    else:
        handler.setFormatter(logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(RequestFilter())
    logger = logging.getLogger()
    logger.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    if level in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        logger.setLevel(level)


def log_error(error):
    lines = ["[ERROR] %s: %s" % (error["errorType"], error["errorMessage"])]
    lines.append("Traceback (most recent call last):")
    for entry in error["stackTrace"]:
        for line in entry.splitlines():
            text = line.lstrip(" ")
            lines.append("\u00a0" * (len(line) - len(text)) + text)
    sys.stdout.write("\r".join(lines) + "\n")


# ---- errors ----


def make_error(message, kind, trace, for_request=""):
    return {"errorMessage": message or "", "errorType": kind or "", "requestId": for_request,
            "stackTrace": trace or []}


def current_error(for_request=""):
    """The exception at hand, without the frames of this file above the handler's."""
    kind, value, tb = sys.exc_info()
    if isinstance(value, Fault):
        return make_error(value.message, value.kind, value.trace, for_request)
    frames = traceback.extract_tb(tb)
    while frames and (frames[0].filename == OWN_FILE or frames[0].filename.startswith("<frozen importlib")
                      or "importlib" + os.sep + "__init__.py" in frames[0].filename):
        frames.pop(0)
    return make_error(str(value), kind.__name__, traceback.format_list(frames), for_request)


def to_json(value):
    return json.dumps(value, ensure_ascii=False, default=as_number).encode("utf-8", "backslashreplace")


def as_number(value):
    """As AWS's encoder: Decimal is a number."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


# ---- old SDKs ----


def version_of(text):
    return tuple(int(part) for part in text.split(".")[:2])


def patch_botocore(module):
    """botocore reads AWS_ENDPOINT_URL by itself since 1.31."""
    import botocore
    if version_of(botocore.__version__) >= (1, 31):
        return
    original = module.Session.create_client

    def create_client(self, service_name, *args, **kwargs):
        # endpoint_url is the sixth of the positional arguments.
        if kwargs.get("endpoint_url") is None and len(args) < 5:
            name = service_name.upper().replace("-", "_").replace(" ", "_")
            url = os.environ.get("AWS_ENDPOINT_URL_" + name) or os.environ.get("AWS_ENDPOINT_URL")
            if url:
                kwargs["endpoint_url"] = url
        return original(self, service_name, *args, **kwargs)

    module.Session.create_client = create_client


# ---- addresses of AWS in code ----


def is_amazon(host):
    host = (host or "").lower()
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))


def patch_connections(module):
    """Connections to AWS's hosts lead to AWS_ENDPOINT_URL, over plain HTTP and with their Host."""
    from urllib.parse import urlsplit
    endpoint = urlsplit(os.environ["AWS_ENDPOINT_URL"])
    if endpoint.scheme != "http" or not endpoint.hostname:
        return

    def patch(kind):
        original = kind.connect

        def connect(self):
            if not is_amazon(self.host) or getattr(self, "_tunnel_host", None):
                return original(self)
            timeout = self.timeout if isinstance(self.timeout, (int, float)) else None
            self.sock = socket.create_connection((endpoint.hostname, endpoint.port or 80), timeout)
            self.is_verified = True  # urllib3 warns otherwise

        kind.connect = connect

    for name in ("HTTPConnection", "HTTPSConnection"):
        if "connect" in vars(getattr(module, name, object)):
            patch(getattr(module, name))


class ImportHook(importlib.abc.MetaPathFinder):
    """Changes a module once it has been imported."""

    def __init__(self):
        self.patches = {"botocore.session": patch_botocore, "http.client": patch_connections,
                        "urllib3.connection": patch_connections}

    def find_spec(self, name, path, target=None):
        patch = self.patches.pop(name, None)
        if patch is None:
            return None
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            patch(module)

        spec.loader.exec_module = exec_module
        return spec


# ---- the handler ----


def load_handler(text):
    try:
        module_name, function_name = text.rsplit(".", 1)
    except ValueError as e:
        raise Fault("MalformedHandlerName", "Bad handler '%s': %s" % (text, e))
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault("BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as e:
        raise Fault("ImportModuleError", "Unable to import module '%s': %s" % (module_name, e))
    except SyntaxError as e:
        trace = ['  File "%s" Line %s\n    %s' % (e.filename, e.lineno, e.text)]
        raise Fault("UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, e), trace)
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Fault("HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name))


def handle(api, handler, headers, body):
    """Runs one invocation; returns what is to be posted."""
    global request_id
    request_id = headers["lambda-runtime-aws-request-id"]
    trace_id = headers.get("lambda-runtime-trace-id")
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    try:
        context = LambdaContext(headers)
        try:
            event = json.loads(body)
        except Exception as e:
            raise Fault("UnmarshalError", "Unable to unmarshal input: %s" % e)
        result = handler(event, context)
        try:
            # Bytes are the answer itself, as AWS's runtime has it.
            text = result if isinstance(result, bytes) else to_json(result)
        except Exception as e:
            raise Fault("MarshalError", "Unable to marshal response: %s" % e)
    except Exception:
        error = current_error(request_id)
        log_error(error)
        flush()
        return api.post_text("invocation/%s/error" % request_id, to_json(error))
    flush()
    return api.post_text("invocation/%s/response" % request_id, text)


def flush():
    sys.stdout.flush()
    sys.stderr.flush()


def main():
    set_up_logging()
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]  # instead of the folder of this file
    if os.environ.get("AWS_ENDPOINT_URL"):
        sys.meta_path.insert(0, ImportHook())
    api = Api()
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception:
        error = current_error()
        log_error(error)
        flush()
        api.post("init/error", to_json(error))
        sys.exit(1)
    headers, body = api.next()
    while True:
        headers, body = api.next(handle(api, handler, headers, body))


if __name__ == "__main__":
    main()
