/** Connections to one vendor: kept alive for reads, new for writes, perhaps by a proxy. */
import http from 'node:http';
import https from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { isLoopback } from '../domain/base-url.js';
import { AppError } from '../domain/errors.js';
import { OF_PROXY } from '../domain/failure-words.js';

export interface Agents {
  http: http.Agent;
  https: https.Agent;
}

export interface ConnectionAgents {
  reads: Agents;
  /**
   * Agents for writes, which never use an idle connection. If the server closed it just as a request left, the outcome
   * would be unknown. A read is simply repeated, but a write costs a settling time.
   */
  writes: Agents;
}

/**
 * Agents for everything under `base`. `proxyFor` is called for targets off loopback only; '' means no proxy. Throws
 * `configuration` when the proxy's address is not an http or https URL. Never quotes the address, which may contain a
 * password.
 */
export function connectionAgents(
  base: URL,
  proxyFor: (url: string) => string,
  connectTimeoutMs: number,
): ConnectionAgents {
  const proxy = findProxy(base, proxyFor);
  const build = (keepAlive: boolean): Agents => ({
    http: new http.Agent({ keepAlive }),
    https:
      proxy === null
        ? new https.Agent({ keepAlive })
        : proxyAgent(proxy, keepAlive, connectTimeoutMs),
  });
  return { reads: build(true), writes: build(false) };
}

/** The proxy's address; null for none. Throws like `connectionAgents`. */
export function findProxy(base: URL, proxyFor: (url: string) => string): URL | null {
  const address = isLoopback(base) ? '' : proxyFor(base.href);
  if (address === '') return null;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new AppError(
    'configuration',
    'The proxy in HTTPS_PROXY is not an http or https URL.',
    'Set HTTPS_PROXY to an address such as http://proxy.example.com:3128, or add the host to NO_PROXY.',
  );
}

function proxyAgent(proxy: URL, keepAlive: boolean, connectTimeoutMs: number): https.Agent {
  // agent-base types it as a plain http.Agent, but it serves https requests too.
  const agent: unknown = new BoundedProxyAgent(proxy, keepAlive, connectTimeoutMs);
  return agent as https.Agent;
}

/** Limits how long a proxy may take for CONNECT: the library waits forever. */
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
      throw asProxyFailure(controller.signal.aborted ? { code: 'ETIMEDOUT' } : error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * Marks an error as the proxy's. The library connects to the proxy and asks it to pass the connection on; later errors
 * come from elsewhere.
 */
function asProxyFailure(error: unknown): Error {
  // An error without a code is shown as a broken connection.
  const { code = 'FAILED' } = error as { code?: string };
  return Object.assign(new Error('the proxy was not reached'), { code: OF_PROXY + code });
}
