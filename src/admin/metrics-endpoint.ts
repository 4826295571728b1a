/** Where metrics are served: on loopback only, though an agent on this machine may forward them. */
export const METRICS_HOST = '127.0.0.1';
export const METRICS_PATH = '/metrics';

export function metricsUrl(port: number): string {
  return `http://${METRICS_HOST}:${port}${METRICS_PATH}`;
}

/** The prefix of our metrics. */
export const PREFIX = 'codesubmit_lever_';
