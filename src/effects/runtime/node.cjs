'use strict';
// Runs a Node.js function: loads its handler, then takes one invocation after the other from the
// Lambda Runtime API. The texts and the behaviour are those of AWS's Node.js runtime.
// One connection of its own, with the answer and the request for more work in a single write, so
// that an invocation costs one round trip.
const fs = require('fs');
const net = require('net');
const path = require('path');
const util = require('util');
require('./redirect.cjs');

const env = process.env;
const [HOST, PORT] = env.AWS_LAMBDA_RUNTIME_API.split(':');
const ROOT = env.LAMBDA_TASK_ROOT;
const PREFIX = '/2018-06-01/runtime/';
const HEAD_END = Buffer.from('\r\n\r\n');
const NEXT = `GET ${PREFIX}invocation/next HTTP/1.1\r\nHost: ${HOST}:${PORT}\r\n\r\n`;

// ---- errors ----

class RuntimeError extends Error {
  constructor(name, message, cause) {
    super(message);
    Object.defineProperty(this, 'name', { value: 'Runtime.' + name });
    const frames = String((cause && cause.stack) || this.stack).split('\n').filter((line) => line.startsWith('    at '));
    Object.defineProperty(this, 'stack', { value: [`${this.name}: ${message}`, ...frames].join('\n') });
  }
}

function looksLikeError(value) {
  return util.types.isNativeError(value) ||
    (value && typeof value.name === 'string' && value.name && typeof value.message === 'string' && value.message &&
      typeof value.stack === 'string' && value.stack);
}

// What AWS posts for an error.
function describe(error) {
  try {
    if (looksLikeError(error)) {
      return { errorType: String(error.name), errorMessage: String(error.message), trace: String(error.stack).split('\n') };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage: 'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
      trace: [],
    };
  }
}

// ---- the log ----

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const JSON_LOG = (env.AWS_LAMBDA_LOG_FORMAT || '').toUpperCase() === 'JSON';
let requestId; // undefined before the first invocation, as on AWS

function errorToJson(key, value) {
  if (!(value instanceof Error)) return value;
  return {
    errorType: value.constructor ? value.constructor.name : 'UnknownError',
    errorMessage: value.message,
    stackTrace: typeof value.stack === 'string' ? value.stack.split('\n') : value.stack,
    ...value,
  };
}

function jsonLine(timestamp, level, args) {
  const line = { timestamp, level, requestId };
  if (args.length === 1) {
    line.message = args[0];
    try {
      return JSON.stringify(line, errorToJson);
    } catch {
      line.message = util.format(args[0]);
      return JSON.stringify(line);
    }
  }
  line.message = util.format(...args);
  const error = args.find((arg) => arg instanceof Error);
  if (error) Object.assign(line, errorToJson('', error));
  return JSON.stringify(line);
}

function print(level, args) {
  const timestamp = new Date().toISOString();
  const line = JSON_LOG ? jsonLine(timestamp, level, args) : `${timestamp}\t${requestId}\t${level}\t${util.format(...args)}`;
  // One event of the log is one line: the server turns CR back into line ends.
  process.stdout.write(line.replace(/\r?\n/g, '\r') + '\n');
}

function patchConsole() {
  const lowest = Math.max(0, LEVELS.indexOf((env.AWS_LAMBDA_LOG_LEVEL || '').toUpperCase()));
  for (const level of LEVELS) {
    const enabled = LEVELS.indexOf(level) >= lowest;
    console[level.toLowerCase()] = enabled ? (...args) => print(level, args) : () => {};
  }
  console.log = console.info;
}

function logError(text, error) {
  const shown = error instanceof Error ? error : new Error(String(error));
  if (JSON_LOG) return console.error(shown);
  let details;
  try {
    details = JSON.stringify({
      errorType: shown.name,
      errorMessage: shown.message,
      code: shown.code,
      ...shown,
      stack: typeof shown.stack === 'string' ? shown.stack.split('\n') : undefined,
    });
  } catch {
    details = JSON.stringify(describe(shown));
  }
  console.error(text, '\t' + details);
}

// ---- the Runtime API ----

let socket = null;
let received = []; // pieces of what has not been understood yet
let receivedBytes = 0;
let wantedBytes = 0; // it makes no sense to look again before so many are there
let posts = 0; // answers to POSTs that come before the one to NEXT
let onInvocation = null;
let afterPosts = null;

