/** Webhooks in Lever of another integration or CodeSubmit's own: they invite a second time. */
import type { Settings } from '../../store/settings/settings.js';
import type { ListedWebhook } from '../../domain/vendor-ports.js';
import { leverAppUrl } from '../../lever/lever-addresses.js';

interface ForeignWebhooks {
  /** Hosts of other integrations of this kind. */
  otherHosts: string[];
  hasCodeSubmit: boolean;
}

interface Foreign {
  /** Without the full stop. */
  what: string;
  fix: string;
}

const OURS = /\/webhooks\/lever\/([A-Za-z0-9_-]{8,128})\/*$/;

/** Ours are those whose address ends like this home's, wherever it lies. */
export function findForeignWebhooks(
  listed: readonly ListedWebhook[],
  { webhookId }: Settings,
): ForeignWebhooks {
  const urls = listed.flatMap(({ url }) => (URL.canParse(url) ? [new URL(url)] : []));
  const others = urls.filter(({ pathname }) => {
    const id = OURS.exec(pathname)?.[1];
    return id !== undefined && id !== webhookId;
  });
  return {
    otherHosts: [...new Set(others.map(({ host }) => host))],
    hasCodeSubmit: urls.some(({ hostname }) => /(^|\.)codesubmit\.io$/.test(hostname)),
  };
}

export function webhooksTab(settings: Settings): string {
  return `${leverAppUrl(settings)}/settings/integrations?tab=webhooks`;
}

export function otherIntegration(
  { otherHosts }: ForeignWebhooks,
  settings: Settings,
): Foreign | undefined {
  if (otherHosts.length === 0) return undefined;
  return {
    what: `Another codesubmit-lever is connected to this Lever account: Lever sends webhooks to ${otherHosts.join(', ')} too`,
    fix: `Keep one, and disconnect the other on its machine with codesubmit-lever revoke; if it is gone, delete its webhook in ${webhooksTab(settings)}`,
  };
}

export function codesubmitIntegration(
  { hasCodeSubmit }: ForeignWebhooks,
  settings: Settings,
): Foreign | undefined {
  if (!hasCodeSubmit) return undefined;
  return {
    what: 'CodeSubmit’s own integration is on',
    fix: `Turn it off, or candidates are invited twice: on CodeSubmit’s integrations page, or delete its webhook in ${webhooksTab(settings)}`,
  };
}
