/** Whether metrics are shown where METRICS_PORT says; a port that only `serve` was told is not known here. */
import { isServing } from '../../config/is-serving.js';
import { connectionAgents } from '../../http-client/connection-agents.js';
import { sendRequest, WireFailure } from '../../http-client/send-request.js';
import { metricsUrl } from '../metrics/metrics-url.js';
import { PREFIX } from '../metrics/prefix.js';
import { pass, warn, type Check, type Finding } from './check.js';
import type { Exam } from './exam.js';

const CONNECT_MS = 2_000;
const TOTAL_MS = 10_000;
const MAX_BYTES = 1_000_000;

async function checkMetrics({ house, settings }: Exam, signal: AbortSignal): Promise<Finding> {
  const { metricsPort } = settings;
  if (metricsPort === null) return pass('METRICS_PORT asks for none');
  if (metricsPort === 0) return pass('On a port that serve chooses and logs');
  const url = metricsUrl(metricsPort);
  if (!isServing(house.home)) return pass(`At ${url} once the daemon runs`);
  if (await areShown(new URL(url), signal)) return pass(`At ${url}`);
  return warn(
    `The daemon shows none at ${url}`,
    `Restart it with METRICS_PORT set, or: codesubmit-lever serve --metrics-port ${String(metricsPort)}`,
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
