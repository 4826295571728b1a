/** Finds the candidate's link in a reply: by a path, by a template, or by its shape. Pure. */
import { MAX_LINK_LENGTH } from '../domain/vendor-text.js';
import { idText, valueAt } from './value-at.js';

export type LinkSetting =
  | { kind: 'path'; path: string }
  | {
      kind: 'template';
      /** With {id}, {test.id}, {company} or any other dotted field of the reply. */
      template: string;
      /** Stands for {company} where the reply has no such field. */
      company?: string | undefined;
    };

const CODESUBMIT_ORIGIN = 'https://app.codesubmit.io';
/** Deeper than any real reply; a hostile one must not overflow the stack. */
const MAX_DEPTH = 32;

/** The link, an http or https URL; null when the setting finds none or, without a setting, none has the known shape. */
export function findLink(
  reply: unknown,
  setting: LinkSetting | null,
  apiOrigin: string,
): string | null {
  if (setting === null) return linkByShape(reply, [CODESUBMIT_ORIGIN, apiOrigin], 0);
  const found =
    setting.kind === 'path' ? valueAt(reply, setting.path) : fillTemplate(reply, setting);
  return webUrl(found)?.href ?? null;
}

function fillTemplate(
  reply: unknown,
  { template, company }: LinkSetting & { kind: 'template' },
): string | null {
  const missing: string[] = [];
  const filled = template.replace(/\{([^{}]+)\}/g, (_, field: string) => {
    const value = idText(valueAt(reply, field)) ?? (field === 'company' ? company : undefined);
    if (value === undefined) missing.push(field);
    return encodeURIComponent(value ?? '');
  });
  return missing.length === 0 ? filled : null;
}

/** The first in document order. A report or a test page is a URL too, and must never reach a candidate. */
function linkByShape(value: unknown, origins: string[], depth: number): string | null {
  if (typeof value === 'string') {
    return mayBeCandidateLink(value, origins) ? candidateLink(webUrl(value), origins) : null;
  }
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return null;
  for (const part of Object.values(value)) {
    const link = linkByShape(part, origins, depth + 1);
    if (link !== null) return link;
  }
  return null;
}

/** Told without parsing, which costs a thousand times more than most texts of a reply are worth. */
function mayBeCandidateLink(text: string, origins: readonly string[]): boolean {
  if (text.length > MAX_LINK_LENGTH) return false;
  const start = text.trimStart().toLowerCase();
  return origins.some((origin) => {
    const port = origin.startsWith('https:') ? ':443' : ':80';
    return [origin, origin + port].some((one) => start.startsWith(`${one}/c/`));
  });
}

/** The reviewers' page of CodeSubmit's own; an address of a candidate's is never taken for it. */
export function findReport(value: unknown, apiOrigin: string): string | null {
  const origins = [CODESUBMIT_ORIGIN, apiOrigin];
  const url = webUrl(value);
  if (url === null || !origins.includes(url.origin)) return null;
  return candidateLink(url, origins) === null ? url.href : null;
}

/** Whether Lever's link, which may have lost its scheme there, is of the known shape of a candidate's. */
export function isCandidateLink(link: string, apiUrl: string | null): boolean {
  const bare = link.trim();
  const urls = /^https?:\/\//i.test(bare) ? [bare] : [`https://${bare}`, `http://${bare}`];
  return findLink(urls, null, new URL(apiUrl ?? CODESUBMIT_ORIGIN).origin) !== null;
}

function candidateLink(url: URL | null, origins: string[]): string | null {
  const isOne = url !== null && origins.includes(url.origin) && /^\/c\/./.test(url.pathname);
  return isOne ? url.href : null;
}

function webUrl(value: unknown): URL | null {
  if (typeof value !== 'string' || value.length > MAX_LINK_LENGTH) return null;
  if (!/^\s*https?:\/\//i.test(value)) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  return url === null || url.username !== '' || url.password !== '' ? null : url;
}
