/** The connections to one vendor: kept alive for reads, fresh for writes, through a proxy where one is set. */
import http from 'node:http';
import https from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { isLoopback } from '../../domain/base-url.js';
import { AppError } from '../../domain/errors.js';
import { OF_PROXY } from '../../domain/failure-words.js';

export interface Agents {
  http: http.Agent;
  https: https.Agent;
}

export interface ConnectionAgents {
  reads: Agents;
  /**
   * A kept connection that the server closes just as a request leaves is a reset with an unknown outcome. A read is
   * simply repeated; a write costs a settling time, so that it never rides on a connection that stood idle.
   */
  writes: Agents;
}

/**
 * Agents for everything under `base`. `proxyFor` is asked for targets off loopback only; '' means no proxy.
 * @throws AppError `configuration` when the proxy's address is no http or https URL; never with the address, which
 * may hold a password.
 */
export function connectionAgents(
  base: URL,
  proxyFor: (url: string) => string,
  connectTimeoutMs: number,
): ConnectionAgents {
  const proxy = isLoopback(base) ? null : parseProxy(proxyFor(base.href));
  const build = (keepAlive: boolean): Agents => ({
    http: new http.Agent({ keepAlive }),
    https:
      proxy === null
        ? new https.Agent({ keepAlive })
        : proxyAgent(proxy, keepAlive, connectTimeoutMs),
  });
  return { reads: build(true), writes: build(false) };
}

function parseProxy(address: string): URL | null {
  if (address === '') return null;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new AppError(
    'configuration',
    'The proxy in HTTPS_PROXY is no http or https URL.',
    'Set HTTPS_PROXY to an address such as http://proxy.example.com:3128, or name the host in NO_PROXY.',
  );
}

function proxyAgent(proxy: URL, keepAlive: boolean, connectTimeoutMs: number): https.Agent {
  // Typed as a plain http.Agent by agent-base, which serves https requests all the same.
  const agent: unknown = new BoundedProxyAgent(proxy, keepAlive, connectTimeoutMs);
  return agent as https.Agent;
}

/** The library waits for ever for a proxy that never answers CONNECT, and nobody else holds that socket. */
class BoundedProxyAgent extends HttpsProxyAgent<string> {
  readonly #timeoutMs: number;

  constructor(proxy: URL, keepAlive: boolean, timeoutMs: number) {
    super(proxy, { keepAlive });
    this.#timeoutMs = timeoutMs;
  }

  override async connect(
    ...args: Parameters<HttpsProxyAgent<string>['connect']>
  ): ReturnType<HttpsProxyAgent<string>['connect']> {
    const controller = new AbortController();
    const timer = setTimeout(() => {
      controller.abort();
    }, this.#timeoutMs);
    this.connectOpts = { ...this.connectOpts, signal: controller.signal };
    try {
      return await super.connect(...args);
    } catch (error) {
      throw controller.signal.aborted ? error : ofProxy(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The library connects to the proxy, and asks it to pass the connection on; what comes later fails elsewhere. */
function ofProxy(error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'FAILED';
  return Object.assign(new Error('the proxy was not reached'), { code: OF_PROXY + code });
}
