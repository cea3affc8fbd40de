'use strict';
// Sends what was meant for AWS to Baton: requests of http, https and fetch to *.amazonaws.com go to
// AWS_ENDPOINT_URL, over plain HTTP and with their Host header, from which the server sees which
// service or API was meant. So also SDKs and bundled code that know nothing of AWS_ENDPOINT_URL
// (aws-sdk v2, axios with a hard-coded execute-api address) talk to Baton.
// Usable alone: NODE_OPTIONS=--require=/path/redirect.cjs
const http = require('http');
const https = require('https');

const AMAZON = /(^|\.)amazonaws\.com(\.cn)?$/i;

// (url[, options][, callback]) or (options[, callback]), as http.request takes them.
function understand(args) {
  let [first, second, third] = args;
  if (typeof first !== 'string' && !(first instanceof URL)) return { options: { ...first }, callback: second };
  const url = typeof first === 'string' ? new URL(first) : first;
  const options = { hostname: url.hostname, path: url.pathname + url.search };
  if (url.port) options.port = url.port;
  if (url.username) options.auth = decodeURIComponent(url.username) + ':' + decodeURIComponent(url.password);
  if (typeof second === 'function') third = second;
  else Object.assign(options, second);
  return { options, callback: third };
}

function hasHost(headers) {
  if (Array.isArray(headers)) {
    const names = Array.isArray(headers[0]) ? headers.map((pair) => pair[0]) : headers.filter((_, i) => i % 2 === 0);
    return names.some((name) => String(name).toLowerCase() === 'host');
  }
  return Object.keys(headers || {}).some((name) => name.toLowerCase() === 'host');
}

// Node's fetch has an HTTP client of its own, undici: what it calls a dispatcher gets each request,
// and sets no Host header that is given to fetch. It is loaded when one of its classes is named.
function dispatcherOf(init) {
  if (init && init.dispatcher) return init.dispatcher;
  void globalThis.Headers;
  const symbol = Object.getOwnPropertySymbols(globalThis).find((s) => /^undici\.globalDispatcher\./.test(s.description));
  return symbol && globalThis[symbol];
}

function withHost(headers, host) {
  if (hasHost(headers)) return headers;
  return Array.isArray(headers) ? [...headers, 'host', host] : { ...headers, host };
}

function installFetch(endpoint) {
  const original = globalThis.fetch;
  if (typeof original !== 'function') return;

  async function fetch(input, init) {
    let host;
    try {
      host = new URL(input && typeof input.url === 'string' ? input.url : input).hostname;
    } catch {
      return original(input, init); // as above
    }
    const usual = AMAZON.test(host) && dispatcherOf(init);
    if (!usual) return original(input, init);
    const dispatcher = {
      dispatch: (options, handler) =>
        usual.dispatch({ ...options, origin: endpoint.origin, headers: withHost(options.headers, host) }, handler),
    };
    return original(input, { ...init, dispatcher });
  }

  Object.defineProperty(globalThis, 'fetch', { value: fetch, writable: true, enumerable: true, configurable: true });
}

function install(endpoint) {
  const originals = { http: http.request, https: https.request };

  function wrap(module, original) {
    return function request(...args) {
      let understood;
      try {
        understood = understand(args);
      } catch {
        return original.apply(this, args); // let Node find the words for what is wrong
      }
      const { options, callback } = understood;
      const host = String(options.hostname || options.host || '').replace(/:\d+$/, '');
      if (!AMAZON.test(host)) return original.apply(this, args);
      let headers = options.headers;
      if (!hasHost(headers)) headers = Array.isArray(headers) ? headers : { ...headers, Host: host };
      const { agent, host: _host, servername, createConnection, socketPath, ...rest } = options;
      const redirected = { ...rest, protocol: endpoint.protocol, hostname: endpoint.hostname, port: endpoint.port || undefined, headers };
      return originals[endpoint.protocol === 'https:' ? 'https' : 'http'].call(this, redirected, callback);
    };
  }

  for (const [module, original] of [[http, originals.http], [https, originals.https]]) {
    module.request = wrap(module, original);
    module.get = function get(...args) {
      const request = module.request(...args);
      request.end();
      return request;
    };
  }
  require('module').syncBuiltinESMExports();
}

if (process.env.AWS_ENDPOINT_URL) {
  let endpoint;
  try {
    endpoint = new URL(process.env.AWS_ENDPOINT_URL);
  } catch {
    // not a URL: the SDKs say so
  }
  if (endpoint) {
    install(endpoint);
    installFetch(endpoint);
  }
}
