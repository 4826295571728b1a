/** Webhooks in Lever of another integration or CodeSubmit's own: they invite a second time. */
import type { Settings } from '../../store/settings/settings.js';
import type { ListedWebhook } from '../../domain/vendor-ports.js';
import { leverAppUrl } from '../../lever/lever-addresses.js';

const WEBHOOK_PATH = /\/webhooks\/lever\/([A-Za-z0-9_-]{8,128})\/*$/;

function urlsOf(listed: readonly ListedWebhook[]): URL[] {
  return listed.flatMap(({ url }) => (URL.canParse(url) ? [new URL(url)] : []));
}

export function webhooksTab(settings: Settings): string {
  return `${leverAppUrl(settings)}/settings/integrations?tab=webhooks`;
}

/** A webhook of this program with another id than ours, whatever its host: only the id tells integrations apart. */
export function otherIntegration(
  listed: readonly ListedWebhook[],
  settings: Settings,
): { what: string; fix: string } | undefined {
  const others = urlsOf(listed).filter(({ pathname }) => {
    const id = WEBHOOK_PATH.exec(pathname)?.[1];
    return id !== undefined && id !== settings.webhookId;
  });
  if (others.length === 0) return undefined;
  const hosts = [...new Set(others.map(({ host }) => host))];
  return {
    what: `Another codesubmit-lever is connected to this Lever account: Lever sends webhooks to ${hosts.join(', ')} too`,
    fix: `Keep one, and disconnect the other on its machine with codesubmit-lever revoke; if it is gone, delete its webhook in ${webhooksTab(settings)}`,
  };
}

export function codesubmitIntegration(
  listed: readonly ListedWebhook[],
  settings: Settings,
): { what: string; fix: string } | undefined {
  const isTheirs = ({ hostname }: URL): boolean => /(^|\.)codesubmit\.io$/.test(hostname);
  if (!urlsOf(listed).some(isTheirs)) return undefined;
  return {
    what: 'CodeSubmit’s own integration is on',
    fix: `Turn it off, or candidates are invited twice: on CodeSubmit’s integrations page, or delete its webhook in ${webhooksTab(settings)}`,
  };
}
