/** Webhooks in Lever of another integration or CodeSubmit's own: they invite a second time. */
import type { Settings } from '../../store/settings/settings.js';
import { storeFound } from '../../store/facts.js';
import { ApiError, type Vendor } from '../../domain/errors.js';
import type { ListedWebhook } from '../../domain/vendor-ports.js';
import { leverAppUrl } from '../../lever/lever-addresses.js';
import type { App } from '../app.js';

interface ForeignWebhooks {
  /** Hosts of other integrations of this kind. */
  otherHosts: string[];
  hasCodeSubmit: boolean;
}

/** A finding of the doctor check with that id. */
export interface ForeignWebhook {
  checkId: 'other_integration' | 'codesubmit_integration';
  code: 'second_integration' | 'codesubmit_integration_on';
  vendor: Vendor;
  /** Without the full stop. */
  summary: string;
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
): ForeignWebhook | undefined {
  if (otherHosts.length === 0) return undefined;
  return {
    ...{ checkId: 'other_integration', code: 'second_integration', vendor: 'lever' },
    summary: `Another codesubmit-lever is connected to this Lever account: Lever sends webhooks to ${otherHosts.join(', ')} too`,
    fix: `Keep one, and disconnect the other on its machine with codesubmit-lever revoke; if it is gone, delete its webhook in ${webhooksTab(settings)}`,
  };
}

export function codesubmitIntegration(
  { hasCodeSubmit }: ForeignWebhooks,
  settings: Settings,
): ForeignWebhook | undefined {
  if (!hasCodeSubmit) return undefined;
  return {
    ...{ checkId: 'codesubmit_integration', code: 'codesubmit_integration_on' },
    vendor: 'codesubmit',
    summary: 'CodeSubmit’s own integration is on',
    fix: `Turn it off, or candidates are invited twice: on CodeSubmit’s integrations page, or delete its webhook in ${webhooksTab(settings)}`,
  };
}

/**
 * Stores what is found until the daemon or doctor finds it gone. Does nothing if Lever doesn't show
 * its webhooks: `doctor` looks for them too.
 */
export async function noteForeignWebhooks(
  { vendors, database, clock }: App,
  settings: Settings,
): Promise<ForeignWebhook[]> {
  try {
    const listed = await vendors.lever().listWebhooks();
    const found = findForeignWebhooks(listed ?? [], settings);
    const all = [otherIntegration(found, settings), codesubmitIntegration(found, settings)];
    const foreign = all.filter((one) => one !== undefined);
    await database.write((tx) => {
      for (const { checkId, summary: what, ...one } of foreign) {
        storeFound(tx, checkId, [{ ...one, what, subject: checkId }], clock.now());
      }
    });
    return foreign;
  } catch (error) {
    if (error instanceof ApiError) return [];
    throw error;
  }
}
