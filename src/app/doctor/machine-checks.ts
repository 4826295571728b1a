/** Checks of what the program stands on: Node, its addon, proxies. */
import { getProxyForUrl } from 'proxy-from-env';
import { CODESUBMIT_API_URL } from '../../codesubmit/codesubmit-client.js';
import { Database } from '../../database/database.js';
import { isLoopback } from '../../domain/base-url.js';
import { leverApiUrl } from '../lever-addresses.js';
import { fail, pass, warn, type Check, type Finding } from './check.js';
import type { Exam } from './exam.js';

/** Node 20 gets no security fixes since April 2026. */
const ENDED_MAJOR = 20;

/** A wrong Node doesn't come this far: the program refuses to start on it. Throws when the addon can't be loaded. */
function checkNode(): Finding {
  new Database(':memory:').close();
  const { version } = process;
  const major = Number(version.slice(1).split('.')[0]);
  const summary = `Node ${version.slice(1)}, and the database addon fits it`;
  if (major > ENDED_MAJOR) return pass(summary);
  return warn(
    `${summary}; Node ${String(major)} gets no security fixes any more`,
    'Install Node 22.14 or later, or 24, then run: npm ci',
  );
}

function targetsOf(exam: Exam): URL[] {
  const { settings } = exam;
  const { publicUrl, codesubmitUrl } = settings;
  const urls = [leverApiUrl(settings), codesubmitUrl ?? CODESUBMIT_API_URL, publicUrl];
  return urls.filter((url) => url !== null).map((url) => new URL(url));
}

/** Names hosts only: a proxy's address may hold a password. */
function checkProxy(exam: Exam): Finding {
  const targets = targetsOf(exam).filter((url) => !isLoopback(url));
  const routes = targets.map((url) => ({ host: url.host, proxy: getProxyForUrl(url.href) }));
  const proxied = routes.filter(({ proxy }) => proxy !== '');
  if (proxied.length === 0) return pass('None: every host is reached directly');
  const isGood = proxied.every(({ proxy }) => /^https?:$/.test(protocolOf(proxy)));
  if (!isGood) {
    return fail(
      'The proxy in HTTPS_PROXY is no http or https address',
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