function connect() {
  socket = net.connect({ host: HOST, port: Number(PORT), noDelay: true });
  received = [];
  receivedBytes = wantedBytes = posts = 0;
  const mine = socket;
  mine.on('data', (bytes) => {
    if (mine !== socket) return;
    received.push(bytes);
    receivedBytes += bytes.length;
    while (receivedBytes > 0 && receivedBytes >= wantedBytes && takeAnswer());
  });
  mine.on('error', () => {});
  mine.on('close', () => {
    if (mine !== socket) return;
    socket = null;
    const pending = afterPosts;
    afterPosts = null;
    if (pending) return pending();
    if (onInvocation) ask();
  });
}

// Takes one answer off what has come. False if it is not there as a whole.
function takeAnswer() {
  const bytes = received.length === 1 ? received[0] : Buffer.concat(received);
  received = [bytes];
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return false;
  const lines = bytes.latin1Slice(0, end).split('\r\n');
  const headers = {};
  for (let i = 1; i < lines.length; i++) {
    const colon = lines[i].indexOf(':');
    headers[lines[i].slice(0, colon).toLowerCase()] = lines[i].slice(colon + 1).trim();
  }
  const total = end + 4 + Number(headers['content-length'] || 0);
  if (bytes.length < total) {
    wantedBytes = total;
    return false;
  }
  wantedBytes = 0;
  received = bytes.length > total ? [bytes.subarray(total)] : [];
  receivedBytes = bytes.length - total;
  if (posts > 0) {
    posts--;
    if (posts === 0 && afterPosts) {
      const pending = afterPosts;
      afterPosts = null;
      pending();
    }
    return true;
  }
  const take = onInvocation;
  onInvocation = null;
  socket.unref();
  if (take) take(headers, bytes.utf8Slice(end + 4, total));
  return true;
}

function post(where, body) {
  const bytes = Buffer.byteLength(body);
  return `POST ${PREFIX}${where} HTTP/1.1\r\nHost: ${HOST}:${PORT}\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n${body}`;
}

function ask() {
  send('', true);
}

// Writes `text`, and asks for the next invocation if it is to go on.
function send(text, andAsk) {
  if (!socket) connect();
  socket.ref();
  if (text) posts++;
  if (andAsk) onInvocation = run;
  socket.write(andAsk ? text + NEXT : text);
}

// The last thing that this process says.
function postAndExit(where, error, status) {
  const leave = () => process.exit(status);
  afterPosts = leave;
  send(post(where, JSON.stringify(describe(error))), false);
  onInvocation = null;
  setTimeout(leave, 2000);
}

// ---- the handler ----

function packageIsModule(folder) {
  if (folder.endsWith('/node_modules')) return false;
  const file = path.join(folder, 'package.json');
  if (fs.existsSync(file)) {
    try {
      return JSON.parse(fs.readFileSync(file, 'utf8')).type === 'module';
    } catch (error) {
      console.warn(`${file} cannot be read, it will be ignored for ES module detection purposes.`, error);
      return false;
    }
  }
  return folder === '/' ? false : packageIsModule(path.resolve(folder, '..'));
}

// Lets import find what require() finds by NODE_PATH. It costs a thread and tens of milliseconds, so
// only if there is something to import: an ES module, or a CommonJS module with an import() in it.
let importsAreHelped = false;
function helpImports() {
  const module = require('module');
  if (importsAreHelped || !env.BATON_NODE_MODULES || !module.register) return;
  importsAreHelped = true;
  module.register(require('url').pathToFileURL(path.join(__dirname, 'resolve.mjs')).href);
}

