// Lets ES modules import packages that their own code does not bring from BATON_NODE_MODULES, as
// NODE_PATH does for require(). Runs in Node's thread of loaders (module.register).
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import path from 'node:path';

const parent = pathToFileURL(path.join(path.dirname(process.env.BATON_NODE_MODULES || '/'), 'index.mjs')).href;

export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    const isPackage = !/^([./]|[a-z]+:)/.test(specifier);
    if (!isPackage || !error || error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    try {
      // A folder named node_modules is found by the usual way up; any other by NODE_PATH.
      return await next(specifier, { ...context, parentURL: parent });
    } catch {
      try {
        return await next(pathToFileURL(createRequire(parent).resolve(specifier)).href, context);
      } catch {
        throw error;
      }
    }
  }
}
