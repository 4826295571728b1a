/** Checks of what the program runs on: Node, its native addon, proxies. */
import { getProxyForUrl } from 'proxy-from-env';
import { isLoopback } from '../../domain/base-url.js';
import { INSTALL } from '../../domain/errors.js';
import { Database } from '../../storage/database/database.js';
import { isServing } from '../../storage/home/is-serving.js';
import { CODESUBMIT_API_URL, leverApiUrl } from '../../storage/settings/vendor-addresses.js';
import { connectionAgents } from '../../vendors/http/connection-agents.js';
import { sendRequest, WireFailure } from '../../vendors/http/send-request.js';
import { metricsUrl, PREFIX } from '../metrics-endpoint.js';
import type { CheckContext } from './check-context.js';
import { fail, pass, warn, type Check, type Finding } from './check.js';

/** Node 20 gets no security fixes after April 2026. */
const ENDED_MAJOR = 20;

/** An unsupported Node doesn't come here. Throws when the addon can't be loaded. */
function checkNode(): Finding {
  new Database(':memory:').close();
  const { version } = process;
  const major = Number(version.slice(1).split('.')[0]);
  const summary = `Node ${version.slice(1)}, and the database addon matches`;
  if (major > ENDED_MAJOR) return pass(summary);
  return warn(
    `${summary}, but Node ${major} no longer gets security fixes`,
    `Install Node 22.14 or later, or 24, then run: ${INSTALL}`,
  );
}

function targetsOf({ settings }: CheckContext): URL[] {
  const { publicUrl, codesubmitUrl } = settings;
  const urls = [leverApiUrl(settings), codesubmitUrl ?? CODESUBMIT_API_URL, publicUrl];
  return urls.filter((url) => url !== null).map((url) => new URL(url));
}

/** Names hosts only, because a proxy's address may contain a password. */
function checkProxy(exam: CheckContext): Finding {
  const targets = targetsOf(exam).filter((url) => !isLoopback(url));
  const routes = targets.map((url) => ({ host: url.host, proxy: getProxyForUrl(url.href) }));
  const proxied = routes.filter(({ proxy }) => proxy !== '');
  if (proxied.length === 0) return pass('None: all hosts are reached directly');
  const isGood = proxied.every(({ proxy }) => /^https?:$/.test(protocolOf(proxy)));
  if (!isGood) {
    return fail(
      'The proxy in HTTPS_PROXY is not an http or https address',
      'Set HTTPS_PROXY to an address such as http://proxy.example.com:3128, or unset it',
    );
  }
  const words = proxied.map(({ host, proxy }) => `${host} by ${new URL(proxy).host}`);
  return pass(`Used: ${words.join(', ')}`);
}

function protocolOf(address: string): string {
  return URL.canParse(address) ? new URL(address).protocol : '';
}

export const MACHINE_CHECKS: readonly Check[] = [
  { id: 'node', needs: 'nothing', isCheap: true, run: checkNode },
  { id: 'proxy', needs: 'use', isCheap: true, run: checkProxy },
];

// Whether metrics are served where METRICS_PORT says. A port given only to `serve` isn't known
// here.

const CONNECT_MS = 2_000;
const TOTAL_MS = 10_000;
const MAX_BYTES = 1_000_000;

async function checkMetrics(
  { home, settings }: CheckContext,
  signal: AbortSignal,
): Promise<Finding> {
  const { metricsPort } = settings;
  if (metricsPort === null) return pass('Off: METRICS_PORT is not set');
  if (metricsPort === 0) return pass('On a port that serve picks and logs');
  const url = metricsUrl(metricsPort);
  if (!isServing(home)) return pass(`Will be at ${url} once the daemon runs`);
  if (await areShown(new URL(url), signal)) return pass(`At ${url}`);
  return warn(
    `The daemon serves no metrics at ${url}`,
    `Restart it with METRICS_PORT set, or: codesubmit-lever serve --metrics-port ${metricsPort}`,
  );
}

async function areShown(url: URL, signal: AbortSignal): Promise<boolean> {
  const agents = connectionAgents(url, () => '', CONNECT_MS).reads;
  const limits = { totalMs: TOTAL_MS, connectMs: CONNECT_MS, maxBytes: MAX_BYTES, signal };
  try {
    const request = { method: 'GET', url, headers: {}, body: undefined, agents } as const;
    const { status, text } = await sendRequest({ ...request, ...limits });
    return status === 200 && text.includes(`${PREFIX}build_info`);
  } catch (error) {
    if (error instanceof WireFailure) return false;
    throw error;
  }
}

export const METRICS_CHECK: Check = {
  ...{ id: 'metrics', needs: 'use', isCheap: false },
  run: checkMetrics,
};