function watchForImports() {
  const { prototype } = require('module');
  const compile = prototype._compile;
  prototype._compile = function (content, ...rest) {
    if (/\bimport\s*\(/.test(content)) helpImports();
    return compile.call(this, content, ...rest);
  };
}

function importModule(file) {
  helpImports();
  return import(require('url').pathToFileURL(file).href);
}

async function loadModule(folder, name) {
  const base = path.resolve(ROOT, folder, name);
  const isModule = packageIsModule(path.dirname(base));
  if (fs.existsSync(base) && fs.statSync(base).isFile()) return require(base);
  if (fs.existsSync(base + '.js')) return isModule ? importModule(base + '.js') : require(base + '.js');
  if (fs.existsSync(base + '.mjs')) return importModule(base + '.mjs');
  if (fs.existsSync(base + '.cjs')) return require(base + '.cjs');
  return require(require.resolve(name, { paths: [ROOT, path.resolve(ROOT, folder)] }));
}

async function loadHandler(text) {
  if (text.includes('..')) {
    throw new RuntimeError('MalformedHandlerName', `'${text}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  }
  const last = path.basename(text);
  const folder = text.slice(0, text.indexOf(last));
  const match = /^([^.]*)\.(.*)$/.exec(last);
  if (!match) throw new RuntimeError('MalformedHandlerName', 'Bad handler');
  let loaded;
  try {
    loaded = await loadModule(folder, match[1]);
  } catch (error) {
    if (error instanceof SyntaxError) throw new RuntimeError('UserCodeSyntaxError', String(error), error);
    if (error && error.code === 'MODULE_NOT_FOUND') throw new RuntimeError('ImportModuleError', String(error), error);
    throw error;
  }
  const handler = match[2].split('.').reduce((value, key) => value && value[key], loaded);
  if (!handler) throw new RuntimeError('HandlerNotFound', `${text} is undefined or not exported`);
  if (typeof handler !== 'function') throw new RuntimeError('HandlerNotFound', `${text} is not a function`);
  return handler;
}

// ---- invocations ----

let handler = null;
let handlerIsAsync = false;
let current = null; // the invocation at hand
let onBeforeExit = null; // what the empty event loop means

function parseHeader(text) {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function makeContext(headers, call) {
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms']);
  return {
    get callbackWaitsForEmptyEventLoop() {
      return call.waits;
    },
    set callbackWaitsForEmptyEventLoop(value) {
      call.waits = value;
    },
    succeed: (result) => finish(call, null, result),
    fail: (error) => finish(call, error === undefined || error === null ? 'handled' : error),
    done: (error, result) => finish(call, error, result),
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parseHeader(headers['lambda-runtime-client-context']),
    identity: parseHeader(headers['lambda-runtime-cognito-identity']),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: call.id,
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
}

function answer(call, text) {
  current = null;
  onBeforeExit = null;
  send(text, true);
}

function answerResult(call, result) {
  let body;
  try {
    body = JSON.stringify(result === undefined ? null : result);
    if (body === undefined) body = 'null'; // of a function or a symbol
  } catch (error) {
    return answerError(call, new Error('Unable to stringify response body', { cause: error }));
  }
  answer(call, post(`invocation/${call.id}/response`, body));
}

function answerError(call, error) {
  logError('Invoke Error', error);
  answer(call, post(`invocation/${call.id}/error`, JSON.stringify(describe(error))));
}

// The first outcome counts.
function finish(call, error, result) {
  if (call.isOver) return;
  call.isOver = true;
  if (error !== undefined && error !== null) answerError(call, error);
  else answerResult(call, result);
}

// What the callback of a handler does: it may wait until nothing else is to be done.
function callBack(call, error, result) {
  if (call.isOver) return;
  if ((error !== undefined && error !== null) || !call.waits) return finish(call, error, result);
  call.isOver = true;
  onBeforeExit = () => setImmediate(() => answerResult(call, result));
}

function run(headers, text) {
  const call = { id: headers['lambda-runtime-aws-request-id'], isOver: false, waits: true };
  current = call;
  requestId = call.id;
  const trace = headers['lambda-runtime-trace-id'];
  if (trace) env._X_AMZN_TRACE_ID = trace;
  else delete env._X_AMZN_TRACE_ID;
  onBeforeExit = () => {
    if (handlerIsAsync) return finish(call, new RuntimeError('NodeJsExit', 'The Lambda function promise never resolved or rejected'));
    finish(call, null, null);
  };
  try {
    const result = handler(JSON.parse(text), makeContext(headers, call), (error, value) => callBack(call, error, value));
    if (result && typeof result.then === 'function') {
      result.then((value) => finish(call, null, value), (error) => finish(call, error === undefined || error === null ? 'handled' : error));
    }
  } catch (error) {
    finish(call, error === undefined || error === null ? 'handled' : error);
  }
}

// ---- start ----

function die(text, error, status) {
  logError(text, error);
  const call = current;
  current = null;
  onBeforeExit = null;
  if (call) postAndExit(`invocation/${call.id}/error`, error, status);
  else if (!handler) postAndExit('init/error', error, status);
  else process.exit(status); // between invocations: nobody waits for it
}

patchConsole();
if (env.BATON_NODE_MODULES) watchForImports();
process.on('uncaughtException', (error) => die('Uncaught Exception', error, 129));
process.on('unhandledRejection', (reason) => {
  const error = new RuntimeError('UnhandledPromiseRejection', String(reason));
  error.reason = reason;
  die('Unhandled Promise Rejection', error, 128);
});
process.on('beforeExit', () => {
  const act = onBeforeExit;
  onBeforeExit = null;
  if (act) act();
});

loadHandler(env._HANDLER).then(
  (loaded) => {
    handler = loaded;
    handlerIsAsync = util.types.isAsyncFunction(loaded);
    ask();
  },
  (error) => die('Uncaught Exception', error, 129),
);
